package convert

// What went wrong elsewhere, one test each: docs/formats.md, "Traps".

import (
	"context"
	"encoding/binary"
	"math"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/dtype"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/gguf"
	"github.com/tritkit/tritkit/core/model"
	"github.com/tritkit/tritkit/core/ternary"
	"github.com/tritkit/tritkit/internal/synth"
)

// with returns the folder with one text in one file replaced.
func with(t testing.TB, fs fstest.MapFS, name, old, new string) fstest.MapFS {
	t.Helper()
	require.Contains(t, string(fs[name].Data), old)
	out := fstest.MapFS{}
	for k, v := range fs {
		out[k] = v
	}
	out[name] = &fstest.MapFile{Data: []byte(strings.Replace(string(fs[name].Data), old, new, 1))}
	return out
}

// bitnet.cpp's encoder takes any floats, by sign, with max|w| as scale: the cause of "loads, and speaks nonsense".
func TestTrapFloatsNeverReachATernaryFormat(t *testing.T) {
	p, err := NewPlan(open(t, synth.Folder(synth.Tiny, synth.Undefined, 1)), Options{Type: "i2_s"})
	require.NoError(t, err)
	err = p.Write(context.Background(), discard{})
	require.ErrorIs(t, err, fault.ErrNotTernary)
	require.Regexp(t, `model\.layers\.0\.\S+: .*weight \d+ \(row \d+, column \d+\) is `, err.Error())
	for _, f := range dtype.Formats {
		require.False(t, f.Unpack != nil && f.Encode != nil, "%s would take floats", f.Name)
	}
}

// NaN became -scale there.
func TestTrapNaNIsAnError(t *testing.T) {
	p, err := NewPlan(open(t, synth.LitterFolder(synth.HasNaN, 1)), Options{Type: "i2_s"})
	require.NoError(t, err)
	require.ErrorIs(t, p.Write(context.Background(), discard{}), fault.ErrNotFinite)
}

// The scale was the first non-zero weight, or the largest: it is the mean over all.
func TestTrapTheScaleIsTheMean(t *testing.T) {
	c := open(t, synth.Folder(synth.Tiny, synth.Master, 1))
	const name = "model.layers.0.self_attn.q_proj.weight"
	w := synth.Latents(1, name, synth.Tiny.Embd*synth.Tiny.Embd)
	sum := 0.0
	for _, x := range w {
		sum += math.Abs(float64(x))
	}
	want := dtype.RoundTo(dtype.BF16, 1/(1/float32(sum/float64(len(w)))))
	require.Equal(t, want, tritsOf(t, c, ternary.Declared)["blk.0.attn_q.weight"].Scale[0])
}

// 2B-4T multiplies by weight_scale and Falcon divides; one pull request would have broken all others.
func TestTrapTheDirectionOfWeightScale(t *testing.T) {
	multiply := open(t, synth.Folder(synth.Tiny, synth.Packed, 1))
	divide := open(t, with(t, synth.Folder(synth.Tiny, synth.Packed, 1), "config.json", `"linear_class":"autobitlinear",`, ""))
	a, b := tritsOf(t, multiply, ternary.Declared), tritsOf(t, divide, ternary.Declared)
	for name := range a {
		require.InEpsilon(t, 1/float64(a[name].Scale[0]), float64(b[name].Scale[0]), 1e-6, name)
	}
}

// --outtype i2_s silently wrote F16, and embeddings were requantised unasked: the plan says every type, and the file
// has them.
func TestTrapThePlanSaysEveryType(t *testing.T) {
	c := open(t, synth.Folder(synth.Tiny, synth.Master, 1))
	p, err := NewPlan(c, Options{Type: "i2_s"})
	require.NoError(t, err)
	out := open(t, asFile(write(t, c, Options{Type: "i2_s"})))
	require.Equal(t, dtype.F16, out.Tensor("token_embd.weight").Type)
	for _, s := range p.Steps {
		require.Equal(t, s.To, out.Tensor(s.Name).Type, s.Name)
	}
}

