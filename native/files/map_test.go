package files

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func viewer(t *testing.T, content []byte) (path string, view func(off, n int64) []byte) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "f")
	require.NoError(t, os.WriteFile(path, content, 0o600))
	r, err := Open(path)
	require.NoError(t, err)
	f, err := r.Open("f")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, f.Close()); r.Close() })
	return path, f.(*input).View
}

func TestViewIsTheFile(t *testing.T) {
	content := bytes.Repeat([]byte("0123456789abcdef"), 1000)
	_, view := viewer(t, content)
	size := int64(len(content))
	require.Equal(t, content, view(0, size))
	require.Equal(t, content[17:40], view(17, 23))
	require.Empty(t, view(size, 0))
	for _, r := range [][2]int64{{0, size + 1}, {1, size}, {-1, 1}, {0, -1}, {1 << 62, 1 << 62}} {
		require.Nil(t, view(r[0], r[1]), "%v", r)
	}
	Forget(view(5, size-5))
	require.Equal(t, content, view(0, size), "forgotten bytes can be read again")
	_, empty := viewer(t, nil)
	require.Nil(t, empty(0, 0))
}

func TestFoldersOpenAsTheyDid(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a"), []byte("x"), 0o600))
	r, err := Open(dir)
	require.NoError(t, err)
	defer r.Close()
	entries, err := fs.ReadDir(r, ".")
	require.NoError(t, err)
	require.Len(t, entries, 1)
}

func TestGuardLetsOtherPanicsThrough(t *testing.T) {
	require.PanicsWithValue(t, "mine", func() { Guard(func() error { panic("mine") }) })
	require.Panics(t, func() { Guard(func() error { var p *int; *p = 1; return nil }) })
	require.ErrorIs(t, Guard(func() error { return fs.ErrExist }), fs.ErrExist)
}

func TestAllocIsZeroedAndGoesBack(t *testing.T) {
	for _, n := range []int{0, 1, 5 << 20} {
		b, free := Alloc(n)
		require.Len(t, b, n)
		require.Equal(t, make([]byte, n), b)
		if n > 0 {
			b[n-1] = 1
		}
		free()
	}
}
