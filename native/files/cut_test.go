//go:build unix

package files

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/checkpoint"
	"github.com/tritkit/tritkit/core/convert"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/internal/synth"
)

func TestLostBytesAreAnError(t *testing.T) {
	path, view := viewer(t, bytes.Repeat([]byte{7}, 1<<20))
	b := view(0, 1<<20)
	read := func(i int) error {
		if b[1<<19+i*8192] != 7 {
			t.Error("other bytes")
		}
		return nil
	}
	require.NoError(t, Parallel(2)(8, read))
	require.NoError(t, os.Truncate(path, 100))
	require.ErrorIs(t, Guard(func() error { return read(0) }), fault.ErrChanged)
	require.ErrorIs(t, Parallel(2)(8, read), fault.ErrChanged)
	require.ErrorIs(t, Parallel(1)(8, read), fault.ErrChanged)
}

// TestASourceThatIsCutMeanwhile: while its mapping is being converted.
func TestASourceThatIsCutMeanwhile(t *testing.T) {
	for _, part := range []int64{2, 4, 8} {
		dir := t.TempDir()
		require.NoError(t, os.CopyFS(dir, synth.Folder(synth.Tiny, synth.Master, 3)))
		root, err := Open(dir)
		require.NoError(t, err)
		c, err := checkpoint.Open(root, checkpoint.Options{})
		require.NoError(t, err)
		p, err := convert.NewPlan(c, convert.Options{Type: "i2_s", View: true, Parallel: Parallel(2), Progress: func(done, total int64) {
			if done > total/part {
				os.Truncate(filepath.Join(dir, "model.safetensors"), total/part+5)
			}
		}})
		require.NoError(t, err)
		require.ErrorIs(t, Guard(func() error { return p.Write(t.Context(), io.Discard) }), fault.ErrChanged)
		require.NoError(t, c.Close())
		require.NoError(t, root.Close())
	}
}
