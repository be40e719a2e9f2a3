package infer

// Models that transformers ran on CPU (testdata/transformers): the same folders, made again from their seed.

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/convert"
	"github.com/tritkit/tritkit/core/model"
	"github.com/tritkit/tritkit/core/tokenizer"
	"github.com/tritkit/tritkit/internal/synth"
)

const (
	transformers      = "../../testdata/transformers/"
	transformersSeed  = 17
	transformersVocab = 320
)

var outputs = flag.String("outputs", "", "write the folders that testdata/transformers/gen.py runs to this one")

// transformersFolders is what gen.py runs, by name.
func transformersFolders(t testing.TB) map[string]fstest.MapFS {
	all := map[string]fstest.MapFS{}
	for _, form := range []synth.Form{synth.Master, synth.MasterF32, synth.Packed, synth.PackedInv} {
		all[string(form)] = synth.Folder(synth.EvenBitNet, form, transformersSeed)
	}
	for _, form := range []synth.Form{synth.LlamaAuto, synth.LlamaPack} {
		all[string(form)] = synth.Folder(synth.EvenLlama, form, transformersSeed)
	}
	// An original context that puts frequencies in each of the three ranges: as they are, between, divided by the factor.
	all["llama3-rope"] = edited(t, all[string(synth.LlamaAuto)], `"rope_theta"`,
		`"rope_scaling":{"rope_type":"llama3","factor":8.0,"low_freq_factor":1.0,"high_freq_factor":4.0,"original_max_position_embeddings":256},"rope_theta"`)
	return all
}

// edited is a folder with a part of its config.json replaced.
func edited(t testing.TB, folder fstest.MapFS, part, by string) fstest.MapFS {
	t.Helper()
	all := maps.Clone(folder)
	config := string(folder["config.json"].Data)
	require.Contains(t, config, part)
	all["config.json"] = &fstest.MapFile{Data: []byte(strings.Replace(config, part, by, 1))}
	return all
}

func TestTransformersWritesItsFolders(t *testing.T) {
	if *outputs == "" {
		return
	}
	for name, folder := range transformersFolders(t) {
		dir := filepath.Join(*outputs, name)
		require.NoError(t, os.RemoveAll(dir))
		require.NoError(t, os.CopyFS(dir, folder))
	}
}

// transformersRuns is what gen.py says of its runs.
type transformersRuns struct {
	Prompts [][]tokenizer.Token // all but the last are short
	Keep    int                 // logits of the last one, from the end
	Nodes   []int               // positions of the last one
	Runs    map[string]struct{ SHA256, Model, Layer string }
}

