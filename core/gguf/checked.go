package gguf

// The only arithmetic on numbers from a file. Operands are not negative; ok is false where the result passes int64.

import "math"

func checkedAdd(a, b int64) (sum int64, ok bool) {
	if a > math.MaxInt64-b {
		return 0, false
	}
	return a + b, true
}

func checkedMul(a, b int64) (product int64, ok bool) {
	if b != 0 && a > math.MaxInt64/b {
		return 0, false
	}
	return a * b, true
}

// checkedPad rounds n up to a multiple of alignment, a power of two.
func checkedPad(n, alignment int64) (padded int64, ok bool) {
	padded, ok = checkedAdd(n, alignment-1)
	return padded &^ (alignment - 1), ok
}

// checkedElements multiplies the dimensions, counting a zero as one, so that no product of some of them can overflow.
func checkedElements(shape []int64) (ok bool) {
	n := int64(1)
	for _, d := range shape {
		if n, ok = checkedMul(n, max(d, 1)); !ok {
			return false
		}
	}
	return true
}
