package eval

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNLLIsThatOfTheSoftmax(t *testing.T) {
	logits := []float32{1, 2, 3}
	e := []float64{math.Exp(1), math.Exp(2), math.Exp(3)}
	for i := range logits {
		require.InDelta(t, -math.Log(e[i]/(e[0]+e[1]+e[2])), nll(logits, int32(i)), 1e-12)
	}
}

func TestUniformGuessesHaveThePerplexityOfTheVocabulary(t *testing.T) {
	r := Result{Protocol: RPT, Context: 3}
	for range 10 {
		r.NLL = append(r.NLL, nll(make([]float32, 100), 7))
	}
	r.settle()
	require.InDelta(t, 100, r.Perplexity, 1e-9)
	require.InDelta(t, 0, r.StdErr, 1e-4) // squares minus a square leave rounding
	require.Equal(t, 5, r.Chunks)
}

func TestCompareIsPaired(t *testing.T) {
	a, b := Result{}, Result{}
	for i := range 100 {
		x := float64(i % 10) // a wide spread that both share
		a.NLL = append(a.NLL, x)
		b.NLL = append(b.NLL, x+0.01+0.001*float64(i%2*2-1))
	}
	p, err := Compare(&a, &b)
	require.NoError(t, err)
	require.InDelta(t, math.Exp(0.01), p.Ratio, 1e-9)
	require.InDelta(t, 1.96*0.001/math.Sqrt(99), math.Log(p.High/p.Ratio), 1e-9)
	_, err = Compare(&a, &Result{})
	require.Error(t, err)
}
