package ternary

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/fault"
	"pgregory.net/rapid"
)

func TestFromValuesIsTheInverseOfWeights(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows, cols := rapid.IntRange(1, 40).Draw(t, "rows"), rapid.IntRange(1, 90).Draw(t, "cols")
		v := float32(math.Exp2(rapid.Float64Range(-140, 127).Draw(t, "v")))
		want := randomTrits(rows*cols, rapid.Uint64().Draw(t, "seed"))
		m := Matrix{Rows: rows, Cols: cols, Trits: want, Scale: []float32{v}}
		w := make([]float32, rows*cols)
		m.Weights(w, 0)
		got := Matrix{Rows: rows, Cols: cols}
		require.NoError(t, FromValues(&got, w))
		require.Equal(t, want, got.Trits)
		if c := Count(want); c.Zero != c.Total() {
			require.Equal(t, v, got.Scale[0])
		}
	})
}

func TestFromValuesTakesCodesStoredAsFloats(t *testing.T) {
	m := Matrix{Rows: 2, Cols: 3}
	require.NoError(t, FromValues(&m, []float32{-1, 0, 1, 1, float32(math.Copysign(0, -1)), -1}))
	require.Equal(t, []int8{-1, 0, 1, 1, 0, -1}, m.Trits)
	require.Equal(t, []float32{1}, m.Scale)
}

func TestFromValuesOfZerosHasNoScale(t *testing.T) {
	m := Matrix{Rows: 2, Cols: 2}
	require.NoError(t, FromValues(&m, make([]float32, 4)))
	require.Equal(t, []float32{0}, m.Scale)
	require.Equal(t, make([]int8, 4), m.Trits)
}

func TestFromValuesAllowsOneBF16Step(t *testing.T) {
	v, up := math.Float32frombits(0x3f810000), math.Float32frombits(0x3f820000)
	m := Matrix{Rows: 1, Cols: 4}
	require.NoError(t, FromValues(&m, []float32{v, -up, 0, v}))
	require.Equal(t, []int8{1, -1, 0, 1}, m.Trits)
	require.True(t, m.Scale[0] > v && m.Scale[0] < up)

	over := math.Float32frombits(0x3f820001)
	err := FromValues(&m, []float32{v, 0, -over, v})
	require.ErrorIs(t, err, fault.ErrNotTernary)
	require.ErrorContains(t, err, "weight 2 (row 0, column 2)")
	require.ErrorContains(t, err, "there are 2 different magnitudes")

	// Two steps between the extremes, one from either to the middle: the third value is one too many.
	err = FromValues(&m, []float32{up, v, math.Float32frombits(0x3f830000), 0})
	require.ErrorIs(t, err, fault.ErrNotTernary)
	require.ErrorContains(t, err, "weight 2 ")
}

// Trap: a float master taken for ternary becomes sign times max|w| in bitnet.cpp's encoder, near-zeros included.
func TestFromValuesRefusesAMaster(t *testing.T) {
	w := gaussian(5000, 1)
	m := Matrix{Rows: 50, Cols: 100}
	err := FromValues(&m, w)
	require.ErrorIs(t, err, fault.ErrNotTernary)
	require.ErrorContains(t, err, "weight 1 (row 0, column 1) is "+text(w[1])+", neither 0 nor ±"+text(abs32(w[0])))
	require.ErrorContains(t, err, "8 or more different magnitudes")

	w = make([]float32, 5000) // one weight that is nearly 0, far into the tensor
	for i := range w {
		w[i] = 0.5
	}
	w[4321] = 1e-7
	err = FromValues(&m, w)
	require.ErrorIs(t, err, fault.ErrNotTernary)
	require.ErrorContains(t, err, "weight 4321 (row 43, column 21) is 1e-07, neither 0 nor ±0.5; there are 2 different")
}

func TestFromValuesNamesNaNAndInf(t *testing.T) {
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		w := make([]float32, 3000)
		w[2222] = float32(bad)
		m := Matrix{Rows: 30, Cols: 100}
		err := FromValues(&m, w)
		require.ErrorIs(t, err, fault.ErrNotFinite)
		require.ErrorContains(t, err, "weight 2222 (row 22, column 22)")
		require.False(t, strings.Contains(err.Error(), "magnitudes"))
	}
}

func TestFromValuesChecksTheShape(t *testing.T) {
	require.Equal(t, fault.Shape, class(FromValues(&Matrix{Rows: 2, Cols: 2}, make([]float32, 5))))
}

func abs32(x float32) float32 { return float32(math.Abs(float64(x))) }
