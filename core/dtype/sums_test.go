package dtype

import (
	"bytes"
	"encoding/binary"
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

func TestAddFourAddsAsItsTwinDoes(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		n := 2 * rng.IntN(70)
		b := make([]byte, 4*n)
		mask := uint16(rng.Uint32()) | 0x8000 // few bits: few values, among them zeros, subnormals, NaN and Inf
		for i := 0; i < len(b); i += 2 {
			binary.LittleEndian.PutUint16(b[i:], uint16(rng.Uint32())&mask)
		}
		var want, got [4]float64
		var wantBad, gotBad uint64
		addFourGeneric(&want, b[:n], b[n:2*n], b[2*n:3*n], b[3*n:], &wantBad)
		addFour(&got, b[:n], b[n:2*n], b[2*n:3*n], b[3*n:], &gotBad)
		require.Equal(t, wantBad&laneSigns == 0, gotBad&laneSigns == 0)
		if wantBad&laneSigns == 0 {
			require.Equal(t, want, got)
		}
	}
}

func TestTheLargestRowsAreFinite(t *testing.T) {
	const rows, cols = 4, 1024
	src := bytes.Repeat([]byte{0x7f, 0x7f, 0x7f, 0xff}, rows*cols/2)
	sums := make([]float64, rows)
	require.True(t, RowSumsBF16(sums, src, cols))
	require.Equal(t, 1024*255*0x1p120, sums[3])
}

func BenchmarkRowSumsBF16(b *testing.B) {
	const rows, cols = 64, 2560
	src := trained(rows * cols)
	sums := make([]float64, rows)
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		RowSumsBF16(sums, src, cols)
	}
}