// The head was made ternary.
func TestTrapTheHeadStaysAFloat(t *testing.T) {
	out := open(t, asFile(write(t, open(t, synth.Folder(synth.Tiny, synth.LlamaPack, 1)), Options{Type: "tq2_0"})))
	require.Equal(t, dtype.F16, out.Tensor("output.weight").Type)
	for i := range out.Weights {
		w := &out.Weights[i]
		require.Equal(t, w.Kind == model.Linear, w.Tensor.Type == dtype.TQ2_0, w.Name)
	}
}

// A remainder of n mod 128 was dropped, and elements counted in an int of 32 bits.
func TestTrapRemaindersAndLargeTensors(t *testing.T) {
	shape := synth.Tiny
	shape.FFN = 320
	_, err := NewPlan(open(t, synth.Folder(shape, synth.Packed, 1)), Options{Type: "i2_s"})
	require.ErrorContains(t, err, "320 columns are not a multiple of the 128")
	require.ErrorContains(t, err, "ffn_down")
	n, err := dtype.Lookup(dtype.I2_S).Size(1<<20, 1<<13)
	require.NoError(t, err)
	require.Equal(t, int64(1<<31+32), n)
	_, err = dtype.Lookup(dtype.I2_S).Size(1<<40, 1<<30)
	require.ErrorIs(t, err, fault.ErrFormat)
}

// The rows of q and k are permuted between the containers for NORM RoPE, and never for NEOX.
func TestTrapThePermutationOfQAndK(t *testing.T) {
	shape := synth.Tiny
	hd := shape.Embd / shape.Heads
	for form, permuted := range map[synth.Form]bool{synth.LlamaPack: true, synth.Packed: false} {
		c := open(t, synth.Folder(shape, form, 1))
		source := ternary.Matrix{Rows: shape.Embd, Cols: shape.Embd}
		require.NoError(t, ternary.Snap(&source, synth.Latents(1, "model.layers.0.self_attn.q_proj.weight", shape.Embd*shape.Embd), ternary.AbsMean))
		got := tritsOf(t, c, ternary.Declared)["blk.0.attn_q.weight"]
		for g := range shape.Embd {
			from := g
			if permuted {
				in := g % hd
				from = g - in + in%2*(hd/2) + in/2
			}
			require.Equal(t, source.Trits[from*shape.Embd:(from+1)*shape.Embd], got.Trits[g*shape.Embd:(g+1)*shape.Embd], "%s row %d", form, g)
		}
		v := tritsOf(t, c, ternary.Declared)["blk.0.attn_v.weight"]
		source.Rows = v.Rows
		require.NoError(t, ternary.Snap(&source, synth.Latents(1, "model.layers.0.self_attn.v_proj.weight", len(v.Trits)), ternary.AbsMean))
		require.Equal(t, source.Trits, v.Trits, "v is never permuted")
	}
}

