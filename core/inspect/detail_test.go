package inspect

// Statistics and differences against counting by hand.

import (
	"crypto/sha256"
	"math"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/checkpoint"
	"github.com/tritkit/tritkit/core/gguf"
	"github.com/tritkit/tritkit/core/model"
	"github.com/tritkit/tritkit/core/ternary"
	"github.com/tritkit/tritkit/internal/synth"
)

// byHand counts a weight the slow way: all trits and all floats at once.
func byHand(t *testing.T, c *checkpoint.Checkpoint, name string) (rows, cols int, hist Histogram, distance float64) {
	r := c.NewReader(checkpoint.ReadOptions{})
	m, err := r.Open(ctx, c.Weight(name))
	require.NoError(t, err)
	all := ternary.Matrix{Rows: m.Rows, Cols: m.Cols}
	require.NoError(t, m.ReadRows(&all, 0))
	for r := range m.Rows {
		if n := ternary.Count(all.Trits[r*m.Cols : (r+1)*m.Cols]); n.Zero == int64(m.Cols) {
			rows++
		}
	}
	for col := range m.Cols {
		dead := 1
		for r := range m.Rows {
			if all.Trits[r*m.Cols+col] != 0 {
				dead = 0
			}
		}
		cols += dead
	}
	if !m.Weight.HasLatents() {
		return rows, cols, hist, 0
	}
	w := make([]float32, len(all.Trits))
	require.NoError(t, m.ReadLatents(w, 0, m.Rows))
	var square, miss float64
	for i, x := range w {
		k := 0
		for k < Bins-1 && math.Abs(float64(x)) >= float64(m.Scale[0])*BinWidth*float64(k+1) {
			k++
		}
		hist[k]++
		e := float64(x) - float64(all.Trits[i])*float64(m.Scale[0])
		square += float64(x) * float64(x)
		miss += e * e
	}
	return rows, cols, hist, math.Sqrt(miss / square)
}

func TestDetailEqualsCountingByHand(t *testing.T) {
	for _, form := range []synth.Form{synth.Master, synth.LlamaBF16, synth.Packed} {
		c := open(t, synth.Folder(synth.Tiny, form, 4))
		s, _, err := Read(ctx, c, Options{Detail: true})
		require.NoError(t, err)
		for _, x := range s.Tensors {
			rows, cols, hist, distance := byHand(t, c, x.Name)
			require.Equal(t, rows, x.Detail.DeadRows, x.Name)
			require.Equal(t, cols, x.Detail.DeadCols, x.Name)
			if form == synth.Packed {
				require.Nil(t, x.Detail.Histogram)
				require.Zero(t, x.Detail.Distance())
				continue
			}
			require.InDelta(t, distance, x.Detail.Distance(), 1e-5) // float32 products against float64 ones
			for i, n := range x.Detail.Histogram {
				require.InDelta(t, float64(hist[i]), float64(n), 2, "bin %d: a weight on the edge may fall on either side", i)
			}
		}
	}
}

func TestDeadRowsAndColumnsAreFound(t *testing.T) {
	live := make([]byte, 11)
	var d Detail
	rows := make([]int8, 3*11)
	rows[11+4], rows[11+10] = -1, 1
	d.dead(rows, live)
	require.Equal(t, 2, d.DeadRows)
	require.Equal(t, []byte{0, 0, 0, 0, 255, 0, 0, 0, 0, 0, 1}, live)
}

func TestLayersAddUpToTheWhole(t *testing.T) {
	s, _, err := Read(ctx, open(t, synth.Folder(synth.Tiny, synth.Master, 4)), Options{Detail: true})
	require.NoError(t, err)
	layers := s.Layers()
	require.Len(t, layers, synth.Tiny.Layers)
	var sum ternary.Counts
	var weights int64
	for _, l := range layers {
		sum = sum.Add(l.Counts)
		for _, n := range l.Detail.Histogram {
			weights += n
		}
	}
	require.Equal(t, s.Total, sum)
	require.Equal(t, s.Total.Total(), weights)
	require.True(t, jsontext.Value(s.AppendJSON(nil)).IsValid())
	again, _, err := Read(ctx, open(t, synth.Folder(synth.Tiny, synth.Master, 4)), Options{Detail: true})
	require.NoError(t, err)
	require.Equal(t, again.AppendJSON(nil), s.AppendJSON(nil), "adding up does not change the tensors")
}

func TestDiffCountsFlipsAndHashes(t *testing.T) {
	c := open(t, synth.Folder(synth.Tiny, synth.Packed, 4))
	b := converted(t, c, "i2_s")
	f := open(t, file(b))
	at := f.Tensor("blk.0.ffn_down.weight").Offset
	old := b[at]
	b[at] = old&0x3f | (old>>6+1)%3<<6 // one code, another trit
	d, err := Diff(ctx, c, open(t, file(b)), LevelCodes, Options{Hash: sha256.New, Parallel: func(n int, do func(int) error) error {
		for i := n - 1; i >= 0; i-- {
			if err := do(i); err != nil {
				return err
			}
		}
		return nil
	}})
	require.NoError(t, err)
	require.False(t, d.Same)
	require.NotEqual(t, d.HashA, d.HashB)
	want, _, err := Read(ctx, c, Options{Hash: sha256.New})
	require.NoError(t, err)
	require.Equal(t, want.TritHash, d.HashA)
	flipped := int64(0)
	for _, x := range d.Tensors {
		flipped += x.Flipped
		require.Equal(t, x.Name == "blk.0.ffn_down.weight", x.Verdict == "flipped", x.Name)
	}
	require.EqualValues(t, 1, flipped)
	require.True(t, jsontext.Value(d.AppendJSON(nil)).IsValid())
}

func TestDiffListsMetadataApart(t *testing.T) {
	c := open(t, synth.Folder(synth.Tiny, synth.Packed, 4))
	a := open(t, file(converted(t, c, "i2_s")))
	b := open(t, file(converted(t, c, "i2_s")))
	b.GGUF.KV[1].Value = gguf.String("another name")
	b.GGUF.KV = b.GGUF.KV[:len(b.GGUF.KV)-1]
	list := metadata(a, b)
	require.Len(t, list, 2)
	require.Equal(t, `"another name"`, list[0].B)
	require.Equal(t, "", list[1].B)
	require.Len(t, metadata(b, a), 2)
}

func TestDiffOfOtherShapes(t *testing.T) {
	small := synth.Tiny
	small.Layers = 1
	a, b := open(t, synth.Folder(synth.Tiny, synth.Packed, 4)), open(t, synth.Folder(small, synth.Packed, 4))
	for _, x := range [][2]*checkpoint.Checkpoint{{a, b}, {b, a}} {
		d, err := Diff(ctx, x[0], x[1], LevelCodes, Options{Hash: sha256.New})
		require.NoError(t, err)
		require.False(t, d.Same)
		require.Empty(t, d.HashA, "not all weights have a partner")
	}
	require.Equal(t, 14, ternaries(a))
	require.Equal(t, model.Linear, a.Weight("blk.0.attn_q.weight").Kind)
}
