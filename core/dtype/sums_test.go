package dtype

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/ternary"
)

func TestRowSumsBF16AddsAsTernaryDoes(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, cols := range []int{1, 2, 3, 4, 7, 8, 32, 64, 129, 2560} {
		for _, rows := range []int{1, 3, 4, 5, 8, 12} {
			keep := uint16(0xffff)
			if rows == 12 {
				keep = 0x80ff // the smallest there are
			}
			src := make([]byte, 2*rows*cols)
			w := make([]float32, rows*cols)
			for i := range w {
				b := uint16(rng.Uint32())
				if b&0x7f80 == 0x7f80 {
					b ^= 0x4000 // finite
				}
				b &= keep
				src[2*i], src[2*i+1] = byte(b), byte(b>>8)
			}
			decodeBF16(w, src)
			want, got := make([]float64, rows), make([]float64, rows)
			require.Equal(t, -1, ternary.RowSums(want, w, cols))
			require.True(t, RowSumsBF16(got, src, cols))
			require.Equal(t, want, got, "%d x %d", rows, cols)
		}
	}
}

func TestRowSumsBF16SeesEveryPlaceThatIsNotFinite(t *testing.T) {
	const rows, cols = 7, 13
	for i := range rows * cols {
		for _, bits := range []uint16{0x7f80, 0xff80, 0x7fc1, 0xffff} {
			src := make([]byte, 2*rows*cols)
			src[2*i], src[2*i+1] = byte(bits), byte(bits>>8)
			require.False(t, RowSumsBF16(make([]float64, rows), src, cols))
		}
	}
	largest := []byte{0x7f, 0x7f, 0x7f, 0xff}
	require.True(t, RowSumsBF16(make([]float64, 1), largest, 2))
}

func BenchmarkRowSumsBF16(b *testing.B) {
	const rows, cols = 64, 2560
	src := make([]byte, 2*rows*cols)
	for i := range src {
		src[i] = byte(i * 7 & 0x3f)
	}
	sums := make([]float64, rows)
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		RowSumsBF16(sums, src, cols)
	}
}
