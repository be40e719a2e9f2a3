package infer

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/fault"
)

// TestTwoHeadsOfOnePass: both have the logits that each has alone, whichever tokens are asked for.
func TestTwoHeadsOfOnePass(t *testing.T) {
	c := open(t, golden+"tiny-b158-i2s.gguf")
	tokens := prompt(t)
	alone := map[Head][]float32{}
	for _, h := range []Head{HeadF16, HeadInt8} {
		alone[h] = steps(t, load(t, c, Options{Head: h}), tokens, false)
	}
	for _, pair := range [][2]Head{{HeadF16, HeadInt8}, {HeadInt8, HeadF16}} {
		s, err := load(t, c, Options{Head: pair[0], Second: pair[1]}).NewSession(0)
		require.NoError(t, err)
		var seen []int
		err = s.EachWith(context.Background(), tokens, func(i int) bool { return i != 3 }, func(i int, first, second []float32) error {
			seen = append(seen, i)
			require.Zero(t, worst(alone[pair[0]][i*vocab:(i+1)*vocab], first))
			require.Zero(t, worst(alone[pair[1]][i*vocab:(i+1)*vocab], second))
			return nil
		})
		require.NoError(t, err)
		require.Len(t, seen, len(tokens)-1)
		require.True(t, slices.IsSorted(seen))
	}
	s, err := load(t, c, Options{}).NewSession(0)
	require.NoError(t, err)
	err = s.EachWith(context.Background(), tokens, func(int) bool { return true }, func(int, []float32, []float32) error { return nil })
	require.ErrorIs(t, err, fault.ErrUsage)
}

// TestTheHeadFollowsWhatIsLookedAt: without a word of the caller all logits are known.
func TestTheHeadFollowsWhatIsLookedAt(t *testing.T) {
	c := open(t, golden+"tiny-b158-i2s.gguf")
	for top, want := range map[int]Head{0: HeadInt8, 1: HeadInt4, 40: HeadInt4, MaxTop: HeadInt4, MaxTop + 1: HeadInt8} {
		m := load(t, c, Options{Top: top})
		require.Equal(t, want, m.Head, top)
		s, err := m.NewSession(0)
		require.NoError(t, err)
		require.NoError(t, s.Need(top))
	}
	require.Equal(t, HeadF16, load(t, c, Options{Head: HeadF16, Top: 1}).Head)
}
