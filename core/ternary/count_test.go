package ternary

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestCountCountsEachTrit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := randomTrits(rapid.IntRange(0, 20000).Draw(t, "n"), rapid.Uint64().Draw(t, "seed"))
		var want Counts
		for _, x := range list {
			switch x {
			case -1:
				want.Neg++
			case 0:
				want.Zero++
			case 1:
				want.Pos++
			}
		}
		require.Equal(t, want, Count(list))
	})
}

func TestCountOfLongRunsOfOneTrit(t *testing.T) {
	for x, want := range map[int8]Counts{-1: {Neg: 9999}, 0: {Zero: 9999}, 1: {Pos: 9999}} {
		list := make([]int8, 9999)
		for i := range list {
			list[i] = x
		}
		require.Equal(t, want, Count(list))
	}
}

func TestEntropyAndSparsity(t *testing.T) {
	require.InDelta(t, math.Log2(3), Counts{5, 5, 5}.Entropy(), 1e-12)
	require.InDelta(t, 1.5, Counts{1, 2, 1}.Entropy(), 1e-12)
	require.Zero(t, Counts{0, 7, 0}.Entropy())
	require.Zero(t, Counts{}.Entropy())
	require.Zero(t, Counts{}.Sparsity())
	require.Equal(t, 0.5, Counts{1, 2, 1}.Sparsity())
	require.Equal(t, Counts{2, 4, 6}, Counts{1, 2, 3}.Add(Counts{1, 2, 3}))
	require.EqualValues(t, 6, Counts{1, 2, 3}.Total())
}

func TestLoadAndStoreEightTrits(t *testing.T) {
	list := []int8{-1, 0, 1, 2, 3, 4, 5, -128, 9}
	x := Load8(list)
	require.Equal(t, uint64(0x80050403020100ff), x)
	got := make([]int8, 9)
	Store8(got, x)
	require.Equal(t, append(list[:8:8], 0), got)
	require.Panics(t, func() { Load8(list[2:]) })
	require.Panics(t, func() { Store8(got[2:], 0) })
}
