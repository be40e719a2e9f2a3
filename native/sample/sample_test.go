package sample

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/tokenizer"
)

func draws(t *testing.T, o Options, logits []float32, n int) map[tokenizer.Token]int {
	t.Helper()
	s, err := New(o)
	require.NoError(t, err)
	seen := map[tokenizer.Token]int{}
	for range n {
		seen[s.Next(logits)]++
	}
	return seen
}

func TestGreedyTakesTheLowestIdAmongEquals(t *testing.T) {
	require.Equal(t, map[tokenizer.Token]int{1: 3}, draws(t, Options{}, []float32{0, 5, 5, -1}, 3))
}

func TestDrawsFollowTheProbabilities(t *testing.T) {
	p := []float64{0.5, 0.25, 0.125, 0.125}
	logits := make([]float32, 4)
	for i, x := range p {
		logits[i] = float32(math.Log(x))
	}
	const n = 40000
	for i, x := range p {
		require.InDelta(t, x, float64(draws(t, Options{Temp: 1, Seed: 3}, logits, n)[tokenizer.Token(i)])/n, 0.01) // four standard deviations
	}
	half := draws(t, Options{Temp: 0.5, Seed: 3}, logits, n) // squares of the probabilities, divided by their sum 0.34375
	require.InDelta(t, 0.25/0.34375, float64(half[0])/n, 0.01)
}

func TestWhatTheCutsKeep(t *testing.T) {
	logits := []float32{0, 3, 1, 2, -4} // by likelihood: 1, 3, 2, 0, 4 with 0.64, 0.24, 0.087, 0.032, 0.0006
	for _, c := range []struct {
		o    Options
		want []tokenizer.Token
	}{
		{Options{TopK: 2}, []tokenizer.Token{1, 3}},
		{Options{TopP: 0.6}, []tokenizer.Token{1}},
		{Options{TopP: 0.7}, []tokenizer.Token{1, 3}},
		{Options{TopP: 0.9}, []tokenizer.Token{1, 2, 3}},
		{Options{MinP: 0.3}, []tokenizer.Token{1, 3}}, // e^-1 = 0.37
		{Options{MinP: 0.4}, []tokenizer.Token{1}},
		{Options{TopK: 3, TopP: 0.999}, []tokenizer.Token{1, 2, 3}},
		{Options{}, []tokenizer.Token{0, 1, 2, 3, 4}},
	} {
		c.o.Temp = 5 // so that all that is kept turns up
		var have []tokenizer.Token
		for id := range draws(t, c.o, logits, 3000) {
			have = append(have, id)
		}
		slices.Sort(have)
		require.Equal(t, c.want, have, "%+v", c.o)
	}
}

// TestCutsOfALargeVocabulary compares the partial selection with a sort.
func TestCutsOfALargeVocabulary(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, spread := range []float64{0.1, 1, 4} {
		logits := make([]float32, 5000)
		for i := range logits {
			logits[i] = float32(r.NormFloat64() * spread)
		}
		order := make([]int, len(logits))
		total := 0.0
		for i := range order {
			order[i] = i
			total += math.Exp(float64(logits[i]))
		}
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(logits[b], logits[a]) })
		for _, p := range []float64{0.3, 0.9, 0.99} {
			want, sum := 0, 0.0
			for sum < p {
				sum += math.Exp(float64(logits[order[want]])) / total
				want++
			}
			s, err := New(Options{Temp: 1, TopP: float32(p)})
			require.NoError(t, err)
			s.narrow(logits)
			require.InDelta(t, want, len(s.list), 1+0.001*float64(want)) // sums of float32 end a candidate earlier or later
			for i := range s.list {
				require.Equal(t, logits[order[i]], s.list[i].logit)
			}
		}
	}
}

func TestPenalties(t *testing.T) {
	s, err := New(Options{Repeat: 2, Frequency: 0.5, Presence: 0.25, Last: 3})
	require.NoError(t, err)
	for _, id := range []tokenizer.Token{0, 1, 1, 2} { // 0 is no longer recent
		s.Accept(id)
	}
	in := []float32{1, 4, -1, 1}
	require.Equal(t, []float32{1, 4.0/2 - 2*0.5 - 0.25, -2 - 0.5 - 0.25, 1}, s.penalise(in))
	require.Equal(t, []float32{1, 4, -1, 1}, in)
}

// TestDepthIsHowManyLogitsDecide: with all smaller ones gone, the tokens stay the same, penalties and recent tokens
// among the largest included.
func TestDepthIsHowManyLogitsDecide(t *testing.T) {
	for _, o := range []Options{{}, {Temp: 1, TopK: 5}, {Temp: 0.7, TopK: 40, TopP: 0.9, MinP: 0.01}, {Repeat: 1.5, Last: 9}, {Temp: 1, TopK: 3, Presence: 2, Frequency: 1}, {Temp: 1, TopK: 300, Repeat: 3, Last: 20}} {
		o.Seed = 11
		n := o.Depth()
		require.Positive(t, n)
		whole, err := New(o)
		require.NoError(t, err)
		some, err := New(o)
		require.NoError(t, err)
		r := rand.New(rand.NewPCG(4, 5))
		logits, left := make([]float32, 2000), make([]float32, 2000)
		for range 300 {
			for i := range logits {
				logits[i] = float32(r.NormFloat64() + 4*math.Exp(-float64(i)/20)) // the same few come again, and are recent
			}
			least := slices.Sorted(slices.Values(logits))[len(logits)-n]
			for i, x := range logits {
				left[i] = x
				if x < least {
					left[i] = float32(math.Inf(-1))
				}
			}
			a, b := whole.Next(logits), some.Next(left)
			require.Equal(t, a, b, "%+v", o)
			whole.Accept(a)
			some.Accept(b)
		}
	}
	for _, o := range []Options{{Temp: 1}, {Temp: 1, TopP: 0.5}, {Repeat: 0.5}, {Temp: 1, TopK: 5, Presence: -1}, {TopK: 5, Frequency: -1}} {
		require.Zero(t, o.Depth(), "%+v", o)
	}
	require.Equal(t, 1+64, Options{Repeat: 1.1}.Depth())
}

func TestTheSameSeedTheSameTokens(t *testing.T) {
	logits := make([]float32, 100)
	one, two := make([]tokenizer.Token, 50), make([]tokenizer.Token, 50)
	for _, list := range [][]tokenizer.Token{one, two} {
		s, err := New(Options{Temp: 1, Seed: 9, TopK: 40})
		require.NoError(t, err)
		for i := range list {
			list[i] = s.Next(logits)
		}
	}
	require.Equal(t, one, two)
	require.Greater(t, len(slices.Compact(slices.Clone(one))), 20)
}

func TestOptionsOutOfRange(t *testing.T) {
	nan := float32(math.NaN())
	for _, o := range []Options{{Temp: -1}, {Temp: nan}, {TopK: -1}, {TopP: 1.1}, {MinP: -0.1}, {Repeat: -1}, {Frequency: nan}, {Last: -1}} {
		_, err := New(o)
		require.Error(t, err, "%+v", o)
	}
}
