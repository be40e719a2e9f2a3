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
	"github.com/tritkit/tritkit/internal/synth"
	"github.com/tritkit/tritkit/native/infer"
)

const transformers = "../../testdata/transformers/"

// TestProtocolsWithTransformersLogits compares every target with the protocols written out in Python over logits of
// transformers (testdata/transformers/gen.py): the same targets in the same order. Where no int8 fell on the other side a
// target is within 1e-5 (its logits are within 2.5e-5, and most of them by a tenth of that); where one did, within 0.3.
func TestProtocolsWithTransformersLogits(t *testing.T) {
	var want map[string]struct {
		Context    int
		Llama, RPT []float64
	}
	b, err := os.ReadFile(transformers + "perplexity.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, &want))
	text, err := os.ReadFile(transformers + "text.txt")
	require.NoError(t, err)
	shapes := map[string]synth.Shape{"packed": synth.EvenBitNet, "llama-auto": synth.EvenLlama}
	if testing.Short() {
		delete(shapes, "packed")
	}
	for name, shape := range shapes {
		c, err := checkpoint.Open(synth.Folder(shape, synth.Form(name), 17), checkpoint.Options{})
		require.NoError(t, err)
		defer c.Close()
		m, err := infer.Load(context.Background(), c, infer.Options{Head: infer.HeadF16})
		require.NoError(t, err)
		defer m.Close()
		vocab, err := c.Vocab()
		require.NoError(t, err)
		enc, err := vocab.NewEncoder()
		require.NoError(t, err)
		begin, err := enc.Encode(nil, "", tokenizer.EncodeOptions{NoEOS: true})
		require.NoError(t, err)
		require.Len(t, begin, 1)
		for protocol, nll := range map[Protocol][]float64{Llama: want[name].Llama, RPT: want[name].RPT} {
			s, err := m.NewSession(0)
			require.NoError(t, err)
			have, err := Perplexity(context.Background(), s, enc, string(text), Options{Protocol: protocol, Context: want[name].Context, BOS: int(begin[0])})
			require.NoError(t, err)
			require.Len(t, have.NLL, len(nll), "%s %s", name, protocol)
			mean, most, near := 0.0, 0.0, 0
			for i := range nll {
				mean += nll[i] / float64(len(nll))
				d := math.Abs(nll[i] - have.NLL[i])
				most = max(most, d)
				if d < 1e-5 {
					near++
				}
			}
			t.Logf("%s %s: %.4f, there %.4f; %d of %d targets near, all within %.3f", name, protocol, have.Perplexity, math.Exp(mean), near, len(nll), most)
			require.InEpsilon(t, math.Exp(mean), have.Perplexity, 2e-3, "%s %s", name, protocol)
			require.Less(t, most, 0.3, "%s %s", name, protocol)
			require.Greater(t, near, len(nll)/2, "%s %s", name, protocol)
		}
	}
}
