//go:build unix

package files

import (
	"bytes"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/fault"
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
