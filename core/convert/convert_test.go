package convert

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/checkpoint"
	"github.com/tritkit/tritkit/core/dtype"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/gguf"
	"github.com/tritkit/tritkit/core/model"
	"github.com/tritkit/tritkit/core/tensor"
	"github.com/tritkit/tritkit/core/ternary"
	"github.com/tritkit/tritkit/internal/synth"
)

func open(t testing.TB, fsys fs.FS, names ...string) *checkpoint.Checkpoint {
	t.Helper()
	c, err := checkpoint.Open(fsys, checkpoint.Options{}, names...)
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	return c
}

func write(t testing.TB, c *checkpoint.Checkpoint, o Options) []byte {
	t.Helper()
	p, err := NewPlan(c, o)
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, p.Write(context.Background(), &b))
	require.EqualValues(t, p.Size(), b.Len())
	return b.Bytes()
}

func asFile(b []byte) fs.FS { return fstest.MapFS{"m.gguf": {Data: b}} }

// asFolder is the folder that a Hugging Face plan makes.
func asFolder(t testing.TB, c *checkpoint.Checkpoint, o Options) fs.FS {
	p, err := NewPlan(c, o)
	require.NoError(t, err)
	m := fstest.MapFS{WeightsName: {Data: write(t, c, o)}}
	for _, f := range p.Files {
		m[f.Name] = &fstest.MapFile{Data: f.Data}
	}
	return m
}

// trits reads every ternary weight, whole, by its GGUF name.
func tritsOf(t testing.TB, c *checkpoint.Checkpoint, rule ternary.Rule) map[string]ternary.Matrix {
	t.Helper()
	require.NoError(t, c.Unknown)
	require.Empty(t, c.Problems)
	r := c.NewReader(checkpoint.ReadOptions{Rule: rule})
	all := map[string]ternary.Matrix{}
	for i := range c.Weights {
		w := &c.Weights[i]
		if w.Kind != model.Linear {
			continue
		}
		m, err := r.Open(context.Background(), w)
		require.NoError(t, err)
		whole := ternary.Matrix{Rows: m.Rows, Cols: m.Cols}
		require.NoError(t, m.ReadRows(&whole, 0))
		all[w.Name] = whole
	}
	require.NotEmpty(t, all)
	return all
}