// Keys that were missing or wrong elsewhere: the exact list, in the official order, with ours beside them.
func TestTrapTheExactKeys(t *testing.T) {
	c := open(t, asFile(write(t, open(t, synth.Folder(synth.Tiny, synth.Master, 1)), Options{Type: "i2_s"})))
	var got []string
	for _, kv := range c.GGUF.KV {
		got = append(got, kv.Key)
	}
	require.Equal(t, []string{
		"general.architecture", "general.name",
		"bitnet-b1.58.vocab_size", "bitnet-b1.58.context_length", "bitnet-b1.58.embedding_length", "bitnet-b1.58.block_count", "bitnet-b1.58.feed_forward_length",
		"bitnet-b1.58.rope.dimension_count", "bitnet-b1.58.attention.head_count", "bitnet-b1.58.attention.head_count_kv", "tokenizer.ggml.add_bos_token",
		"bitnet-b1.58.attention.layer_norm_rms_epsilon", "bitnet-b1.58.rope.freq_base", "bitnet-b1.58.hidden_activation", "general.file_type",
		"tokenizer.ggml.model", "tokenizer.ggml.pre", "tokenizer.ggml.tokens", "tokenizer.ggml.scores", "tokenizer.ggml.token_type", "tokenizer.ggml.merges",
		"tokenizer.ggml.bos_token_id", "tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id", "tokenizer.chat_template", "general.quantization_version",
		"general.sampling.top_p", "general.sampling.temp", "general.license",
		"general.base_model.count", "general.base_model.0.name", "general.base_model.0.organization", "general.base_model.0.repo_url",
	}, got)
	_, scaled := c.GGUF.Get("bitnet-b1.58.rope.scaling.type")
	require.False(t, scaled, "a rope scaling of 1.0 was written elsewhere")
	pre, _ := c.GGUF.Get("tokenizer.ggml.pre")
	text, err := pre.Text()
	require.NoError(t, err)
	require.Equal(t, "llama-bpe", text)
	dim, _ := c.GGUF.Get("bitnet-b1.58.rope.dimension_count")
	n, err := dim.Uint()
	require.NoError(t, err)
	require.EqualValues(t, synth.Tiny.Embd/synth.Tiny.Heads, n)
}

// Renaming bitnet-b1.58 to bitnet makes it load, and compute SiLU.
func TestTrapTheArchitectureKeepsItsName(t *testing.T) {
	c := open(t, os.DirFS("../../testdata/golden"), "tiny-b158-i2s.gguf")
	_, err := NewEdit(c, []gguf.KV{{Key: "general.architecture", Value: gguf.String("bitnet")}}, nil)
	require.ErrorIs(t, err, fault.ErrMisbehave)
	silu := open(t, os.DirFS("../../testdata/golden"), "tiny-bitnet-silu-i2s.gguf")
	require.NotEqual(t, c.Config.Activation, silu.Config.Activation)
	require.NotEqual(t, c.Config.Arch, silu.Config.Arch)
}

// The class of the tokenizer and the name of the folder decided what was written.
func TestTrapNamesThatDecideNothing(t *testing.T) {
	fs := synth.Folder(synth.Tiny, synth.Packed, 1)
	want := write(t, open(t, fs), Options{Type: "i2_s"})
	got := write(t, open(t, with(t, fs, "tokenizer_config.json", `{`, `{"tokenizer_class":"TokenizersBackend",`)), Options{Type: "i2_s"})
	require.Equal(t, want, got)
}

// A scale of 0 was taken for a fault, or for none: it is one only beside a trit that is not 0.
func TestTrapAScaleOfZero(t *testing.T) {
	for typ, at := range map[string]int{"tq2_0": 64, "q2_0": 0} {
		b := write(t, open(t, synth.Folder(synth.Tiny, synth.Packed, 1)), Options{Type: typ})
		c := open(t, asFile(b))
		x := c.Tensor("blk.0.attn_k.weight")
		f := dtype.Lookup(x.Type)
		block := b[x.Offset : x.Offset+int64(f.Bytes)]
		binary.LittleEndian.PutUint16(block[at:], 0)
		_, err := NewPlan(open(t, asFile(b)), Options{Type: "i2_s"})
		require.NoError(t, err)
		p, _ := NewPlan(open(t, asFile(b)), Options{Type: "i2_s"})
		require.ErrorIs(t, p.Write(context.Background(), discard{}), fault.ErrFormat, typ)
		for i := range block { // all zeros: sound
			if i < at || i >= at+2 {
				block[i] = 0x55
			}
		}
		p, _ = NewPlan(open(t, asFile(b)), Options{Type: "i2_s"})
		require.NoError(t, p.Write(context.Background(), discard{}), typ)
		binary.LittleEndian.PutUint16(block[at:], 0x3c00) // a scale that scales nothing is no second scale
		p, _ = NewPlan(open(t, asFile(b)), Options{Type: "i2_s"})
		require.NoError(t, p.Write(context.Background(), discard{}), typ)
	}
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
