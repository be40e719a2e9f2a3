package checkpoint_test

// The ways to a weight's rows against each other: codes, trits, latents; whole, in parts, in either order.

import (
	"bytes"
	"context"
	"math/rand/v2"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/checkpoint"
	"github.com/tritkit/tritkit/core/convert"
	"github.com/tritkit/tritkit/core/dtype"
	"github.com/tritkit/tritkit/core/model"
	"github.com/tritkit/tritkit/core/ternary"
	"github.com/tritkit/tritkit/internal/synth"
)

// sources are checkpoints of every form, and a GGUF of every type.
func sources(t *testing.T) map[string]*checkpoint.Checkpoint {
	list := map[string]*checkpoint.Checkpoint{}
	for _, form := range synth.Forms {
		c, err := checkpoint.Open(synth.Folder(synth.Tiny, form, 3), checkpoint.Options{})
		require.NoError(t, err)
		list[string(form)] = c
	}
	for _, form := range []synth.Form{synth.Packed, synth.LlamaPack} {
		for _, typ := range []string{"i2_s", "tq1_0", "tq2_0", "q2_0", "bf16"} {
			p, err := convert.NewPlan(list[string(form)], convert.Options{Type: typ})
			require.NoError(t, err)
			var b bytes.Buffer
			require.NoError(t, p.Write(context.Background(), &b))
			c, err := checkpoint.Open(fstest.MapFS{"m.gguf": {Data: b.Bytes()}}, checkpoint.Options{})
			require.NoError(t, err)
			list[string(form)+" "+typ] = c
		}
	}
	return list
}

func TestRowsAreTheSameHoweverTheyAreRead(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	fast := 0
	for name, c := range sources(t) {
		for _, o := range []checkpoint.ReadOptions{{Rule: ternary.AbsMean}, {Rule: ternary.AbsMean, HFOrder: true}, {Rule: ternary.AbsMean, Memory: 1}} {
			reader := c.NewReader(o)
			for _, weight := range []string{"blk.0.attn_q.weight", "blk.1.attn_k.weight", "blk.1.ffn_down.weight"} {
				m, err := reader.Open(context.Background(), c.Weight(weight))
				require.NoError(t, err, name)
				whole := ternary.Matrix{Rows: m.Rows, Cols: m.Cols}
				require.NoError(t, m.ReadRows(&whole, 0))
				for range 5 {
					unit := m.Unit()
					a := r.IntN(m.Rows/unit) * unit
					n := (1 + r.IntN(min(4, (m.Rows-a)/unit))) * unit
					part := ternary.Matrix{Rows: n, Cols: m.Cols}
					require.NoError(t, m.ReadRows(&part, a))
					require.Equal(t, whole.Trits[a*m.Cols:(a+n)*m.Cols], part.Trits, "%s %s rows %d+%d", name, weight, a, n)

					a, n = r.IntN(m.Rows), 1 // codes of any rows
					n += r.IntN(m.Rows - a)
					codes := make([]byte, n*m.Cols/4)
					ok, err := m.ReadCodes(codes, a, n)
					require.NoError(t, err)
					if !ok {
						continue
					}
					fast++
					want := make([]byte, len(codes))
					require.NoError(t, dtype.CodesOfTrits(want, whole.Trits[a*m.Cols:(a+n)*m.Cols]))
					require.Equal(t, want, codes, "%s %s rows %d+%d", name, weight, a, n)
				}
				var p checkpoint.Canonical
				counts, err := p.Read(m, 0, m.Rows)
				require.NoError(t, err)
				require.Equal(t, ternary.Count(whole.Trits), counts)
				require.Equal(t, dtype.AppendCanonical(nil, whole.Trits), p.Codes)
			}
		}
	}
	require.Greater(t, fast, 100, "the fast way is taken")
}

// Rows of the four quarters of a packed weight, made in one pass, are the rows that are read one by one.
func TestQuartersAreRows(t *testing.T) {
	f := dtype.Lookup(dtype.I2_S)
	for name, c := range sources(t) {
		for _, hf := range []bool{false, true} {
			reader := c.NewReader(checkpoint.ReadOptions{Rule: ternary.AbsMean, HFOrder: hf})
			for _, weight := range []string{"blk.0.attn_q.weight", "blk.1.ffn_down.weight"} {
				w := c.Weight(weight)
				m, err := reader.Open(context.Background(), w)
				require.NoError(t, err, name)
				var rows [4][]byte
				const first, n = 3, 5
				for i := range rows {
					rows[i] = make([]byte, n*m.Cols/4)
				}
				ok, err := m.ReadQuarters(&rows, first, n, f.FromHF)
				require.NoError(t, err)
				permuted := w.Heads > 0 && !hf
				require.Equal(t, w.Source == checkpoint.Packed && !permuted, ok, "%s %s", name, weight)
				for i := range rows {
					if !ok {
						break
					}
					want := make([]byte, n*m.Cols/4)
					codes := make([]byte, len(want))
					ok, err := m.ReadCodes(codes, i*m.Rows/4+first, n)
					require.True(t, ok)
					require.NoError(t, err)
					require.NoError(t, f.FromCodes(want, codes, 1))
					require.Equal(t, want, rows[i], "%s %s quarter %d", name, weight, i)
				}
			}
		}
	}
}

// Latents come in the order of the trits: snapping them again gives these.
func TestLatentsAreTheFloatsBehindTheTrits(t *testing.T) {
	for name, c := range sources(t) {
		for _, hf := range []bool{false, true} {
			reader := c.NewReader(checkpoint.ReadOptions{Rule: ternary.AbsMean, HFOrder: hf})
			w := c.Weight("blk.0.attn_q.weight")
			if !w.HasLatents() {
				continue
			}
			m, err := reader.Open(context.Background(), w)
			require.NoError(t, err, name)
			whole := ternary.Matrix{Rows: m.Rows, Cols: m.Cols}
			require.NoError(t, m.ReadRows(&whole, 0))
			latents := make([]float32, m.Rows*m.Cols)
			require.NoError(t, m.ReadLatents(latents, 0, m.Rows))
			again := make([]int8, len(latents))
			ternary.Codes(again, latents, m.Threshold)
			require.Equal(t, whole.Trits, again, name)
			part := make([]float32, m.Cols)
			require.NoError(t, m.ReadLatents(part, 5, 1))
			require.Equal(t, latents[5*m.Cols:6*m.Cols], part)
		}
	}
}

// A context that is over stops before anything is read.
func TestACancelledContextStops(t *testing.T) {
	c := sources(t)[string(synth.Master)]
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := c.NewReader(checkpoint.ReadOptions{}).Open(ctx, c.Weight("blk.0.attn_q.weight"))
	require.ErrorIs(t, err, context.Canceled)
	for i := range c.Weights {
		require.NotEqual(t, model.Scale, c.Weights[i].Kind)
	}
}
