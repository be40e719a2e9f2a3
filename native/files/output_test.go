package files

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/fault"
)

// failing counts operations and fails the one numbered at, and with sticky set all after it.
type failing struct {
	mu     sync.Mutex // reading back is parallel
	n, at  int
	sticky bool
}

var errInjected = errors.New("injected")

func (f *failing) hit() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.n++
	if f.n == f.at || f.sticky && f.n > f.at && f.at > 0 {
		return errInjected
	}
	return nil
}

func (f *failing) Create(path string) (file, error) {
	if err := f.hit(); err != nil {
		return nil, err
	}
	x, err := disk{}.Create(path)
	return &failingFile{x, f}, err
}

func (f *failing) Rename(from, to string) error {
	if err := f.hit(); err != nil {
		return err
	}
	return disk{}.Rename(from, to)
}

func (f *failing) Remove(path string) error  { return disk{}.Remove(path) }
func (f *failing) SyncDir(path string) error { return f.hit() }

type failingFile struct {
	file
	f *failing
}

func (x *failingFile) Write(p []byte) (int, error) {
	if err := x.f.hit(); err != nil {
		n, _ := x.file.Write(p[:len(p)/2])
		return n, err
	}
	return x.file.Write(p)
}

func (x *failingFile) ReadAt(p []byte, off int64) (int, error) {
	if err := x.f.hit(); err != nil {
		return 0, err
	}
	return x.file.ReadAt(p, off)
}

func (x *failingFile) Sync() error {
	if err := x.f.hit(); err != nil {
		return err
	}
	return x.file.Sync()
}

func write(sys system, path string, data []byte) error {
	o, err := create(sys, path, true)
	if err != nil {
		return err
	}
	for len(data) > 0 {
		n := min(len(data), 3<<20)
		if _, err := o.Write(data[:n]); err != nil {
			o.Abort()
			return err
		}
		data = data[n:]
	}
	return o.Commit(Parallel(2))
}

func TestOutputIsWholeOrAbsentWhereverAnOperationFails(t *testing.T) {
	data := bytes.Repeat([]byte("0123456789abcdef"), 9<<16) // 9 MiB: three pieces
	count := &failing{}
	require.NoError(t, write(count, filepath.Join(t.TempDir(), "x"), data))
	for at := 1; at <= count.n; at++ {
		for _, sticky := range []bool{false, true} {
			dir := t.TempDir()
			path := filepath.Join(dir, "out")
			require.NoError(t, os.WriteFile(path, []byte("old"), 0o644))
			err := write(&failing{at: at, sticky: sticky}, path, data)
			require.ErrorIs(t, err, errInjected, "operation %d", at)
			got, err := os.ReadFile(path)
			require.NoError(t, err)
			require.True(t, string(got) == "old" || bytes.Equal(got, data), "operation %d left %d bytes", at, len(got))
			entries, _ := os.ReadDir(dir)
			require.Len(t, entries, 1, "operation %d left a file", at)
		}
	}
}

func TestOutputHashesWhatItWrote(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	o, err := Create(path, false)
	require.NoError(t, err)
	o.Write([]byte("hello "))
	o.Write([]byte("world"))
	require.NoError(t, o.Commit(Parallel(1)))
	sum := sha256.Sum256([]byte("hello world"))
	require.Equal(t, hex.EncodeToString(sum[:]), o.SHA256())
	_, err = Create(path, false)
	require.ErrorIs(t, err, ErrExists)
}

// TestOnlyFilesAreReplaced: not a folder, and not a device behind a link, whatever force says.
func TestOnlyFilesAreReplaced(t *testing.T) {
	dir := t.TempDir()
	taken := []string{dir}
	if _, err := os.Stat(os.DevNull); err == nil {
		link := filepath.Join(dir, "null")
		if os.Symlink(os.DevNull, link) == nil {
			taken = append(taken, link)
		}
	}
	for _, path := range taken {
		for _, force := range []bool{false, true} {
			_, err := Create(path, force)
			require.ErrorIs(t, err, fault.ErrUsage)
			at, err := os.Stat(path)
			require.NoError(t, err)
			require.False(t, at.Mode().IsRegular())
		}
	}
}

func TestFolderIsWholeOrAbsent(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "model")
	f, err := CreateFolder(path, false)
	require.NoError(t, err)
	require.NoError(t, f.WriteFile("config.json", []byte("{}")))
	require.NoDirExists(t, path)
	require.NoError(t, f.Commit())
	require.FileExists(t, filepath.Join(path, "config.json"))
	_, err = CreateFolder(path, false)
	require.ErrorIs(t, err, ErrExists)
	g, err := CreateFolder(path, true)
	require.NoError(t, err)
	g.Abort()
	entries, _ := os.ReadDir(dir)
	require.Len(t, entries, 1)
}

func TestParallelRunsAllAndReportsTheLowestError(t *testing.T) {
	for threads := 1; threads <= 8; threads++ {
		done := make([]bool, 100)
		require.NoError(t, Parallel(threads)(len(done), func(i int) error { done[i] = true; return nil }))
		require.NotContains(t, done, false)
		err := Parallel(threads)(100, func(i int) error {
			if i >= 7 {
				return errors.New(string(rune('a' + i)))
			}
			return nil
		})
		require.EqualError(t, err, "h")
	}
}
