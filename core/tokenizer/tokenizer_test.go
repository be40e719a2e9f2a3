package tokenizer

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/internal/bounded"
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
	f.Add([]byte("'ſ <|eot_id|> \r\n  x\xf0\x9f漢 12345"))
	v := sound()
	f.Add(v.appendBPE(nil, llama3Pattern))
	v.Model, v.Types[2] = SPM, User
	f.Add(v.appendPieces(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, e := range encoders() {
			e.check(t, string(b), EncodeOptions{Special: len(b)%2 == 0})
		}
		bounded.Run(t, 1<<20, 32, int64(len(b)), func() {
			if v := new(Vocab); v.readBPE(b, 64) == nil {
				v.Check(64)
			}
		})
		bounded.Run(t, 1<<20, 256, int64(len(b)), func() { encodeItself(b) })
		bounded.Run(t, 1<<20, 16, int64(len(b)), func() { new(Vocab).readPieces(b, 64) })
		bounded.Run(t, 1<<20, 32, int64(len(b)), func() { Card(b) })
		bounded.Run(t, 1<<20, 32, int64(len(b)), func() { Sampling(b) })
	})
}

// encodeItself encodes a file by the vocabulary it holds. Nothing may panic, and what comes out are tokens.
func encodeItself(b []byte) {
	for _, read := range []func(*Vocab) error{func(v *Vocab) error { return v.readBPE(b, 64) }, func(v *Vocab) error { return v.readPieces(b, 64) }} {
		v := &Vocab{BOS: -1, EOS: -1, UNK: -1}
		if read(v) != nil {
			continue
		}
		e, err := v.NewEncoder()
		if err != nil {
			continue
		}
		ids, _ := e.Encode(nil, string(b), EncodeOptions{Special: true})
		for _, id := range ids {
			if id < 0 || id >= 64 {
				panic("an id outside the vocabulary")
			}
		}
		e.Decode(ids, DecodeOptions{Special: true})
	}
}

func ExampleCard() {
	for _, kv := range Card([]byte("---\nlicense: mit\nbase_model: microsoft/bitnet-b1.58-2B-4T\n---\n# A fine-tune\n")) {
		fmt.Println(kv.Key, string(kv.Value.AppendJSON(nil, 4)))
	}
	// Output:
	// general.license "mit"
	// general.base_model.count 1
	// general.base_model.0.name "bitnet-b1.58-2B-4T"
	// general.base_model.0.organization "microsoft"
	// general.base_model.0.repo_url "https://huggingface.co/microsoft/bitnet-b1.58-2B-4T"
}

// A vocabulary of Llama-3's size: 128,256 tokens, 280,147 merges.
func BenchmarkRead(b *testing.B) {
	data := synthetic()
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if err := new(Vocab).readBPE(data, 128256); err != nil {
			b.Fatal(err)
		}
	}
}

// synthetic is a tokenizer.json of that size.
func synthetic() []byte {
	v := &Vocab{Model: BPE, BOS: -1}
	v.resize(128256)
	for i := range v.Tokens {
		v.Tokens[i], v.Types[i] = fmt.Sprintf("token%x", i), Normal
	}
	for i := range 280147 {
		v.Merges = append(v.Merges, fmt.Sprintf("to ken%x", i%128256))
	}
	return v.appendBPE(nil, llama3Pattern)
}