func readTransformersRuns(t testing.TB) (r transformersRuns) {
	b, err := os.ReadFile(transformers + "runs.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, &r))
	return r
}

// logits of the rows that gen.py kept.
func (r *transformersRuns) logits(t testing.TB, m *Model) []float32 {
	long := steps(t, m, r.Prompts[len(r.Prompts)-1], true)
	return append(r.shortLogits(t, m), long[len(long)-r.Keep*transformersVocab:]...)
}

// shortLogits is those of the short prompts.
func (r *transformersRuns) shortLogits(t testing.TB, m *Model) (all []float32) {
	for _, p := range r.Prompts[:len(r.Prompts)-1] {
		all = append(all, steps(t, m, p, true)...)
	}
	return all
}

// short is the numbers of the short prompts.
func (r *transformersRuns) short(x []float32) []float32 { return x[:len(x)-r.Keep*transformersVocab] }

// far returns the largest difference of each row, sorted.
func far(a, b []float32) (all []float64) {
	for i := 0; i < len(a); i += transformersVocab {
		all = append(all, worst(a[i:i+transformersVocab], b[i:i+transformersVocab]))
	}
	slices.Sort(all)
	return all
}

func sameArgmax(a, b []float32) (n int) {
	for i := 0; i < len(a); i += transformersVocab {
		if argmax(a[i:i+transformersVocab]) == argmax(b[i:i+transformersVocab]) {
			n++
		}
	}
	return n
}

// within is what the order of sums explains: float32 sums of up to 640 numbers in another order, of logits up to 8. It
// holds where no int8 (or half of a key) falls on the other side of its boundary; where one does, 1e-7 becomes 1e-2.
const within = 2.5e-5

// closeRows returns how many rows are within that.
func closeRows(a, b []float32) (n int) {
	for _, d := range far(a, b) {
		if d <= within {
			n++
		}
	}
	return n
}

// TestLogitsOfTransformers compares where both do the same: float32, and keys and values in half.
func TestLogitsOfTransformers(t *testing.T) {
	r := readTransformersRuns(t)
	folders := transformersFolders(t)
	require.Len(t, r.Runs, len(folders))
	for name, fsys := range folders {
		run := r.Runs[name]
		sum := sha256.Sum256(fsys["model.safetensors"].Data)
		require.Equal(t, run.SHA256, hex.EncodeToString(sum[:]), "the weights that transformers loaded")
		golden := npz(t, transformers+name+".npz")
		want := golden["kvf16"]
		if want == nil {
			continue // in bfloat16: below
		}
		c := folder(t, fsys)
		sources := map[string]*Model{"folder": load(t, c, Options{Head: HeadF16})}
		types := []string{"i2_s", "tq1_0", "tq2_0", "q2_0"}
		if testing.Short() {
			types = types[:1] // the others have the bits of the folder: TestEveryFormHasTheSameLogits
		}
		for _, typ := range types {
			if typ[0] == 't' && c.Config.Embd%256 != 0 || typ != "i2_s" && slices.Contains([]string{"f32-master", "packed-inverse", "llama-packed"}, name) {
				continue // rows that the type does not take; scales that f16 rounds
			}
			sources[typ] = load(t, converted(t, c, convert.Options{Type: typ, Embd: "f32"}), Options{Head: HeadF16})
		}
		for how, m := range sources {
			have := r.logits(t, m)
			n := closeRows(r.short(want), r.short(have))
			t.Logf("%s %s: %d of 36 short rows close, all within %.2f, rms %.1e", name, how, n, worst(want, have), rms(want, have))
			require.GreaterOrEqual(t, n, 31, "%s %s", name, how)
			require.Less(t, worst(want, have), 0.2, "%s %s", name, how) // one int8 of hundreds, and what it moves in later layers and tokens
			require.Less(t, rms(want, have), 0.02, "%s %s", name, how)
			require.Equal(t, 44, sameArgmax(want, have), "%s %s", name, how)
		}
	}
}

// TestLogitsOfTransformersInItsOwnPrecisions: what our keys and values in half take away is what they take away there, and
// in bfloat16 we are no farther from it than its own float32.
func TestLogitsOfTransformersInItsOwnPrecisions(t *testing.T) {
	r := readTransformersRuns(t)
	folders := transformersFolders(t)
	for _, name := range []string{"packed", "llama-auto", "bf16-master"} {
		g := npz(t, transformers+name+".npz")
		have := r.logits(t, load(t, folder(t, folders[name]), Options{Head: HeadF16}))
		if g["kvf16"] != nil {
			t.Logf("%s: rms from float32 %.3f, its own %.3f; %d of 44 best tokens", name, rms(g["logits"], have), rms(g["logits"], g["kvf16"]), sameArgmax(g["logits"], have))
			require.Less(t, rms(g["logits"], have), 1.1*rms(g["logits"], g["kvf16"]), name)
			require.GreaterOrEqual(t, sameArgmax(g["logits"], have), 41, name)
		}
		if g["bfloat16"] != nil {
			t.Logf("%s: rms from bfloat16 %.3f, float32's %.3f; %d of 44 best tokens", name, rms(g["bfloat16"], have), rms(g["bfloat16"], g["logits"]), sameArgmax(g["bfloat16"], have))
			require.Less(t, rms(g["bfloat16"], have), 1.1*rms(g["bfloat16"], g["logits"]), name)
			require.GreaterOrEqual(t, sameArgmax(g["bfloat16"], have), 40, name)
		}
	}
}

// TestFasterFormsAreNoFartherThanBfloat16: an int8 head, an int8 cache and both take less away from transformers' float32
// than the type takes away in which the models are published.
func TestFasterFormsAreNoFartherThanBfloat16(t *testing.T) {
	r := readTransformersRuns(t)
	g := npz(t, transformers+"packed.npz")
	c := folder(t, transformersFolders(t)["packed"])
	for _, o := range []Options{{}, {Head: HeadF16, KV: KVInt8}, {KV: KVInt8}} {
		m := load(t, c, o)
		have := r.logits(t, m)
		t.Logf("head %s, cache %s: rms %.3f, bfloat16's %.3f; %d of 44 best tokens", m.Head, m.KV, rms(g["logits"], have), rms(g["logits"], g["bfloat16"]), sameArgmax(g["logits"], have))
		require.Less(t, rms(g["logits"], have), rms(g["logits"], g["bfloat16"]))
		require.GreaterOrEqual(t, sameArgmax(g["logits"], have), 38)
	}
}

// TestWrongModelsAreFarFromTransformers shows that the comparison above can fail: no row after the first token of a prompt,
// which no position turns, is close once one thing is wrong.
func TestWrongModelsAreFarFromTransformers(t *testing.T) {
	r := readTransformersRuns(t)
	folders := transformersFolders(t)
	inverse := func(l *linear) {
		for _, p := range l.parts {
			p.scale[0] = 1 / p.scale[0]
		}
	}
	for _, wrong := range []struct {
		what, folder string
		first        int // rows that stay: of first tokens
		change       func(m *Model)
	}{
		{"the other activation", "packed", 0, func(m *Model) { m.Config.Activation = model.SiLU }},
		{"the other activation", "llama-auto", 0, func(m *Model) { m.Config.Activation = model.ReLU2 }},
		{"no attn_sub_norm", "packed", 0, func(m *Model) { m.layers[1].attnSub = nil }},
		{"no ffn_sub_norm", "packed", 0, func(m *Model) { m.layers[1].ffnSub = nil }},
		{"a scale's direction", "packed", 0, func(m *Model) { inverse(m.layers[0].o) }},
		{"a scale's direction", "packed-inverse", 0, func(m *Model) { inverse(m.layers[0].o) }},
		{"a scale's direction", "llama-packed", 0, func(m *Model) { inverse(m.layers[2].down) }},
		{"a scale 1/512 too large", "packed", 0, func(m *Model) { m.layers[1].down.parts[0].scale[0] *= 1 + 1.0/512 }},
		{"RoPE's pairs", "packed", 6, func(m *Model) { m.rope.norm = !m.rope.norm }},
		{"RoPE's pairs", "llama-auto", 6, func(m *Model) { m.rope.norm = !m.rope.norm }},
		{"RoPE's base", "packed", 6, func(m *Model) { m.rope.step *= 1.01 }},
		{"RoPE's scaling", "llama3-rope", 6, func(m *Model) { m.rope.freqs = nil }},
		{"epsilon", "packed", 0, func(m *Model) { m.Config.NormEps = 1e-6 }},
	} {
		want := r.short(npz(t, transformers+wrong.folder+".npz")["kvf16"])
		m := load(t, folder(t, folders[wrong.folder]), Options{Head: HeadF16})
		wrong.change(m)
		have := r.shortLogits(t, m)
		t.Logf("%s %s: %d close, rms %.1e", wrong.folder, wrong.what, closeRows(want, have), rms(want, have))
		require.LessOrEqual(t, closeRows(want, have), wrong.first, "%s: %s", wrong.folder, wrong.what)
	}
	g := npz(t, transformers+"llama-auto.npz")
	t.Logf("unquantised: rms %.1e, nearest row %.1e", rms(g["kvf16"], g["unquantised"]), far(g["kvf16"], g["unquantised"])[0])
	require.Zero(t, closeRows(g["kvf16"], g["unquantised"]), "activations that are not quantised")
}
