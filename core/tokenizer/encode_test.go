package tokenizer

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// The packages' own ids for 329 texts, with control tokens read where they are written.
func TestOracleIDs(t *testing.T) {
	var want map[string]map[string][]Token
	b, err := os.ReadFile(filepath.Join(oracle, "ids.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, &want))
	for kind, texts := range want {
		v := folder(t, kind, len(expect(t, kind).Tokens))
		e, err := v.NewEncoder()
		require.NoError(t, err)
		for text, ids := range texts {
			opts := EncodeOptions{Special: kind == "bpe", NoBOS: kind == "spm"}
			got, err := e.Encode(nil, text, opts)
			require.NoError(t, err)
			require.Equal(t, append([]Token{}, ids...), append([]Token{}, got...), "%s %q", kind, text)
			if kind == "bpe" && text != "" {
				require.Equal(t, text, e.Decode(got[1:], DecodeOptions{Special: true}), "%s", kind)
			}
		}
	}
}
