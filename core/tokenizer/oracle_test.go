package tokenizer

// Against the packages that own the formats: what they say of their files, and files of ours that they load
// (testdata/tokenizer/check.py).

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/gguf"
	"github.com/tritkit/tritkit/core/model"
)

const oracle = "../../testdata/tokenizer"

var update = flag.Bool("update", false, "write testdata/tokenizer/exported")

// folder reads the tokenizer of one of the oracle's folders for a vocabulary of size tokens.
func folder(t *testing.T, name string, size int) *Vocab {
	t.Helper()
	v, err := Read(func(file string) ([]byte, error) { return os.ReadFile(filepath.Join(oracle, name, file)) }, &model.Config{Vocab: size, PAD: -1})
	require.NoError(t, err)
	return v
}

// throughGGUF writes a vocabulary to a GGUF and reads it back.
func throughGGUF(t *testing.T, v *Vocab) *Vocab {
	t.Helper()
	head, _, _, err := gguf.Header(v.KV(), nil, 32)
	require.NoError(t, err)
	f, err := gguf.Read(bytes.NewReader(head), int64(len(head)), gguf.ReadOptions{})
	require.NoError(t, err)
	back, err := FromGGUF(f)
	require.NoError(t, err)
	return back
}

type expected struct {
	Tokens   []string
	Types    []int32
	Scores   []float32
	Merges   []string
	BOS, EOS int
}

func expect(t *testing.T, name string) (x expected) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(oracle, name+".expected.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, &x))
	return x
}

func TestOracleBPE(t *testing.T) {
	want := expect(t, "bpe")
	for _, name := range []string{"bpe", "bpe-text"} {
		v := folder(t, name, len(want.Tokens))
		require.Equal(t, want.Tokens, v.Tokens)
		require.Equal(t, want.Types, v.Types)
		require.Equal(t, want.Merges, v.Merges)
		require.Equal(t, "llama-bpe", v.Pre)
		require.Equal(t, []int{want.BOS, want.EOS}, []int{v.BOS, v.EOS})
		require.Equal(t, "<|eot_id|>", v.Tokens[v.EOT])
		require.Empty(t, v.Check(len(want.Tokens)))
	}
}

func TestOracleSentencePiece(t *testing.T) {
	want := expect(t, "spm")
	v := folder(t, "spm", len(want.Tokens))
	require.Equal(t, want.Tokens, v.Tokens)
	require.Equal(t, want.Types, v.Types)
	require.Equal(t, want.Scores, v.Scores)
	require.Equal(t, []int{want.BOS, want.EOS}, []int{v.BOS, v.EOS})
	require.Empty(t, v.Check(len(want.Tokens)))
}

// The tokenizers go through a GGUF and come out as folders, whose bytes are kept: check.py holds them against the
// packages.
func TestExportedFoldersAreTheOnesThatWereChecked(t *testing.T) {
	for name, size := range map[string]int{"bpe": len(expect(t, "bpe").Tokens), "spm": len(expect(t, "spm").Tokens)} {
		back := throughGGUF(t, folder(t, name, size))
		files, err := back.Files()
		require.NoError(t, err)
		for _, x := range append(files, back.Generation(nil)) {
			path := filepath.Join(oracle, "exported", name, x.Name)
			if *update {
				require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
				require.NoError(t, os.WriteFile(path, x.Data, 0o644))
			}
			kept, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, string(kept), string(x.Data), path)
		}
	}
}
