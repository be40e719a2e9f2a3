package synth

import (
	"bytes"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/safetensors"
)

const committed = "../../testdata/checkpoints"

var update = flag.Bool("update", false, "write testdata/checkpoints")

// kept are the forms that testdata/checkpoints holds as files.
var kept = []Form{Master, Packed, LlamaPack}

// The generator makes the same bytes on every system, today and later: those that were committed.
func TestTheSameSeedGivesTheCommittedBytes(t *testing.T) {
	for _, form := range kept {
		dir := filepath.Join(committed, string(form))
		folder := Folder(Micro, form, 1)
		if *update {
			require.NoError(t, os.RemoveAll(dir))
			require.NoError(t, os.CopyFS(dir, folder))
		}
		n := 0
		err := fs.WalkDir(folder, ".", func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			n++
			want, err := os.ReadFile(filepath.Join(dir, path))
			if err != nil {
				return err
			}
			require.Equal(t, want, folder[path].Data, "%s/%s", form, path)
			return nil
		})
		require.NoError(t, err)
		require.Greater(t, n, 4)
	}
}

func TestSeedsAndFormsDiffer(t *testing.T) {
	a, b := Folder(Micro, Master, 1), Folder(Micro, Master, 2)
	require.NotEqual(t, a["model.safetensors"].Data, b["model.safetensors"].Data)
	require.Equal(t, a["config.json"].Data, b["config.json"].Data)
	for _, form := range Forms {
		require.NotEmpty(t, Folder(Micro, form, 1), form)
	}
}

// The full-shape writer is the same checkpoint in little memory.
func TestTheStreamedFolderHasTheFormOfTheOtherOne(t *testing.T) {
	for _, form := range []Form{Master, Packed} {
		var b bytes.Buffer
		require.NoError(t, (&folder{shape: Micro, form: form, seed: 1}).stream(&b))
		got, err := safetensors.Read(bytes.NewReader(b.Bytes()), int64(b.Len()))
		require.NoError(t, err)
		data := Folder(Micro, form, 1)["model.safetensors"].Data
		want, err := safetensors.Read(bytes.NewReader(data), int64(len(data)))
		require.NoError(t, err)
		require.Equal(t, want.Tensors, got.Tensors)
	}
}

func TestTheRealVocabularyHasItsSize(t *testing.T) {
	w := words(Llama3Vocab - 512)
	require.Len(t, w, Llama3Vocab-512)
	require.Len(t, splits(w, Llama3Merges), Llama3Merges)
	seen := make(map[string]bool, len(w))
	for _, x := range w {
		require.False(t, seen[x], x)
		seen[x] = true
	}
}
