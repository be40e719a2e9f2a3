package infer

import (
	"bytes"
	"context"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/checkpoint"
	"github.com/tritkit/tritkit/core/convert"
	"github.com/tritkit/tritkit/core/ternary"
	"github.com/tritkit/tritkit/internal/synth"
	"github.com/tritkit/tritkit/native/kernel"
)

func folder(t *testing.T, fsys fstest.MapFS, names ...string) *checkpoint.Checkpoint {
	t.Helper()
	c, err := checkpoint.Open(fsys, checkpoint.Options{}, names...)
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	return c
}

func converted(t *testing.T, c *checkpoint.Checkpoint, o convert.Options) *checkpoint.Checkpoint {
	t.Helper()
	p, err := convert.NewPlan(c, o)
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, p.Write(context.Background(), &b))
	return folder(t, fstest.MapFS{"model.gguf": {Data: b.Bytes()}}, "model.gguf")
}

// TestEveryFormHasTheSameLogits: a folder as it is, snapped at load, and each ternary GGUF made from it. The scales are
// bf16 and fit f16, so nothing is rounded on the way.
func TestEveryFormHasTheSameLogits(t *testing.T) {
	tokens := []int32{1, 30, 200, 7, 7, 90, 12, 300, 5, 2, 44}
	for _, form := range synth.Forms {
		if form == synth.Undefined {
			continue // nothing declares it ternary: below
		}
		c := folder(t, synth.Folder(synth.Tiny, form, 5))
		want := steps(t, load(t, c, Options{}), tokens, true)
		for _, x := range want {
			require.Zero(t, x-x)
		}
		for _, to := range []string{"i2_s", "tq1_0", "tq2_0", "q2_0"} {
			g := converted(t, c, convert.Options{Type: to, Embd: "f32"})
			for _, k := range kernel.All() {
				have := steps(t, load(t, g, Options{Kernel: k}), tokens, true)
				if form == synth.OneBitLLM || form == synth.PackedInv || form == synth.LlamaPack || form == synth.MasterF32 || form == synth.MasterF16 {
					if to != "i2_s" {
						continue // these scales are float32, which f16 rounds
					}
				}
				require.Zero(t, worst(want, have), "%s as %s with %s", form, to, k.Name)
			}
		}
	}
}

// TestTheReferenceModelAsQ2: its trits are the same and, because scales are rounded to f16, its logits are those of the
// same trits with these scales. 640 columns are no multiple of 256: TQ1_0 and TQ2_0 refuse them.
func TestTheReferenceModelAsQ2(t *testing.T) {
	c := open(t, golden+"tiny-b158-i2s.gguf")
	q2 := converted(t, c, convert.Options{Type: "q2_0", Embd: "f16"})
	want, have := load(t, c, Options{Head: HeadF16}), load(t, q2, Options{Head: HeadF16})
	for i := range want.layers {
		a, b := &want.layers[i], &have.layers[i]
		for j, l := range []*linear{a.qkv, a.o, a.gateUp, a.down} {
			rounded := []*linear{b.qkv, b.o, b.gateUp, b.down}[j]
			require.Equal(t, l.w, rounded.w)
			for p := range l.parts {
				require.InEpsilon(t, l.parts[p].scale[0], rounded.parts[p].scale[0], 1.0/2048) // half a unit of f16
				l.parts[p].scale[0] = rounded.parts[p].scale[0]
			}
		}
	}
	require.Zero(t, worst(steps(t, want, prompt(t), true), steps(t, have, prompt(t), true)))
	for _, to := range []string{"tq1_0", "tq2_0"} {
		_, err := convert.NewPlan(c, convert.Options{Type: to})
		require.ErrorContains(t, err, "640 columns are not a multiple of the 256")
	}
}

func TestFloatsThatNothingDeclaresTernaryNeedARule(t *testing.T) {
	c := folder(t, synth.Folder(synth.Tiny, synth.Undefined, 5))
	_, err := Load(context.Background(), c, Options{})
	require.ErrorContains(t, err, "ternary")
	load(t, c, Options{Rule: ternary.AbsMean})
}

