package malformed

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/checkpoint"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/gguf"
	"github.com/tritkit/tritkit/core/inspect"
	"github.com/tritkit/tritkit/core/safetensors"
	"github.com/tritkit/tritkit/internal/bounded"
)

// The limits that hold for every file of the list: 32 MiB + 4 x its size, and bounded.Slowest.
const base, factor = 32 << 20, 4

func readGGUF(b []byte) error {
	_, err := gguf.Read(bytes.NewReader(b), int64(len(b)), gguf.ReadOptions{})
	return err
}

func readSafetensors(b []byte) error {
	_, err := safetensors.Read(bytes.NewReader(b), int64(len(b)))
	return err
}

func TestTheListIsWhole(t *testing.T) {
	require.Len(t, GGUF(), 71)
	require.Len(t, Safetensors(), 38)
	seen := map[string]bool{}
	for _, list := range [][]Case{GGUF(), Safetensors()} {
		clear(seen)
		for _, c := range list {
			require.False(t, seen[c.Name], c.Name)
			seen[c.Name] = true
		}
	}
}

func TestEveryMalformedFileIsRefusedWithClassAndOffset(t *testing.T) {
	for name, x := range map[string]struct {
		list []Case
		read func([]byte) error
		file string
	}{"gguf": {GGUF(), readGGUF, "m.gguf"}, "safetensors": {Safetensors(), readSafetensors, "model.safetensors"}} {
		for _, c := range x.list {
			t.Run(name+"/"+c.Name, func(t *testing.T) {
				b := c.Make()
				var err error
				bounded.Run(t, base, factor, int64(len(b)), func() { err = x.read(b) })
				var e *fault.Error
				require.ErrorAs(t, err, &e)
				require.Equal(t, c.Class, e.Class, "%v", err)
				require.GreaterOrEqual(t, e.Offset, int64(0), "%v", err)
				require.LessOrEqual(t, e.Offset, int64(len(b)), "%v", err)
				// And through the front door, beside nothing else.
				bounded.Run(t, base, factor, int64(len(b)), func() { err = open(fstest.MapFS{x.file: {Data: b}}) })
				require.ErrorAs(t, err, &e)
				require.Equal(t, x.file, e.File)
			})
		}
	}
}

// open does what show does.
func open(fsys fs.FS) error {
	c, err := checkpoint.Open(fsys, checkpoint.Options{})
	if err != nil {
		return err
	}
	defer c.Close()
	inspect.Show(c).AppendJSON(nil)
	return nil
}

func TestSoundFilesLoad(t *testing.T) {
	for _, c := range SoundGGUF() {
		require.NoError(t, readGGUF(c.Make()), c.Name)
		require.NoError(t, open(fstest.MapFS{"m.gguf": {Data: c.Make()}}), c.Name)
	}
	for _, c := range SoundSafetensors() {
		require.NoError(t, readSafetensors(c.Make()), c.Name)
		require.NoError(t, open(fstest.MapFS{"model.safetensors": {Data: c.Make()}}), c.Name)
	}
	golden, err := filepath.Glob("../../testdata/golden/*.gguf")
	require.NoError(t, err)
	require.NotEmpty(t, golden)
	for _, path := range golden {
		b, err := os.ReadFile(path)
		require.NoError(t, err)
		require.NoError(t, readGGUF(b), path)
	}
}
