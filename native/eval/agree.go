package eval

// How the screened head agrees with the exact one, on a text.

import (
	"context"
	"slices"

	"github.com/tritkit/tritkit/core/tokenizer"
	"github.com/tritkit/tritkit/native/infer"
)

// Agreement counts over the positions of a text.
type Agreement struct {
	Positions int
	Top1      int     // where the largest logit is the exact head's, the lowest id among equals
	Top64     int     // where the 64 largest are
	WorstRank int     // the rank, from 1, that the 4-bit copy alone gives to the exact head's largest, at worst
	Rows      float64 // rows computed exactly, in the mean
	MostRows  int
	Context   int
}

// Agree compares every position of the text's chunks on s, a session of a model with infer.HeadInt4, with the exact head.
func Agree(ctx context.Context, s *infer.Session, e *tokenizer.Encoder, text string, o Options) (Agreement, error) {
	const top = 64
	chunks, _, r, err := cut(e, text, o)
	a := Agreement{Context: r.Context}
	if err == nil {
		err = s.Need(top)
	}
	if err != nil {
		return a, err
	}
	all := func(int) bool { return true }
	for i, chunk := range chunks {
		s.Truncate(0)
		if err := s.EachScreened(ctx, chunk, all, func(_ int, x infer.Screened) error {
			a.count(x, top)
			return nil
		}); err != nil {
			return a, err
		}
		if o.Progress != nil {
			o.Progress(int64(i+1), int64(len(chunks)))
		}
	}
	a.Rows /= float64(max(a.Positions, 1))
	return a, nil
}

// count adds a position.
func (a *Agreement) count(x infer.Screened, top int) {
	a.Positions++
	a.Rows += float64(x.Rows)
	a.MostRows = max(a.MostRows, x.Rows)
	best := argmax(x.Exact)
	if argmax(x.Logits) == best {
		a.Top1++
	}
	rank := 1
	for _, y := range x.Approx {
		if y > x.Approx[best] {
			rank++
		}
	}
	a.WorstRank = max(a.WorstRank, rank)
	known := make([]float32, 0, x.Rows)
	for i, y := range x.Logits {
		if y == x.Exact[i] {
			known = append(known, y)
		}
	}
	slices.Sort(known)
	for i, y := range x.Exact {
		if len(known) < min(top, len(x.Exact)) || y != x.Logits[i] && y >= known[len(known)-min(top, len(known))] {
			return
		}
	}
	a.Top64++
}

func argmax(x []float32) int {
	at := 0
	for i, v := range x {
		if v > x[at] {
			at = i
		}
	}
	return at
}
