package inspect

// What show and verify find without reading weights, one test a finding.

import (
	"bytes"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/checkpoint"
	"github.com/tritkit/tritkit/core/dtype"
	"github.com/tritkit/tritkit/core/gguf"
	"github.com/tritkit/tritkit/core/tensor"
	"github.com/tritkit/tritkit/internal/synth"
)

// codes collects the codes of findings with their severity: "warning no-tokenizer".
func codes(list []Finding) (out []string) {
	for _, f := range list {
		out = append(out, string(f.Severity)+" "+f.Code)
	}
	return out
}

// rewritten is a converted model under other pairs.
func rewritten(t *testing.T, change func(kv []gguf.KV) []gguf.KV) *checkpoint.Checkpoint {
	b := converted(t, open(t, synth.Folder(synth.Tiny, synth.Packed, 1)), "tq2_0")
	c := open(t, file(b))
	head, placed, size, err := gguf.Header(change(append([]gguf.KV(nil), c.GGUF.KV...)), c.Tensors, 32)
	require.NoError(t, err)
	out := make([]byte, size)
	copy(out, head)
	for i, x := range c.Tensors {
		require.NoError(t, c.ReadAt(0, out[placed[i].Offset:placed[i].Offset+x.Bytes], x.Offset))
	}
	return open(t, file(out))
}

func without(key string) func([]gguf.KV) []gguf.KV {
	return func(kv []gguf.KV) (out []gguf.KV) {
		for _, x := range kv {
			if x.Key != key {
				out = append(out, x)
			}
		}
		return out
	}
}

func set(key string, v gguf.Value) func([]gguf.KV) []gguf.KV {
	return func(kv []gguf.KV) []gguf.KV {
		for i := range kv {
			if kv[i].Key == key {
				kv[i].Value = v
			}
		}
		return kv
	}
}

func TestStructureFindsWhatIsMissingOrOdd(t *testing.T) {
	require.Empty(t, codes(Structure(rewritten(t, func(kv []gguf.KV) []gguf.KV { return kv }))))
	for want, change := range map[string]func([]gguf.KV) []gguf.KV{
		"warning no-pre-tokenizer": without("tokenizer.ggml.pre"),
		"warning no-tokenizer":     without("tokenizer.ggml.model"),
		"warning activation":       set("bitnet-b1.58.hidden_activation", gguf.String("silu")),
		"error unsupported-arch":   set("general.architecture", gguf.String("mystery")),
		"error bad-header":         without("bitnet-b1.58.block_count"),
		"error bad-layout":         set("bitnet-b1.58.block_count", gguf.Uint32(3)),
	} {
		require.Contains(t, codes(Structure(rewritten(t, change))), want)
	}
	require.Equal(t, []string{"info latent-master"}, codes(Structure(open(t, synth.Folder(synth.Tiny, synth.Master, 1)))))
}

func TestVerifyChecksTheVocabulary(t *testing.T) {
	c := rewritten(t, set("tokenizer.ggml.eos_token_id", gguf.Uint32(9999)))
	v, err := Verify(ctx, c, true, Options{})
	require.NoError(t, err)
	require.True(t, v.Failed(false))
	require.Contains(t, v.Findings[len(v.Findings)-1].Message, "token 9999")
}

func TestVerifyFindsFloatsThatAreNone(t *testing.T) {
	for what, want := range map[synth.Litter]string{synth.HasNaN: "model.layers.0.self_attn.q_proj.weight", synth.HasInf: "model.embed_tokens.weight", synth.BadCode: "model.layers.0.self_attn.q_proj.weight"} {
		v, err := Verify(ctx, open(t, synth.LitterFolder(what, 1)), false, Options{})
		require.NoError(t, err)
		require.True(t, v.Failed(false), what)
		last := v.Findings[len(v.Findings)-1]
		require.Equal(t, Error, last.Severity)
		require.Equal(t, want, last.Tensor)
	}
}

func TestVerifyListsMissingAndExtraTensors(t *testing.T) {
	for what, want := range map[synth.Litter]int{synth.MissingOne: 2, synth.ExtraTensor: 2} { // one is missing, and its new name is extra
		v, err := Verify(ctx, open(t, synth.LitterFolder(what, 1)), true, Options{})
		require.NoError(t, err)
		n := 0
		for _, f := range v.Findings {
			if f.Severity == Error {
				n++
			}
		}
		require.Equal(t, want, n, what)
	}
}

// A file that is no model of ours is shown all the same.
func TestShowOfAnythingSound(t *testing.T) {
	head, _, size, err := gguf.Header([]gguf.KV{{Key: "general.architecture", Value: gguf.String("clip")}}, []tensor.Tensor{{Name: "v.patch", Type: dtype.F16, Shape: []int64{4, 4}}}, 32)
	require.NoError(t, err)
	c, err := checkpoint.Open(fstest.MapFS{"m.gguf": {Data: append(head, make([]byte, size-int64(len(head)))...)}}, checkpoint.Options{})
	require.NoError(t, err)
	r := Show(c)
	require.Equal(t, "unknown", r.Arch)
	require.EqualValues(t, 16, r.Parameters)
	require.Len(t, r.Tensors, 1)
	require.Contains(t, codes(r.Findings), "error unsupported-arch")
	require.True(t, bytes.Contains(r.AppendJSON(nil), []byte(`"v.patch"`)))
}

func TestVocabularyInWords(t *testing.T) {
	c := open(t, file(converted(t, open(t, synth.Folder(synth.Tiny, synth.Packed, 1)), "i2_s")))
	require.Equal(t, "gpt2 (llama-bpe), 320 tokens, chat template", Show(c).Vocab)
	require.Empty(t, Show(open(t, synth.Folder(synth.Tiny, synth.Packed, 1))).Vocab)
}
