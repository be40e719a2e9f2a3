package eval

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/checkpoint"
	"github.com/tritkit/tritkit/core/tokenizer"
	"github.com/tritkit/tritkit/native/infer"
	"github.com/tritkit/tritkit/native/sample"
)

const trainedFolder = "../../testdata/trained"

// trained loads the trained model, and the text that it is measured on.
func trained(t *testing.T, o infer.Options) (*infer.Session, *tokenizer.Encoder, string) {
	c, err := checkpoint.Open(os.DirFS(trainedFolder), checkpoint.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	m, err := infer.Load(context.Background(), c, o)
	require.NoError(t, err)
	t.Cleanup(m.Close)
	vocab, err := c.Vocab()
	require.NoError(t, err)
	enc, err := vocab.NewEncoder()
	require.NoError(t, err)
	text, err := os.ReadFile(trainedFolder + "/text.txt")
	require.NoError(t, err)
	s, err := m.NewSession(0)
	require.NoError(t, err)
	return s, enc, string(text)
}

// TestATrainedModelPredictsWhatItDoesInTransformers, target by target and greedily (testdata/trained/gen.py).
func TestATrainedModelPredictsWhatItDoesInTransformers(t *testing.T) {
	var want struct {
		Greedy map[string][]tokenizer.Token
		NLL    []float64
	}
	b, err := os.ReadFile(trainedFolder + "/transformers.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, &want))
	s, enc, text := trained(t, infer.Options{Head: infer.HeadF16})

	have, err := Perplexity(context.Background(), s, enc, text, Options{Protocol: RPT})
	require.NoError(t, err)
	require.Len(t, have.NLL, len(want.NLL))
	mean, near := 0.0, 0
	for i, nll := range want.NLL {
		mean += nll / float64(len(want.NLL))
		if math.Abs(nll-have.NLL[i]) < 0.05 { // an int8 that falls on the other side moves a logit by some hundredths
			near++
		}
	}
	t.Logf("perplexity %.4f, there %.4f; %d of %d targets within 0.05", have.Perplexity, math.Exp(mean), near, len(want.NLL))
	require.InEpsilon(t, math.Exp(mean), have.Perplexity, 2e-3)
	require.Greater(t, near, len(want.NLL)*9/10)

	greedy, err := sample.New(sample.Options{})
	require.NoError(t, err)
	for prompt, ids := range want.Greedy {
		s.Truncate(0)
		next, err := enc.Encode(nil, prompt, tokenizer.EncodeOptions{NoEOS: true})
		require.NoError(t, err)
		var said []tokenizer.Token
		for range ids {
			logits, err := s.Forward(context.Background(), next)
			require.NoError(t, err)
			next = []tokenizer.Token{greedy.Next(logits)}
			said = append(said, next[0])
		}
		require.Equal(t, ids, said, prompt)
	}
}

// TestTheHeadsOfATrainedModel: the int8 head costs at most a quarter of a percent of perplexity, the 4-bit one has the exact
// head's choice at every position.
func TestTheHeadsOfATrainedModel(t *testing.T) {
	s, enc, text := trained(t, infer.Options{Head: infer.HeadF16, Second: infer.HeadInt8})
	const bos = 4080
	exact, err := Perplexity(context.Background(), s, enc, text, Options{Protocol: Llama, BOS: bos, Second: true})
	require.NoError(t, err)
	p, err := Compare(&exact, exact.Second)
	require.NoError(t, err)
	t.Logf("perplexity %.4f; int8 %+.3f %%, 95 %% interval %+.3f to %+.3f %%", exact.Perplexity, 100*(p.Ratio-1), 100*(p.Low-1), 100*(p.High-1))
	require.InDelta(t, 1, p.Ratio, 2.5e-3)

	s, enc, text = trained(t, infer.Options{Top: 64})
	a, err := Agree(context.Background(), s, enc, text, Options{Protocol: Llama, BOS: bos, Chunks: 2}) // to 569,856 positions: docs/measured/trained.md
	require.NoError(t, err)
	t.Logf("%d positions; %.0f rows in the mean", a.Positions, a.Rows)
	require.Positive(t, a.Positions)
	require.Equal(t, a.Positions, a.Top1)
	require.Equal(t, a.Positions, a.Top64)
}
