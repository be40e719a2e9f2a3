package tokenizer

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/fault"
)

func TestPiecesSurviveWritingAndReading(t *testing.T) {
	no := false
	v := &Vocab{Model: SPM, Tokens: []string{"<unk>", "<s>", "▁a", "<0x41>"}, Scores: []float32{0, 0, -1.5, 0}, Types: []int32{Unknown, Control, Normal, Byte}, AddSpacePrefix: &no}
	var w Vocab
	require.NoError(t, w.readPieces(v.appendPieces(nil), 4))
	require.Equal(t, v.Tokens, w.Tokens)
	require.Equal(t, v.Scores, w.Scores)
	require.Equal(t, v.Types, w.Types)
	require.False(t, *w.AddSpacePrefix)
	require.Error(t, w.readPieces(v.appendPieces(nil), 3), "more pieces than the vocabulary has rows")
	require.Error(t, w.readPieces(v.appendPieces(nil)[:10], 4))
}

func TestBPESurvivesWritingAndReading(t *testing.T) {
	v := &Vocab{Model: BPE, Pre: "llama-bpe", Tokens: []string{"a", "b", "ab", "<|x|>", "user"}, Scores: make([]float32, 5), Types: []int32{Normal, Normal, Normal, Control, User}, Merges: []string{"a b"}, BOS: -1}
	var w Vocab
	require.NoError(t, w.readBPE(v.appendBPE(nil, llama3Pattern), 5))
	require.Equal(t, v.Tokens, w.Tokens)
	require.Equal(t, v.Types, w.Types)
	require.Equal(t, v.Merges, w.Merges)
	require.Equal(t, "llama-bpe", w.Pre)
	require.ErrorIs(t, w.readBPE(v.appendBPE(nil, `\w+`), 5), fault.ErrFormat, "an unknown pattern is refused by name")
}

func TestCard(t *testing.T) {
	kv := Card([]byte("---\nlicense: mit\nbase_model:\n- a/b\n- c/d\ntags: [x]\n---\n# T\n"))
	require.Len(t, kv, 8)
	require.Equal(t, "general.base_model.1.repo_url", kv[7].Key)
	require.Empty(t, Card([]byte("# no front matter")))
}

func FuzzTokenizer(f *testing.F) {
	f.Add([]byte(`{"model":{"type":"BPE","vocab":{"a":0},"merges":[]}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		new(Vocab).readBPE(b, 64)
		new(Vocab).readPieces(b, 64)
		Card(b)
		Sampling(b)
	})
}
