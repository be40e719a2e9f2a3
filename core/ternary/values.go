package ternary

// Recognising weights that are ternary already, stored as floats.

import (
	"math"
	"strconv"

	"github.com/tritkit/tritkit/core/fault"
)

const (
	bf16Step = 1 << 16 // one bf16 step, as a difference of float32 bits
	many     = 8       // how many different magnitudes an error still counts
)

// FromValues takes w for what it is: weights that are exactly 0 or ±v, where v may vary by one bf16 step.
//
// w is m.Rows*m.Cols weights, row-major. m gets the codes and the scale v: the one magnitude there is, else the mean
// of the magnitudes; 0 if all weights are zero. Codes stored as the floats -1, 0, 1 are the case v = 1. Other weights
// are a fault of class NotTernary that names the first index off and how far; NaN and Inf one of class NotFinite.
func FromValues(m *Matrix, w []float32) error {
	if err := m.check(w); err != nil {
		return err
	}
	low, high := uint32(math.MaxUint32), uint32(0) // low is the smallest non-zero magnitude minus 1, so that 0 wraps to the largest
	const chunk = 1024
	for at := 0; at < len(w); at += chunk {
		part := w[at:min(at+chunk, len(w))]
		lowBefore, highBefore := low, high
		for _, x := range part {
			b := math.Float32bits(x) & magnitude
			low, high = min(low, b-1), max(high, b)
		}
		if high >= infinite || (high > 0 && high-(low+1) > bf16Step) {
			return m.notTernary(w, at, lowBefore, highBefore)
		}
	}
	m.Fit(0)
	m.Scale[0] = magnitudeOf(w, low+1, high)
	Codes(m.Trits, w, 1)
	return nil
}

// magnitudeOf returns the value that stands for all non-zero magnitudes, which lie between low and high.
func magnitudeOf(w []float32, low, high uint32) float32 {
	if high == 0 {
		return 0
	}
	if low == high {
		return math.Float32frombits(low)
	}
	sum, nonzero, _ := RowSum(w)
	return float32(sum / float64(nonzero))
}

// notTernary finds, from weight at on, the first weight that cannot be 0 or ±v and says how far off the weights are.
// low and high bound the magnitudes before at, low minus 1.
func (m *Matrix) notTernary(w []float32, at int, low, high uint32) error {
	for i, x := range w[at:] {
		b := math.Float32bits(x) & magnitude
		if b >= infinite {
			return m.notFinite(w, at+i)
		}
		v := high
		low, high = min(low, b-1), max(high, b)
		if b > 0 && high-(low+1) > bf16Step {
			return fault.New("ternary", fault.NotTernary, m.weight(w, at+i), ", neither 0 nor ±", text(math.Float32frombits(v)),
				"; there are ", distinct(w), " different magnitudes")
		}
	}
	return nil
}

// distinct counts the different non-zero magnitudes of w, giving up at many.
func distinct(w []float32) string {
	var seen [many]uint32
	n := 0
next:
	for _, x := range w {
		b := math.Float32bits(x) & magnitude
		if b == 0 {
			continue
		}
		for _, s := range seen[:n] {
			if s == b {
				continue next
			}
		}
		seen[n] = b
		if n++; n == many {
			return strconv.Itoa(many) + " or more"
		}
	}
	return strconv.Itoa(n)
}
