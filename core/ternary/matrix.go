// Package ternary is the arithmetic of {-1, 0, +1}: how floats become trits and one scale, and what can be counted there.
package ternary

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

// Criterion says which codes Mask sets to 0.
type Criterion uint8

const (
	ByCodes  Criterion = iota // a share of the non-zero codes, those with the smallest latents first
	ByLatent                  // a share of all weights, smallest latents first; below the sparsity it removes only what is 0 already
	Random                    // a share of the non-zero codes, drawn by a seed
)
