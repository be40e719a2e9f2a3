package tokenizer

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// The packages' own ids for 329 texts, with control tokens read where they are written: of folders, and of GGUFs made
// from them.
func TestOracleIDs(t *testing.T) {
	var want map[string]map[string][]Token
	b, err := os.ReadFile(filepath.Join(oracle, "ids.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, &want))
	for kind, texts := range want {
		v := folder(t, kind, len(expect(t, kind).Tokens))
		for _, v := range []*Vocab{v, throughGGUF(t, v)} {
			e, err := v.NewEncoder()
			require.NoError(t, err)
			for text, ids := range texts {
				got, err := e.Encode(nil, text, EncodeOptions{Special: kind == "bpe", NoBOS: kind == "spm"})
				require.NoError(t, err)
				require.Equal(t, append([]Token{}, ids...), append([]Token{}, got...), "%s %q", kind, text)
				if kind == "bpe" {
					require.Equal(t, text, e.Decode(got[1:], DecodeOptions{Special: true}))
				}
			}
		}
	}
}
