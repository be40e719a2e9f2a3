package ternary

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/fault"
	"pgregory.net/rapid"
)

// maskPlain sorts, which is how the share is defined: by magnitude, then by index.
func maskPlain(trits []int8, latent []float32, percent float64, by Criterion) []int8 {
	var order []int
	for i, x := range trits {
		if by == ByLatent || x != 0 {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return int(int64(math.Float32bits(latent[a])&magnitude) - int64(math.Float32bits(latent[b])&magnitude))
	})
	got := slices.Clone(trits)
	for _, i := range order[:int(float64(len(order))*percent/100)] {
		got[i] = 0
	}
	return got
}

func TestMaskTakesTheSmallestLatents(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows, cols := rapid.IntRange(1, 20).Draw(t, "rows"), rapid.IntRange(1, 50).Draw(t, "cols")
		percent := rapid.OneOf(rapid.Float64Range(0, 100), rapid.SampledFrom([]float64{0, 5, 10, 50, 100})).Draw(t, "percent")
		by := rapid.SampledFrom([]Criterion{ByCodes, ByLatent}).Draw(t, "by")
		latent := uniform(rows*cols, rapid.Uint64().Draw(t, "seed"), 1)
		if rapid.Bool().Draw(t, "ties") {
			for i := range latent {
				latent[i] = float32(math.Round(float64(latent[i]) * 4))
			}
		}
		m := Matrix{Rows: rows, Cols: cols}
		require.NoError(t, Snap(&m, latent, AbsMean))
		before, scale := slices.Clone(m.Trits), m.Scale[0]
		got, err := Mask(&m, latent, percent, by, 0)
		require.NoError(t, err)
		require.Equal(t, maskPlain(before, latent, percent, by), m.Trits)
		require.Equal(t, scale, m.Scale[0])
		require.Equal(t, Masked{Count(before), Count(m.Trits), Count(m.Trits).Zero - Count(before).Zero}, got)
	})
}

// Trap: magnitude pruning below the share of zeros removes only what rounds to 0 already.
func TestMaskByLatentBelowTheSparsityDoesNothing(t *testing.T) {
	w := gaussian(10000, 1)
	m := Matrix{Rows: 100, Cols: 100}
	require.NoError(t, Snap(&m, w, AbsMean))
	require.Greater(t, Count(m.Trits).Sparsity(), 0.3)
	got, err := Mask(&m, w, 30, ByLatent, 0)
	require.NoError(t, err)
	require.Zero(t, got.Flipped)
	got, err = Mask(&m, w, 30, ByCodes, 0)
	require.NoError(t, err)
	require.Equal(t, (got.Before.Neg+got.Before.Pos)*30/100, got.Flipped)
}

func TestMaskBreaksTiesByLowestIndex(t *testing.T) {
	m := Matrix{Rows: 1, Cols: 6, Trits: []int8{1, -1, 0, 1, -1, 1}, Scale: []float32{1}}
	_, err := Mask(&m, []float32{1, -1, 0, 1, 1, -1}, 60, ByCodes, 0)
	require.NoError(t, err)
	require.Equal(t, []int8{0, 0, 0, 0, -1, 1}, m.Trits)
}

func TestMaskAtRandomDrawsTheSameCodesEverywhere(t *testing.T) {
	draw := func(seed uint64) []int8 {
		m := Matrix{Rows: 1, Cols: 24, Trits: slices.Repeat([]int8{1, 0, -1}, 8), Scale: []float32{1}}
		got, err := Mask(&m, nil, 50, Random, seed)
		require.NoError(t, err)
		require.EqualValues(t, 8, got.Flipped)
		return m.Trits
	}
	require.Equal(t, []int8{0, 0, 0, 1, 0, -1, 0, 0, 0, 1, 0, 0, 0, 0, -1, 0, 0, -1, 1, 0, -1, 1, 0, 0}, draw(7))
	require.NotEqual(t, draw(7), draw(8))
}

func TestMaskAtRandomIsFair(t *testing.T) {
	hits := make([]int, 20)
	for seed := range uint64(4000) {
		m := Matrix{Rows: 1, Cols: 20, Trits: slices.Repeat([]int8{1}, 20), Scale: []float32{1}}
		_, err := Mask(&m, nil, 25, Random, seed*0x9e3779b97f4a7c15^seed)
		require.NoError(t, err)
		for i, x := range m.Trits {
			if x == 0 {
				hits[i]++
			}
		}
	}
	for _, n := range hits {
		require.InDelta(t, 1000, n, 150) // 5.5 standard deviations
	}
}

func TestMaskRefuses(t *testing.T) {
	m := Matrix{Rows: 1, Cols: 2, Trits: []int8{1, -1}, Scale: []float32{1}}
	for _, percent := range []float64{-1, 100.5, math.NaN(), math.Inf(1)} {
		_, err := Mask(&m, []float32{1, 2}, percent, ByCodes, 0)
		require.ErrorIs(t, err, fault.ErrUsage)
	}
	_, err := Mask(&m, []float32{1, 2}, 50, Criterion(9), 0)
	require.ErrorIs(t, err, fault.ErrUsage)
	_, err = Mask(&m, []float32{1}, 50, ByCodes, 0)
	require.Equal(t, fault.Shape, class(err))
	_, err = Mask(&m, []float32{1, float32(math.NaN())}, 50, ByLatent, 0)
	require.ErrorIs(t, err, fault.ErrNotFinite)
	require.ErrorContains(t, err, "weight 1 ")
	require.Equal(t, []int8{1, -1}, m.Trits, "a refusal changes nothing")
}
