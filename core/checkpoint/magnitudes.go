// Whether floats are exactly 0 or ±v, found piece by piece: the streaming form of ternary.FromValues.

package checkpoint

import "math"

// bf16Step is one bf16 step as a difference of float32 bits: how much the magnitudes may vary.
const bf16Step = 1 << 16

// magnitudes is the range of the non-zero magnitudes of floats, as float32 bits. The zero value is "none yet".
type magnitudes struct {
	below uint32 // ^(the smallest - 1), so that zero means none
	high  uint32 // the largest
}

func (m *magnitudes) add(w []float32) {
	low, high := ^m.below, m.high
	for _, x := range w {
		b := math.Float32bits(x) & math.MaxInt32
		low, high = min(low, b-1), max(high, b) // 0-1 wraps to the largest
	}
	m.below, m.high = ^low, high
}

func (m *magnitudes) merge(n magnitudes) {
	m.below, m.high = max(m.below, n.below), max(m.high, n.high)
}

// ternary reports whether all weights seen are finite and 0 or ±v within one bf16 step.
func (m magnitudes) ternary() bool {
	return m.high < 0x7f800000 && (m.high == 0 || m.high-(^m.below+1) <= bf16Step)
}

// value returns v, and whether all magnitudes are exactly v; 0 where all weights are zero.
func (m magnitudes) value() (v float32, exact bool) {
	return math.Float32frombits(m.high), m.high == 0 || m.high == ^m.below+1
}
