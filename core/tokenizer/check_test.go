package tokenizer

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/gguf"
	"github.com/tritkit/tritkit/core/model"
)

func sound() *Vocab {
	v := &Vocab{Model: BPE, Pre: "llama-bpe", Tokens: []string{"a", "b", "ab", "<s>", "</s>"}, Merges: []string{"a b"},
		BOS: 3, EOS: 4, EOT: -1, EOM: -1, PAD: -1, UNK: -1}
	v.Scores, v.Types = make([]float32, 5), []int32{Normal, Normal, Normal, Control, Control}
	return v
}

func TestCheckFindsEachFault(t *testing.T) {
	require.Empty(t, sound().Check(5))
	for want, change := range map[string]func(v *Vocab){
		"for an embedding of 5 rows": func(v *Vocab) {
			v.Tokens, v.Types, v.Scores = append(v.Tokens, "x"), append(v.Types, Normal), append(v.Scores, 0)
		},
		"token 9 of a vocabulary of 5":      func(v *Vocab) { v.PAD = 9 },
		"a first token is to be added":      func(v *Vocab) { on := true; v.AddBOS, v.BOS = &on, -1 },
		"has the type 7":                    func(v *Vocab) { v.Types[1] = 7 },
		"is not finite":                     func(v *Vocab) { v.Scores[2] = float32(math.NaN()) },
		`tokens 0 and 1 are both "a"`:       func(v *Vocab) { v.Tokens[1], v.Merges = "a", nil },
		`"a c", and "c" is no token`:        func(v *Vocab) { v.Merges[0] = "a c" },
		`"b a", and "ba" is no token`:       func(v *Vocab) { v.Merges[0] = "b a" },
		`is "ab": not two parts`:            func(v *Vocab) { v.Merges[0] = "ab" },
		`byte token 1 is "b"`:               func(v *Vocab) { v.Model, v.Types[1] = SPM, Byte },
		"1 byte tokens; there are 256 byte": func(v *Vocab) { v.Model, v.Tokens[1], v.Types[1] = SPM, "<0x0A>", Byte },
	} {
		v := sound()
		change(v)
		list := v.Check(5)
		require.Len(t, list, 1, want)
		require.ErrorContains(t, list[0], want)
	}
}

// Every end of a generation: each has its key, and what none holds is kept for a note and written back to a folder.
func TestEveryEOSIsKept(t *testing.T) {
	v := &Vocab{Model: BPE, Tokens: []string{"a", "<|end_of_text|>", "<|eom_id|>", "<|eot_id|>", "<|other|>"}, EOT: -1, EOM: -1}
	v.Types, v.Scores = make([]int32, 5), make([]float32, 5)
	v.ids(&settings{}, &model.Config{BOS: []int{0}, EOS: []int{1, 2, 3, 4}, PAD: -1})
	require.Equal(t, []int{1, 3, 2, 4}, v.Ends())
	require.Equal(t, []int{4}, v.MoreEOS)
	keys := map[string]bool{}
	for _, kv := range v.KV() {
		keys[kv.Key] = true
	}
	require.True(t, keys["tokenizer.ggml.eos_token_id"] && keys["tokenizer.ggml.eot_token_id"] && keys["tokenizer.ggml.eom_token_id"])

	f := v.Generation([]gguf.KV{{Key: "general.sampling.temp", Value: gguf.Float32(0.6)}, {Key: "general.sampling.top_k", Value: gguf.Int32(40)}, {Key: "general.name", Value: gguf.String("x")}})
	require.Equal(t, `{"bos_token_id":0,"eos_token_id":[1,3,2,4],"do_sample":true,"temperature":0.6,"top_k":40}`+"\n", string(f.Data))
	back, err := Sampling(f.Data)
	require.NoError(t, err)
	require.Len(t, back, 2)
}

func TestSplitsOfGGUFAreWrittenBack(t *testing.T) {
	for _, s := range splits {
		v := sound()
		v.Pre = s.pre
		files, err := v.Files()
		require.NoError(t, err)
		var w Vocab
		require.NoError(t, w.readBPE(files[0].Data, 5))
		require.Equal(t, preOf(s.pattern), w.Pre, s.pre)
	}
	v := sound()
	v.Pre = "deepseek-llm"
	_, err := v.Files()
	require.ErrorContains(t, err, "deepseek-llm")
}
