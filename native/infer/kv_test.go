package infer

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/fault"
)

// TestAnInt8CacheIsCloseAndHalf: the rounding of keys and values to int8 moves logits as int8 activations do, by a few
// percent of their deviation, and no more. What it gives up is bits, not the contract: TestSameBits runs with it.
func TestAnInt8CacheIsCloseAndHalf(t *testing.T) {
	c := open(t, golden+"tiny-b158-i2s.gguf")
	tokens := prompt(t)
	var size [2]int64
	var logits [2][]float32
	for i, kv := range []KV{KVF16, KVInt8} {
		m := load(t, c, Options{KV: kv, Head: HeadF16})
		s, err := m.NewSession(0)
		require.NoError(t, err)
		s.cache.grow(1)
		size[i], logits[i] = s.CacheBytes(), steps(t, m, tokens, true)
	}
	require.Less(t, float64(size[1]), 0.54*float64(size[0])) // half, and two scales for 2·64 numbers
	mean, deviation := 0.0, 0.0
	for _, x := range logits[0] {
		mean += float64(x) / float64(len(logits[0]))
	}
	for _, x := range logits[0] {
		deviation += (float64(x) - mean) * (float64(x) - mean) / float64(len(logits[0]))
	}
	difference := rms(logits[0], logits[1])
	require.NotZero(t, difference)
	require.Less(t, difference*difference, 0.05*0.05*deviation)
	_, err := Load(t.Context(), c, Options{KV: KVInt8, Match: MatchBitnetCPP})
	require.ErrorIs(t, err, fault.ErrUsage)
}
