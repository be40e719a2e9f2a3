package infer

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/checkpoint"
	"github.com/tritkit/tritkit/core/tokenizer"
	"github.com/tritkit/tritkit/native/kernel"
)

const golden = "../../testdata/golden/"

func open(t testing.TB, path string) *checkpoint.Checkpoint {
	t.Helper()
	c, err := checkpoint.Open(os.DirFS(filepath.Dir(path)), checkpoint.Options{}, filepath.Base(path))
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	return c
}

func load(t testing.TB, c *checkpoint.Checkpoint, opts Options) *Model {
	t.Helper()
	m, err := Load(context.Background(), c, opts)
	require.NoError(t, err)
	t.Cleanup(m.Close)
	return m
}

// npy reads a little-endian float32 array of numpy.
func npy(t testing.TB, path string) []float32 {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Contains(t, string(b[:100]), "'<f4'")
	b = b[10+binary.LittleEndian.Uint16(b[8:]):]
	x := make([]float32, len(b)/4)
	for i := range x {
		x[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return x
}

func prompt(t testing.TB) []tokenizer.Token {
	t.Helper()
	var p struct{ Tokens []tokenizer.Token }
	b, err := os.ReadFile(golden + "prompt.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, &p))
	return p.Tokens
}

// steps returns the logits after each token, given one at a time or in one batch.
func steps(t testing.TB, m *Model, tokens []tokenizer.Token, batch bool) (all []float32) {
	t.Helper()
	s, err := m.NewSession(0)
	require.NoError(t, err)
	if batch {
		require.NoError(t, s.Each(context.Background(), tokens, func(int) bool { return true }, func(_ int, l []float32) error {
			all = append(all, l...)
			return nil
		}))
		return all
	}
	for i := range tokens {
		l, err := s.Forward(context.Background(), tokens[i:i+1])
		require.NoError(t, err)
		all = append(all, l...)
	}
	return all
}

func worst(a, b []float32) (most float64) {
	for i := range a {
		most = max(most, math.Abs(float64(a[i]-b[i])))
	}
	return most
}

func argmax(x []float32) int {
	at := 0
	for i := range x {
		if x[i] > x[at] {
			at = i
		}
	}
	return at
}

func rms(a, b []float32) float64 {
	sum := 0.0
	for i := range a {
		sum += float64(a[i]-b[i]) * float64(a[i]-b[i])
	}
	return math.Sqrt(sum / float64(len(a)))
}

const vocab = 512

// TestLogitsOfTheReferenceRuntime: with its roundings, its numbers. An int8 may flip where two sums of floats in another
// order lie on both sides of a half: one token of the steps may be off by 5e-4, all others within 1e-6.
func TestLogitsOfTheReferenceRuntime(t *testing.T) {
	for _, file := range []string{"tiny-b158-i2s", "tiny-bitnet-silu-i2s"} {
		c := open(t, golden+file+".gguf")
		within := 1e-6
		if strings.Contains(file, "silu") {
			within = 1e-5
		}
		for _, k := range kernel.All() {
			for _, how := range []string{"step", "batch"} {
				path := golden + file + "." + how + ".kvf16.t1.logits.npy"
				if _, err := os.Stat(path); err != nil {
					require.True(t, strings.Contains(file, "silu") && how == "step")
					continue // recorded for the batch only
				}
				want := npy(t, path)
				m := load(t, c, Options{Kernel: k, Threads: 2, Head: HeadF16, Match: MatchBitnetCPP})
				have := steps(t, m, prompt(t), how == "batch")
				flipped := 0
				for i := 0; i < len(want); i += vocab {
					if d := worst(want[i:i+vocab], have[i:i+vocab]); d > within {
						flipped++
						require.LessOrEqual(t, d, 5e-4, "%s %s %s token %d", file, k.Name, how, i/vocab)
					}
				}
				require.LessOrEqual(t, flipped, 1, "%s %s %s", file, k.Name, how)
			}
		}
	}
}

func TestWithoutItsRoundingsTheArgmaxIsTheSame(t *testing.T) {
	want := npy(t, golden+"tiny-b158-i2s.step.kvf16.t1.logits.npy")
	m := load(t, open(t, golden+"tiny-b158-i2s.gguf"), Options{Head: HeadF16})
	have := steps(t, m, prompt(t), false)
	for i := 0; i < len(want); i += vocab {
		require.Equal(t, argmax(want[i:i+vocab]), argmax(have[i:i+vocab]))
	}
	require.Less(t, rms(want, have), 0.03*0.82) // 3 % of the logits' deviation: int8 rounding amplifies what half precision takes away
}

func TestGreedyTokens(t *testing.T) {
	var want []int
	b, err := os.ReadFile(golden + "tiny-b158-i2s.step.kvf16.t1.greedy.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, &want))
	for _, opts := range []Options{{Head: HeadF16, Match: MatchBitnetCPP}, {Head: HeadF16}, {}} {
		m := load(t, open(t, golden+"tiny-b158-i2s.gguf"), opts)
		s, err := m.NewSession(0)
		require.NoError(t, err)
		logits, err := s.Forward(context.Background(), prompt(t))
		for _, w := range want {
			require.NoError(t, err)
			require.Equal(t, w, argmax(logits))
			logits, err = s.Forward(context.Background(), []tokenizer.Token{tokenizer.Token(w)})
		}
	}
}

// TestSameBits holds the contract: any kernel, any number of threads, any split of a prompt.
func TestSameBits(t *testing.T) {
	c := open(t, golden+"tiny-b158-i2s.gguf")
	tokens := prompt(t)
	long := 150
	if testing.Short() {
		long = 75 // still two blocks of keys
	}
	for len(tokens) < long {
		tokens = append(tokens, tokens[:17]...)
	}
	for _, o := range []Options{{Head: HeadInt8}, {Head: HeadF16, KV: KVInt8}} {
		o.Kernel, o.Threads = kernel.Generic, 1
		want := steps(t, load(t, c, o), tokens, false)
		for _, k := range kernel.All() {
			for threads := 1; threads <= 3; threads++ {
				if testing.Short() && threads == 1 && k != kernel.Best() {
					continue // one thread is where the kernels' own tests run
				}
				o.Kernel, o.Threads = k, threads
				m := load(t, c, o)
				require.Zero(t, worst(want, steps(t, m, tokens, true)), "%s, %d threads, one batch", k.Name, threads)
				s, err := m.NewSession(0)
				require.NoError(t, err)
				for at := 0; at < len(tokens); {
					n := min(1+at%23, len(tokens)-at)
					l, err := s.Forward(context.Background(), tokens[at:at+n])
					require.NoError(t, err)
					at += n
					require.Zero(t, worst(want[(at-1)*vocab:at*vocab], l), "%s, %d threads, %d tokens up to %d", k.Name, threads, n, at)
				}
				s.Truncate(60)
				l, err := s.Forward(context.Background(), tokens[60:70])
				require.NoError(t, err)
				require.Zero(t, worst(want[69*vocab:70*vocab], l), "%s, %d threads, after Truncate", k.Name, threads)
			}
		}
	}
}
