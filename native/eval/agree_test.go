package eval

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/native/infer"
)

// TestAgreementCountsWhatTheScreenMissed, by hand: nothing; the last of the two largest; the largest.
func TestAgreementCountsWhatTheScreenMissed(t *testing.T) {
	none := float32(math.Inf(-1))
	exact := []float32{1, 5, 4, 3, 2}
	var a Agreement
	a.count(infer.Screened{Exact: exact, Approx: exact, Logits: []float32{none, 5, 4, none, none}, Rows: 2}, 2)
	require.Equal(t, Agreement{Positions: 1, Top1: 1, Top64: 1, WorstRank: 1, Rows: 2, MostRows: 2}, a)
	a.count(infer.Screened{Exact: exact, Approx: []float32{6, 3, 4, 3, 2}, Logits: []float32{none, 5, none, 3, none}, Rows: 2}, 2)
	require.Equal(t, Agreement{Positions: 2, Top1: 2, Top64: 1, WorstRank: 3, Rows: 4, MostRows: 2}, a)
	a.count(infer.Screened{Exact: exact, Approx: exact, Logits: []float32{none, none, 4, 3, 2}, Rows: 3}, 2)
	require.Equal(t, Agreement{Positions: 3, Top1: 2, Top64: 1, WorstRank: 3, Rows: 7, MostRows: 3}, a)
	a.count(infer.Screened{Exact: exact, Approx: exact, Logits: []float32{none, 5, none, none, none}, Rows: 1}, 2)
	require.Equal(t, 1, a.Top64, "one is not two")
}
