package dtype

// The packed form straight to I2_S, against the way through trits.

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/ternary"
	"pgregory.net/rapid"
)

// quartersOf is the plain twin: unpack the weight, pack each quarter of it.
func quartersOf(t require.TestingT, rows, cols int, packed []byte) [4][]byte {
	m := ternary.Matrix{Rows: rows, Cols: cols}
	require.NoError(t, UnpackHF(&m, packed))
	var out [4][]byte
	for i := range out {
		n := rows / 4 * cols
		part := ternary.Matrix{Rows: rows / 4, Cols: cols, Trits: m.Trits[i*n : (i+1)*n], Scale: []float32{1}}
		b := make([]byte, n/4+i2s.tail)
		require.NoError(t, packI2S(b, &part))
		out[i] = b[:n/4]
	}
	return out
}

func TestI2SOfHFEqualsUnpackAndPack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMatrix(t, 128)
		m.Rows = m.Rows / 4 * 4
		m.Trits = m.Trits[:m.Rows*m.Cols]
		packed := make([]byte, len(m.Trits)/4)
		require.NoError(t, PackHF(packed, m))
		var got [4][]byte
		for i := range got {
			got[i] = make([]byte, len(packed)/4)
		}
		require.True(t, i2sOfHF(&got, packed))
		require.Equal(t, quartersOf(t, m.Rows, m.Cols, packed), got)
	})
}

// Every byte in every place of a block: the same bytes as the plain twin's, or a refusal where it refuses.
func TestI2SOfHFOnEveryByte(t *testing.T) {
	good := make([]byte, CodesPerBlock)
	require.NoError(t, PackHF(good, &ternary.Matrix{Rows: 4, Cols: CodesPerBlock, Trits: randomTrits(4*CodesPerBlock, 8)}))
	for at := range good {
		for b := range 256 {
			src := append([]byte(nil), good...)
			src[at] = byte(b)
			var got [4][]byte
			for i := range got {
				got[i] = make([]byte, CodesBytes)
			}
			ok := i2sOfHF(&got, src)
			require.Equal(t, UnpackHF(&ternary.Matrix{Rows: 4, Cols: CodesPerBlock}, src) == nil, ok, "byte %d = %#x", at, b)
			if ok && b%5 == 0 {
				require.Equal(t, quartersOf(t, 4, CodesPerBlock, src), got, "byte %d = %#x", at, b)
			}
		}
	}
}

// Bytes are those of the packed form.
func BenchmarkI2SOfHF(b *testing.B) {
	m := &ternary.Matrix{Rows: 256, Cols: 2560, Trits: randomTrits(256*2560, 1)}
	src := make([]byte, 64*2560)
	require.NoError(b, PackHF(src, m))
	var rows [4][]byte
	for i := range rows {
		rows[i] = make([]byte, len(src)/4)
	}
	b.Run("one pass", func(b *testing.B) {
		b.SetBytes(int64(len(src)))
		for b.Loop() {
			i2sOfHF(&rows, src)
		}
	})
	b.Run("by codes", func(b *testing.B) {
		codes := make([]byte, len(src)/4)
		b.SetBytes(int64(len(src)))
		for b.Loop() {
			for i := range rows {
				CodesOfHF(codes, src, i)
				i2sOfCodes(rows[i], codes, 1)
			}
		}
	})
}
