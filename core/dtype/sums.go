// Sums of magnitudes straight from bf16 bytes, four rows and four lanes at a time.

package dtype

import (
	"encoding/binary"
	"math"
)

// RowSumsBF16 writes Σ|w| of each of the len(sums) rows of cols bf16 weights, each added exactly as ternary.RowSum adds
// the decoded row. It reports false, and sums mean nothing, where a weight is NaN or infinite.
func RowSumsBF16(sums []float64, src []byte, cols int) bool {
	const (
		magnitudes = 0x7fff7fff7fff7fff
		toSign     = 0x0080008000800080 // carries an exponent of all ones into the sign
		signs      = 0x8000800080008000
	)
	var bad uint64
	r, row := 0, 2*cols
	for ; r+4 <= len(sums); r += 4 {
		four := src[r*row:]
		b0, b1, b2, b3 := four[:row], four[row:2*row], four[2*row:3*row], four[3*row:4*row]
		var s0, s1, s2, s3 float64
		for len(b0) >= 8 && len(b1) >= 8 && len(b2) >= 8 && len(b3) >= 8 {
			x0 := binary.LittleEndian.Uint64(b0) & magnitudes
			x1 := binary.LittleEndian.Uint64(b1) & magnitudes
			x2 := binary.LittleEndian.Uint64(b2) & magnitudes
			x3 := binary.LittleEndian.Uint64(b3) & magnitudes
			bad |= (x0 + toSign) | (x1 + toSign) | (x2 + toSign) | (x3 + toSign)
			s0, s1, s2, s3 = s0+widen(x0<<16), s1+widen(x1<<16), s2+widen(x2<<16), s3+widen(x3<<16)
			s0, s1, s2, s3 = s0+widen(x0), s1+widen(x1), s2+widen(x2), s3+widen(x3)
			s0, s1, s2, s3 = s0+widen(x0>>16), s1+widen(x1>>16), s2+widen(x2>>16), s3+widen(x3>>16)
			s0, s1, s2, s3 = s0+widen(x0>>32), s1+widen(x1>>32), s2+widen(x2>>32), s3+widen(x3>>32)
			b0, b1, b2, b3 = b0[8:], b1[8:], b2[8:], b3[8:]
		}
		sums[r], sums[r+1], sums[r+2], sums[r+3] = rest(s0, b0, &bad), rest(s1, b1, &bad), rest(s2, b2, &bad), rest(s3, b3, &bad)
	}
	for ; r < len(sums); r++ {
		sums[r] = rest(0, src[r*row:(r+1)*row], &bad)
	}
	return bad&signs == 0
}

// widen takes the magnitude in bits 16 to 31 of x as the bf16 that it is.
func widen(x uint64) float64 { return float64(math.Float32frombits(uint32(x) & 0xffff0000)) }

// rest adds what is left of a row.
func rest(sum float64, b []byte, bad *uint64) float64 {
	for ; len(b) >= 2; b = b[2:] {
		x := uint64(binary.LittleEndian.Uint16(b) & 0x7fff)
		*bad |= x + 0x80
		sum += widen(x << 16)
	}
	return sum
}