func threads(n int, do func(int) error) error {
	var wg sync.WaitGroup
	errs := make([]error, n)
	for i := range n {
		wg.Go(func() { errs[i] = do(i) })
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

var ternaryTypes = []string{"i2_s", "tq1_0", "tq2_0", "q2_0"}

func TestEveryFormConvertsToTheSameTrits(t *testing.T) {
	want := map[bool]map[string]ternary.Matrix{}
	for _, form := range synth.Forms {
		c := open(t, synth.Folder(synth.Tiny, form, 7))
		llama := c.Config.Arch == model.Llama
		rule := ternary.Declared
		if form == synth.Undefined {
			rule = ternary.AbsMean
		}
		got := tritsOf(t, c, rule)
		if want[llama] == nil {
			want[llama] = got
		}
		if form == synth.OneBitLLM {
			continue // other tensor names in the source, so other latents
		}
		for name, m := range want[llama] {
			require.Equal(t, m.Trits, got[name].Trits, "%s %s", form, name)
			require.InEpsilon(t, m.Scale[0], got[name].Scale[0], 1.0/256, "%s %s", form, name)
		}
		for _, typ := range ternaryTypes {
			again := tritsOf(t, open(t, asFile(write(t, c, Options{Type: typ, Snap: rule}))), ternary.Declared)
			for name, m := range got {
				require.Equal(t, m.Trits, again[name].Trits, "%s %s %s", form, typ, name)
				require.InEpsilon(t, m.Scale[0], again[name].Scale[0], 1.0/2048, "%s %s %s", form, typ, name)
			}
		}
	}
}

func TestEveryTypeConvertsToEveryOther(t *testing.T) {
	c := open(t, synth.Folder(synth.Tiny, synth.Packed, 3))
	want := tritsOf(t, c, ternary.Declared)
	types := append([]string{"f16", "bf16", "f32"}, ternaryTypes...)
	for _, a := range types {
		first := open(t, asFile(write(t, c, Options{Type: a})))
		for _, b := range types {
			got := tritsOf(t, open(t, asFile(write(t, first, Options{Type: b}))), ternary.Declared)
			for name, m := range want {
				require.Equal(t, m.Trits, got[name].Trits, "%s to %s: %s", a, b, name)
				require.InEpsilon(t, m.Scale[0], got[name].Scale[0], 1.0/2048)
			}
		}
	}
}

func TestFoldersReproduceCodesAndScale(t *testing.T) {
	for _, form := range []synth.Form{synth.Master, synth.Packed, synth.LlamaPack, synth.Values} {
		c := open(t, synth.Folder(synth.Tiny, form, 5))
		want := tritsOf(t, c, ternary.Declared)
		gguf := open(t, asFile(write(t, c, Options{Type: "i2_s"})))
		for _, src := range []*checkpoint.Checkpoint{c, gguf} {
			for typ, epsilon := range map[string]float64{HFPacked: 1.0 / 512, HFFloat: 1.0 / 256} {
				got := tritsOf(t, open(t, asFolder(t, src, Options{Type: typ})), ternary.Declared)
				for name, m := range want {
					require.Equal(t, m.Trits, got[name].Trits, "%s %s %s", form, typ, name)
					require.InEpsilon(t, m.Scale[0], got[name].Scale[0], epsilon, "%s %s %s", form, typ, name)
				}
			}
		}
	}
}

func TestThreadsAndMemoryDoNotChangeBytes(t *testing.T) {
	for _, form := range []synth.Form{synth.Master, synth.MasterF32, synth.LlamaPack, synth.Packed} {
		c := open(t, synth.Folder(synth.Tiny, form, 1))
		for _, typ := range []string{"i2_s", "tq2_0", "f16", HFPacked} {
			want := write(t, c, Options{Type: typ})
			require.Equal(t, want, write(t, c, Options{Type: typ, Parallel: threads}), "%s %s", form, typ)
			require.Equal(t, want, write(t, c, Options{Type: typ, Memory: 1}), "%s %s", form, typ)
		}
	}
}

// Where one batch ends and the next begins shows nowhere.
func TestBatchesDoNotChangeBytes(t *testing.T) {
	for _, form := range []synth.Form{synth.Master, synth.LlamaPack, synth.Packed} {
		c := open(t, synth.Folder(synth.Tiny, form, 1))
		for _, typ := range []string{"i2_s", "q2_0", "f32", HFPacked, HFFloat} {
			want := write(t, c, Options{Type: typ})
			for _, size := range []int64{1, 1000, 1 << 14, 1 << 17} {
				for _, parallel := range []checkpoint.Parallel{nil, threads} {
					done := int64(0)
					p, err := NewPlan(c, Options{Type: typ, Parallel: parallel, Progress: func(now, total int64) {
						require.True(t, done <= now && now <= total)
						done = now
					}})
					require.NoError(t, err)
					p.batch = size
					var b bytes.Buffer
					require.NoError(t, p.Write(context.Background(), &b))
					require.True(t, bytes.Equal(want, b.Bytes()), "%s %s, batches of %d", form, typ, size)
					require.Equal(t, p.SourceBytes(), done)
				}
			}
		}
	}
}

// straight writes without the fast ways.
func straight(t testing.TB, c *checkpoint.Checkpoint, o Options) []byte {
	t.Helper()
	p, err := NewPlan(c, o)
	require.NoError(t, err)
	p.straight = true
	var b bytes.Buffer
	require.NoError(t, p.Write(context.Background(), &b))
	return b.Bytes()
}

func TestTheFastWayEqualsTheStraightOne(t *testing.T) {
	for _, form := range []synth.Form{synth.Master, synth.Values, synth.LlamaPack, synth.Packed} {
		c := open(t, synth.Folder(synth.Tiny, form, 1))
		for _, from := range append([]string{""}, ternaryTypes...) {
			if from != "" {
				c = open(t, asFile(write(t, c, Options{Type: from})))
			}
			for _, to := range append([]string{HFPacked}, ternaryTypes...) {
				o := Options{Type: to, Count: true}
				require.Equal(t, straight(t, c, o), write(t, c, o), "%s, %s to %s", form, from, to)
			}
		}
	}
}

func TestTheReferenceFileKeepsItsBytes(t *testing.T) {
	const path = "../../testdata/golden"
	c := open(t, os.DirFS(path), "tiny-b158-i2s.gguf")
	again := open(t, asFile(write(t, c, Options{Type: "i2_s"})))
	require.Equal(t, len(c.Tensors), len(again.Tensors))
	for _, want := range c.Tensors {
		got := again.Tensor(want.Name)
		require.Equal(t, want.Type, got.Type, want.Name)
		a, b := make([]byte, want.Bytes), make([]byte, got.Bytes)
		require.NoError(t, c.ReadAt(want.File, a, want.Offset))
		require.NoError(t, again.ReadAt(got.File, b, got.Offset))
		if want.Type == dtype.I2_S {
			a, b = a[:len(a)-28], b[:len(b)-28] // bitnet.cpp leaves these undefined
		}
		require.Equal(t, a, b, want.Name)
	}
}

func TestPruningTakesAShareOfTheCodesAndKeepsTheScale(t *testing.T) {
	c := open(t, synth.Folder(synth.Tiny, synth.Master, 2))
	before := tritsOf(t, c, ternary.Declared)
	after := tritsOf(t, open(t, asFolder(t, c, Options{Type: HFPacked, Prune: 10})), ternary.Declared)
	for name, m := range before {
		a, b := ternary.Count(m.Trits), ternary.Count(after[name].Trits)
		require.InDelta(t, 0.9*float64(a.Neg+a.Pos), float64(b.Neg+b.Pos), 1, name)
		require.Equal(t, m.Scale, after[name].Scale)
	}
	_, err := NewPlan(open(t, synth.Folder(synth.Tiny, synth.Packed, 2)), Options{Prune: 10})
	require.ErrorIs(t, err, fault.ErrNotTernary)
}

func TestRefusals(t *testing.T) {
	floats := open(t, synth.Folder(synth.Tiny, synth.Undefined, 1))
	p, err := NewPlan(floats, Options{Type: "i2_s"})
	require.NoError(t, err)
	require.ErrorIs(t, p.Write(context.Background(), &bytes.Buffer{}), fault.ErrNotTernary)

	missing := synth.Folder(synth.Tiny, synth.Packed, 1)
	delete(missing, "tokenizer.json")
	_, err = NewPlan(open(t, missing), Options{})
	require.ErrorIs(t, err, fault.ErrNotFound)

	packed := open(t, synth.Folder(synth.Tiny, synth.Packed, 1))
	for _, o := range []Options{{Type: "q4_0"}, {Type: "nonsense"}, {Embd: "i2_s"}, {For: "llama.cpp"}, {For: "nobody"}} {
		_, err = NewPlan(packed, o)
		require.Error(t, err, "%+v", o)
	}
	golden := open(t, os.DirFS("../../testdata/golden"), "tiny-b158-i2s.gguf")
	_, err = NewPlan(golden, Options{Type: "tq2_0"})
	require.ErrorContains(t, err, "640 columns")
}

func TestRoundedScalesAreReported(t *testing.T) {
	require.Zero(t, rounding([]float32{1, 0, 1.1953125}, dtype.F16))
	require.InDelta(t, 2.4e-4, rounding([]float32{1, 1.00024}, dtype.F16), 1e-5)
	c := open(t, synth.Folder(synth.Tiny, synth.MasterF32, 1)) // its scales have all the bits of a float32
	for typ, most := range map[string]float64{"i2_s": 0, "tq2_0": 1.0 / 2048, HFPacked: 1.0 / 256} {
		p, err := NewPlan(c, Options{Type: typ})
		require.NoError(t, err)
		require.NoError(t, p.Write(context.Background(), discard{}))
		worst := 0.0
		for _, s := range p.Steps {
			worst = max(worst, s.ScaleError)
		}
		require.Equal(t, most > 0, worst > 0, typ)
		require.LessOrEqual(t, worst, most, typ)
	}
}

// Older PrismML files hold 128 codes to a block under the number 42: they read as what they are.
func TestLegacyQ2OfGroup128IsRead(t *testing.T) {
	c := open(t, synth.Folder(synth.Tiny, synth.LlamaPack, 4))
	now := open(t, asFile(write(t, c, Options{Type: "q2_0"})))
	outs := append([]tensor.Tensor(nil), now.Tensors...)
	for i := range outs {
		if outs[i].Type == dtype.Q2_0 {
			outs[i].Type = dtype.Q2_0_G128
		}
	}
	head, placed, size, err := gguf.Header(now.GGUF.KV, outs, 32)
	require.NoError(t, err)
	b := make([]byte, size)
	copy(b, head)
	for i, x := range now.Tensors {
		src := make([]byte, x.Bytes)
		require.NoError(t, now.ReadAt(x.File, src, x.Offset))
		dst := b[placed[i].Offset:]
		if x.Type != dtype.Q2_0 {
			copy(dst, src)
			continue
		}
		for ; len(src) > 0; src, dst = src[36:], dst[34:] { // two blocks with one scale become one
			d := src[:2]
			if d[0]|d[1] == 0 {
				d = src[18:20]
			}
			copy(dst, d)
			copy(dst[2:], src[2:18])
			copy(dst[18:], src[20:36])
		}
	}
	old := open(t, asFile(b))
	require.Equal(t, dtype.Q2_0_G128, old.GGUF.Settled[0].Type)
	want := tritsOf(t, now, ternary.Declared)
	for name, m := range tritsOf(t, old, ternary.Declared) {
		require.Equal(t, want[name].Trits, m.Trits, name)
		require.Equal(t, want[name].Scale, m.Scale, name)
	}
	require.Equal(t, write(t, now, Options{Type: "i2_s"}), write(t, old, Options{Type: "i2_s"}))
}

// A folder made from a GGUF loads in transformers: tied where there is no head, and floats of one type.
func TestFoldersFromGGUFAreOfOneKind(t *testing.T) {
	for form, tied := range map[synth.Form]bool{synth.Packed: true, synth.LlamaPack: false} {
		gguf := open(t, asFile(write(t, open(t, synth.Folder(synth.Tiny, form, 5)), Options{Type: "i2_s"})))
		c := open(t, asFolder(t, gguf, Options{Type: HFPacked}))
		require.Equal(t, tied, c.Config.Tied, form)
		require.Equal(t, tied, c.Tensor("lm_head.weight") == nil, form)
		for i := range c.Weights {
			if w := &c.Weights[i]; w.Kind != model.Linear {
				require.Equal(t, c.Config.DType, w.Tensor.Type, "%s %s", form, w.Name)
			}
		}
	}
}
