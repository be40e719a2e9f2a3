//go:build unix

package infer

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/tokenizer"
)

// TestAFileThatIsCutShortIsAnError: under a running model whose weights lie in it, on any thread; and before the rows
// of an embedding that are read when they are needed. Windows does not let anyone cut a mapped file.
func TestAFileThatIsCutShortIsAnError(t *testing.T) {
	whole, err := os.ReadFile(golden + "tiny-b158-i2s.gguf")
	require.NoError(t, err)
	for _, opts := range []Options{{InPlace: true}, {InPlace: true, Head: HeadF16}, {}} {
		for threads := 1; threads <= 2; threads++ {
			path := filepath.Join(t.TempDir(), "m.gguf")
			require.NoError(t, os.WriteFile(path, whole, 0o600))
			opts.Threads = threads
			m := load(t, mapped(t, path), opts)
			s, err := m.NewSession(0)
			require.NoError(t, err)
			_, err = s.Forward(context.Background(), prompt(t))
			require.NoError(t, err)
			for range 3 { // and it stays one
				require.NoError(t, os.Truncate(path, 4096))
				_, err = s.Forward(context.Background(), []tokenizer.Token{300})
				require.ErrorIs(t, err, fault.ErrChanged)
			}
			if opts.InPlace {
				require.NoError(t, os.Truncate(path, int64(len(whole)-1)))
				_, err = s.Forward(context.Background(), []tokenizer.Token{300})
				require.ErrorIs(t, err, fault.ErrChanged, "a byte of the last page")
			}
			require.Equal(t, len(prompt(t)), s.Len())
			require.NoError(t, os.WriteFile(path, whole, 0o600))
			_, err = s.Forward(context.Background(), prompt(t))
			require.NoError(t, err, "the pool still works")
		}
	}
}

// TestACutFileIsAnErrorOfTheScreen, too: it reads rows of the output layer long after the load.
func TestACutFileIsAnErrorOfTheScreen(t *testing.T) {
	whole, err := os.ReadFile(golden + "tiny-b158-i2s.gguf")
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "m.gguf")
	require.NoError(t, os.WriteFile(path, whole, 0o600))
	m := load(t, open(t, path), Options{Head: HeadInt4, Threads: 2})
	s, err := m.NewSession(0)
	require.NoError(t, err)
	_, err = s.Forward(context.Background(), prompt(t))
	require.NoError(t, err)
	require.NoError(t, os.Truncate(path, 4096))
	_, err = s.Forward(context.Background(), []tokenizer.Token{300})
	require.Error(t, err)
	require.NoError(t, os.WriteFile(path, whole, 0o600))
	_, err = s.Forward(context.Background(), prompt(t))
	require.NoError(t, err)
}
