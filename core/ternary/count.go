package ternary

// Counting trits: how many of each, and how many bits they are worth.

import "math"

// Counts says how many trits are -1, 0 and +1.
type Counts struct{ Neg, Zero, Pos int64 }

// Count counts the trits of t. Eight at a time, each in its own byte of a counter that is emptied before it is full.
func Count(t []int8) Counts {
	const ones, pairs = 0x0101010101010101, 0x00ff00ff00ff00ff
	var neg, nonzero int64
	all := int64(len(t))
	for len(t) >= 8 {
		var negs, nonzeros uint64
		n := min(len(t)/8, 255)
		for range n {
			x := Load8(t)
			nonzeros += x & ones // -1 is odd too
			negs += x >> 7 & ones
			t = t[8:]
		}
		nonzero += int64(((nonzeros & pairs) + (nonzeros >> 8 & pairs)) * 0x0001000100010001 >> 48)
		neg += int64(((negs & pairs) + (negs >> 8 & pairs)) * 0x0001000100010001 >> 48)
	}
	for _, x := range t {
		nonzero += int64(x & 1)
		neg += int64(uint8(x) >> 7)
	}
	return Counts{Neg: neg, Zero: all - nonzero, Pos: nonzero - neg}
}

// Add returns the counts of both together.
func (c Counts) Add(d Counts) Counts {
	return Counts{c.Neg + d.Neg, c.Zero + d.Zero, c.Pos + d.Pos}
}

// Total returns the number of trits.
func (c Counts) Total() int64 { return c.Neg + c.Zero + c.Pos }

// Sparsity returns the share of zeros, 0 to 1; 0 where there are no trits.
func (c Counts) Sparsity() float64 {
	if c.Total() == 0 {
		return 0
	}
	return float64(c.Zero) / float64(c.Total())
}

// Entropy returns the bits a trit carries on average, at most log2(3) ≈ 1.585; 0 where there are no trits.
func (c Counts) Entropy() float64 {
	bits := 0.0
	for _, n := range [...]int64{c.Neg, c.Zero, c.Pos} {
		if n > 0 {
			p := float64(n) / float64(c.Total())
			bits -= float64(p * math.Log2(p))
		}
	}
	return bits
}
