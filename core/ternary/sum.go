package ternary

// Sums of magnitudes in a stated order, so that every machine finds the same scale.

import "math"

const (
	magnitude = 0x7fffffff // the bits of a float32 without its sign; as integers they are ordered as the magnitudes are
	infinite  = 0x7f800000 // the smallest magnitude that is not finite
)

// RowSum returns Σ|w| of one row in float64, added in column order, and how many weights are not zero.
//
// bad is the index of the first NaN or Inf, or -1; the sum means nothing when there is one.
func RowSum(w []float32) (sum float64, nonzero int, bad int) {
	for _, x := range w {
		b := math.Float32bits(x) & magnitude
		sum += float64(math.Float32frombits(b))
		nonzero += int((b + magnitude) >> 31)
	}
	return sum, nonzero, firstBad(sum, w)
}

// RowSums writes Σ|w| of each of the len(sums) rows of cols weights, each added exactly as RowSum adds it.
//
// Four rows run side by side: the additions of one row wait for each other, those of four rows do not.
// bad is the index in w of a NaN or Inf in the first row that has one, the first of that row, or -1.
func RowSums(sums []float64, w []float32, cols int) (bad int) {
	r := 0
	for ; r+4 <= len(sums); r += 4 {
		row := w[r*cols:]
		w0, w1, w2, w3 := row[:cols], row[cols:2*cols], row[2*cols:3*cols], row[3*cols:4*cols]
		var s0, s1, s2, s3 float64
		for i := range w0 {
			s0 += abs(w0[i])
			s1 += abs(w1[i])
			s2 += abs(w2[i])
			s3 += abs(w3[i])
		}
		sums[r], sums[r+1], sums[r+2], sums[r+3] = s0, s1, s2, s3
	}
	for ; r < len(sums); r++ {
		sums[r], _, _ = RowSum(w[r*cols : (r+1)*cols])
	}
	for r, sum := range sums {
		if bad := firstBad(sum, w[r*cols:(r+1)*cols]); bad >= 0 {
			return r*cols + bad
		}
	}
	return -1
}

func abs(x float32) float64 {
	return float64(math.Float32frombits(math.Float32bits(x) & magnitude))
}

// firstBad finds the NaN or Inf that a sum betrays: sums of finite float32 magnitudes cannot overflow float64.
func firstBad(sum float64, w []float32) int {
	if sum <= math.MaxFloat64 {
		return -1
	}
	for i, x := range w {
		if math.Float32bits(x)&magnitude >= infinite {
			return i
		}
	}
	return -1
}

// countNonzero returns how many weights are not zero; -0 is zero.
func countNonzero(w []float32) (n int64) {
	for _, x := range w {
		n += int64((math.Float32bits(x)&magnitude + magnitude) >> 31)
	}
	return n
}
