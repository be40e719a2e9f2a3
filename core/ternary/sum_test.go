package ternary

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestRowSumAddsInColumnOrder(t *testing.T) {
	w := []float32{0x1p30, -0x1p-30, float32(math.Copysign(0, -1)), 0, -3}
	sum, nonzero, bad := RowSum(w)
	require.Equal(t, 0x1p30+0x1p-30+3, sum) // exact in float64
	require.Equal(t, 3, nonzero)
	require.Equal(t, -1, bad)
}

func TestRowSumOfTheLargestFloats(t *testing.T) {
	w := make([]float32, 1000)
	for i := range w {
		w[i] = -math.MaxFloat32
	}
	sum, _, bad := RowSum(w)
	require.Equal(t, -1, bad)
	require.InEpsilon(t, 1000*math.MaxFloat32, sum, 1e-12)
}

// Interleaving rows must not change a bit: the scale of every conversion hangs on these sums.
func TestRowSumsAreRowSum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows, cols := rapid.IntRange(0, 19).Draw(t, "rows"), rapid.IntRange(0, 70).Draw(t, "cols")
		w := uniform(rows*cols, rapid.Uint64().Draw(t, "seed"), 1e-3)
		if len(w) > 0 && rapid.Bool().Draw(t, "bad") {
			w[rapid.IntRange(0, len(w)-1).Draw(t, "at")] = float32(math.NaN())
		}
		sums := make([]float64, rows)
		bad := RowSums(sums, w, cols)
		for r := range rows {
			want, _, at := RowSum(w[r*cols : (r+1)*cols])
			if at >= 0 {
				require.Equal(t, r*cols+at, bad)
				return
			}
			require.Equal(t, want, sums[r])
		}
		require.Equal(t, -1, bad)
	})
}

func TestScalesOfSums(t *testing.T) {
	s, scale := AbsMeanScale(12, 4)
	require.Equal(t, float32(1)/3, s)
	require.Equal(t, 1/(float32(1)/3), scale)
	s, _ = AbsMeanScale(0, 0)
	require.Equal(t, 1/float32(1e-5), s)
	require.Equal(t, float32(3), NonzeroMeanScale(12, 4))
	require.Equal(t, float32(1e-5), NonzeroMeanScale(0, 0))
}
