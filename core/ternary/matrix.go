// Package ternary is the arithmetic of {-1, 0, +1}: how floats become trits and one scale, and what can be counted there.
package ternary

import (
	"strconv"

	"github.com/tritkit/tritkit/core/fault"
)

// Matrix is a matrix of trits and the scale that turns them back into weights: weight ≈ trit * scale.
type Matrix struct {
	Rows, Cols int
	Trits      []int8    // row-major, Rows*Cols, each -1, 0 or +1
	Scale      []float32 // one, or one per Group consecutive elements of a row
	Group      int       // 0: one scale for the whole matrix; it divides Cols
}

// Rule says which scale Snap takes from the weights.
type Rule uint8

const (
	Declared    Rule = iota // only what the source itself declares; Snap refuses it
	AbsMean                 // mean |w| over all elements, zeros included: the rule of BitNet b1.58
	NonzeroMean             // mean |w| over the elements that are not zero: the rule of the RPT log, never a default
)

// ParseRule returns the rule of that name, as --snap has it: "" is Declared.
func ParseRule(name string) (Rule, error) {
	switch name {
	case "":
		return Declared, nil
	case "absmean":
		return AbsMean, nil
	case "nonzero-mean":
		return NonzeroMean, nil
	}
	return 0, fault.New("ternary", fault.Usage, "no rule to snap by is called ", fault.Quote(name)).Try("--snap absmean or nonzero-mean")
}

// Criterion says which codes Mask sets to 0.
type Criterion uint8

const (
	ByCodes  Criterion = iota // a share of the non-zero codes, those with the smallest latents first
	ByLatent                  // a share of all weights, smallest latents first; below the sparsity it removes only what is 0 already
	Random                    // a share of the non-zero codes, drawn by a seed
)

// Fit gives m slices for Rows*Cols trits and for the scales of the group size given (0: one scale), reusing its own
// where they are large enough. Their contents are undefined. Rows and Cols must be known to fit memory.
func (m *Matrix) Fit(group int) {
	n, scales := m.Rows*m.Cols, 1
	if group > 0 {
		scales = n / group
	}
	m.Group = group
	if cap(m.Trits) < n {
		m.Trits = make([]int8, n)
	}
	if cap(m.Scale) < scales {
		m.Scale = make([]float32, scales)
	}
	m.Trits, m.Scale = m.Trits[:n], m.Scale[:scales]
}

// Weights writes trit * scale for the len(dst) elements of m that start at element first, row-major.
func (m *Matrix) Weights(dst []float32, first int) {
	group := m.Group
	if group == 0 {
		group = m.Rows * m.Cols
	}
	for len(dst) > 0 {
		scale, left := m.Scale[first/group], group-first%group
		n := min(left, len(dst))
		for i, t := range m.Trits[first : first+n] {
			dst[i] = float32(t) * scale
		}
		dst, first = dst[n:], first+n
	}
}

// check returns a fault unless w has exactly one weight for each element of m.
func (m *Matrix) check(w []float32) error {
	if m.Rows < 0 || m.Cols < 0 || int64(m.Rows)*int64(m.Cols) != int64(len(w)) {
		return fault.New("ternary", fault.Shape, strconv.Itoa(len(w)), " weights for ", strconv.Itoa(m.Rows), " x ", strconv.Itoa(m.Cols))
	}
	return nil
}

// notFinite names the weight that is NaN or Inf.
func (m *Matrix) notFinite(w []float32, i int) error {
	return fault.New("ternary", fault.NotFinite, m.weight(w, i))
}

// weight reads "weight 1234 (row 4, column 210) is 0.03".
func (m *Matrix) weight(w []float32, i int) string {
	return "weight " + strconv.Itoa(i) + " (row " + strconv.Itoa(i/m.Cols) + ", column " + strconv.Itoa(i%m.Cols) + ") is " + text(w[i])
}

func text(x float32) string { return strconv.FormatFloat(float64(x), 'g', -1, 32) }
