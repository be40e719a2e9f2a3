package inspect

import (
	"encoding/hex"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/checkpoint"
	"github.com/tritkit/tritkit/core/dtype"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/ternary"
	"github.com/tritkit/tritkit/internal/synth"
)

// weights are all values of a ternary weight, read as conversion reads them.
func weights(t *testing.T, c *checkpoint.Checkpoint, w *checkpoint.Weight) []float32 {
	m, err := c.NewReader(checkpoint.ReadOptions{HFOrder: c.Container == checkpoint.Safetensors}).Open(ctx, w)
	require.NoError(t, err)
	all := ternary.Matrix{Rows: m.Rows, Cols: m.Cols}
	require.NoError(t, m.ReadRows(&all, 0))
	x := make([]float32, m.Rows*m.Cols)
	all.Weights(x, 0)
	return x
}

func TestPeekShowsWhatConversionReads(t *testing.T) {
	master := open(t, synth.Folder(synth.Tiny, synth.Master, 4))
	for _, typ := range []string{"i2_s", "tq1_0", "tq2_0", "q2_0"} {
		c := open(t, file(converted(t, master, typ)))
		w := c.Weight("blk.1.ffn_down.weight")
		all := weights(t, c, w)
		for _, at := range [][2]int64{{0, 0}, {1, 1}, {127, 130}, {255, 513}, {int64(len(all)) - 3, 100}} {
			s, err := Peek(ctx, c, PeekOptions{Tensor: w.Name, First: at[0], Count: at[1]})
			require.NoError(t, err)
			n := at[1]
			if n == 0 {
				n = 64
			}
			end := min(at[0]+n, int64(len(all)))
			require.Equal(t, all[at[0]:end], s.Values, "%s %v", typ, at)
			f := dtype.Lookup(w.Tensor.Type)
			require.Equal(t, w.Tensor.Offset+at[0]/int64(f.Block)*int64(f.Bytes), s.Offset)
			require.Zero(t, len(s.Raw)%f.Bytes)
		}
	}
}

func TestPeekShowsPackedWeightsByTheirElements(t *testing.T) {
	for _, form := range []synth.Form{synth.Packed, synth.LlamaPack} {
		c := open(t, synth.Folder(synth.Tiny, form, 4))
		for i := range c.Weights {
			w := &c.Weights[i]
			if w.Source != checkpoint.Packed {
				continue
			}
			all := weights(t, c, w)
			quarter := int64(len(all)) / 4
			for _, first := range []int64{0, 7, quarter - 5, 3*quarter + 1} {
				s, err := Peek(ctx, c, PeekOptions{Tensor: w.Tensor.Name, First: first, Count: 300})
				require.NoError(t, err)
				require.Equal(t, all[first:first+int64(len(s.Values))], s.Values)
				require.Equal(t, int(min(300, quarter-first%quarter)), len(s.Values))
				require.Equal(t, w.Shape, s.Shape)
			}
		}
	}
}

func TestPeekShowsFloatsAndTheirBytes(t *testing.T) {
	c := open(t, synth.Folder(synth.Tiny, synth.Master, 4))
	s, err := Peek(ctx, c, PeekOptions{Tensor: "model.embed_tokens.weight", First: 5, Count: 2})
	require.NoError(t, err)
	require.Len(t, s.Raw, 4)
	require.Equal(t, []float32{dtype.FromBF16(uint16(s.Raw[0]) | uint16(s.Raw[1])<<8), dtype.FromBF16(uint16(s.Raw[2]) | uint16(s.Raw[3])<<8)}, s.Values)
	require.Contains(t, string(s.AppendJSON(nil)), `"hex":"`+hex.EncodeToString(s.Raw)+`"`)
}

func TestPeekPagesAndSearchesMetadata(t *testing.T) {
	c := open(t, file(converted(t, open(t, synth.Folder(synth.Tiny, synth.Master, 4)), "i2_s")))
	v, _ := c.GGUF.Get("tokenizer.ggml.tokens")
	tokens, err := v.Strings()
	require.NoError(t, err)
	s, err := Peek(ctx, c, PeekOptions{Key: "tokenizer.ggml.tokens", First: 3, Count: 2})
	require.NoError(t, err)
	require.Equal(t, `{"key":"tokenizer.ggml.tokens","dtype":"string","shape":[`+strconv.Itoa(len(tokens))+`],"first":3,"values":[`+
		strconv.Quote(tokens[3])+`,`+strconv.Quote(tokens[4])+`]}`, string(s.AppendJSON(nil)))
	s, err = Peek(ctx, c, PeekOptions{Key: "tokenizer.ggml.tokens", Find: tokens[40], Count: 5})
	require.NoError(t, err)
	require.Contains(t, s.Indices, 40)
	for k, i := range s.Indices {
		require.Contains(t, tokens[i], tokens[40])
		text, _ := s.Elements[k].Text()
		require.Equal(t, tokens[i], text)
	}
	s, err = Peek(ctx, c, PeekOptions{Key: "general.architecture"})
	require.NoError(t, err)
	require.Equal(t, `{"key":"general.architecture","dtype":"string","shape":[],"first":0,"values":["bitnet-b1.58"]}`, string(s.AppendJSON(nil)))
}

func TestPeekRefuses(t *testing.T) {
	c := open(t, synth.Folder(synth.Tiny, synth.Master, 4))
	for _, o := range []PeekOptions{{}, {Tensor: "a", Key: "b"}, {Tensor: "a", First: -1}, {Tensor: "a", Count: MostPeek + 1}, {Tensor: "model.norm.weight", First: 1 << 40}} {
		_, err := Peek(ctx, c, o)
		require.ErrorIs(t, err, fault.ErrUsage, "%+v", o)
	}
	for _, o := range []PeekOptions{{Tensor: "a"}, {Key: "b"}} {
		_, err := Peek(ctx, c, o)
		require.ErrorIs(t, err, fault.ErrNotFound, "%+v", o)
	}
}