// TestGroupScales runs a Q2_0 whose groups have scales of their own, against the sum written out.
func TestGroupScales(t *testing.T) {
	c := converted(t, folder(t, synth.Folder(synth.Tiny, synth.Master, 5)), convert.Options{Type: "q2_0", Embd: "f16"})
	m := load(t, c, Options{})
	l := m.layers[0].o
	p := &l.parts[0]
	require.Zero(t, p.group)
	plain := p.scale[0]
	a := &activations{n: 1, cols: l.cols, q: make([]int8, l.cols), s: []float32{3}, sum: []int32{0}}
	for i := range a.q {
		a.q[i] = int8(i%251 - 125)
		a.sum[0] += int32(a.q[i])
	}
	want, have := make([]float32, l.rows), make([]float32, l.rows)
	m.mul(want, l, a)
	p.group, p.scale = 64, make([]float32, p.rows*l.cols/64)
	for i := range p.scale {
		p.scale[i] = plain
	}
	m.mul(have, l, a)
	for i := range want {
		require.InDelta(t, want[i], have[i], 1e-4) // the same sum in other roundings
	}
	for i := range p.scale { // the groups of odd number count twice: what they add is doubled
		p.scale[i] = plain * float32(1+i%2)
	}
	m.mul(have, l, a)
	for g := 1; g < l.cols/64; g += 2 {
		clear(a.q[g*64 : (g+1)*64])
	}
	p.group = 0
	a.sum[0] = 0
	for _, v := range a.q {
		a.sum[0] += int32(v)
	}
	even := make([]float32, l.rows)
	m.mul(even, l, a)
	for i := range want {
		require.InDelta(t, 2*want[i]-even[i], have[i], 1e-3)
	}
}

func TestErrors(t *testing.T) {
	ctx := context.Background()
	m := load(t, open(t, golden+"tiny-b158-i2s.gguf"), Options{})
	_, err := m.NewSession(513)
	require.ErrorContains(t, err, "513")
	s, err := m.NewSession(8)
	require.NoError(t, err)
	_, err = s.Forward(ctx, []int32{1, 512})
	require.ErrorContains(t, err, "token 512")
	_, err = s.Forward(ctx, make([]int32, 9))
	require.ErrorContains(t, err, "context of 8")
	_, err = s.Forward(ctx, nil)
	require.Error(t, err)
	stopped, cancel := context.WithCancel(ctx)
	cancel()
	_, err = s.Forward(stopped, []int32{1})
	require.ErrorIs(t, err, context.Canceled)
	require.Zero(t, s.Len())
	_, err = s.Forward(ctx, []int32{1, 2, 3})
	require.NoError(t, err)
	require.Equal(t, 2, s.Prefix([]int32{1, 2, 9}))
	require.Equal(t, 2, s.Prefix([]int32{1, 2, 3}), "one token is left, for its logits")
}

// soon is a context that is cancelled when it has been asked so often.
type soon struct {
	context.Context
	left int
}

func (s *soon) Err() error {
	if s.left--; s.left < 0 {
		return context.Canceled
	}
	return nil
}

// A forward pass ends between two layers where it is told to, and the session goes on as if it had not begun.
func TestCancelledBetweenLayers(t *testing.T) {
	ctx := context.Background()
	m := load(t, open(t, golden+"tiny-b158-i2s.gguf"), Options{})
	s, err := m.NewSession(0)
	require.NoError(t, err)
	tokens := prompt(t)
	_, err = s.Forward(ctx, tokens[:3])
	require.NoError(t, err)
	for n := range len(m.layers) {
		_, err = s.Forward(&soon{ctx, n}, tokens[3:])
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, 3, s.Len())
	}
	got, err := s.Forward(&soon{ctx, len(m.layers)}, tokens[3:])
	require.NoError(t, err)
	fresh, err := m.NewSession(0)
	require.NoError(t, err)
	want, err := fresh.Forward(ctx, tokens)
	require.NoError(t, err)
	require.Equal(t, want, got)
}
