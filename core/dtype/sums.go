// Sums of magnitudes straight from bf16 bytes, four rows and four lanes at a time.

package dtype

import (
	"encoding/binary"
	"math"
)

// RowSumsBF16 writes Σ|w| of each of the len(sums) rows of cols bf16 weights, each added exactly as ternary.RowSum adds
// the decoded row. It reports false, and sums mean nothing, where a weight is NaN or infinite.
//
// A weight is added as 2^-896 of itself: the 15 bits of a magnitude, at the place of a float64's exponent and first bits
// of mantissa, are that number, and no conversion is needed. The sum is the same to the bit: a float64 has digits to
// spare below the smallest of them.
func RowSumsBF16(sums []float64, src []byte, cols int) bool {
	var bad uint64
	r, row := 0, 2*cols
	for ; r+4 <= len(sums); r += 4 {
		four := src[r*row:]
		addFour((*[4]float64)(sums[r:]), four[:row], four[row:2*row], four[2*row:3*row], four[3*row:4*row], &bad)
	}
	for ; r < len(sums); r++ {
		sums[r] = rest(0, src[r*row:(r+1)*row], &bad)
	}
	return bad&laneSigns == 0
}

// addFourGeneric writes the sums of four rows of one length. It sets a bit of laneSigns in bad where one is not finite.
func addFourGeneric(sums *[4]float64, b0, b1, b2, b3 []byte, bad *uint64) {
	const (
		magnitudes = 0x7fff7fff7fff7fff
		toSign     = 0x0080008000800080 // carries an exponent of all ones into the sign
	)
	var s0, s1, s2, s3 float64
	seen := uint64(0)
	for len(b0) >= 64 && len(b1) >= 64 && len(b2) >= 64 && len(b3) >= 64 {
		in0, in1, in2, in3 := (*[64]byte)(b0), (*[64]byte)(b1), (*[64]byte)(b2), (*[64]byte)(b3)
		for i := 0; i < 64; i += 8 {
			x0 := binary.LittleEndian.Uint64(in0[i:]) & magnitudes
			x1 := binary.LittleEndian.Uint64(in1[i:]) & magnitudes
			x2 := binary.LittleEndian.Uint64(in2[i:]) & magnitudes
			x3 := binary.LittleEndian.Uint64(in3[i:]) & magnitudes
			seen |= (x0 + toSign) | (x1 + toSign) | (x2 + toSign) | (x3 + toSign)
			s0, s1, s2, s3 = s0+small(x0<<45), s1+small(x1<<45), s2+small(x2<<45), s3+small(x3<<45)
			s0, s1, s2, s3 = s0+small(x0<<29), s1+small(x1<<29), s2+small(x2<<29), s3+small(x3<<29)
			s0, s1, s2, s3 = s0+small(x0<<13), s1+small(x1<<13), s2+small(x2<<13), s3+small(x3<<13)
			s0, s1, s2, s3 = s0+small(x0>>3), s1+small(x1>>3), s2+small(x2>>3), s3+small(x3>>3)
		}
		b0, b1, b2, b3 = b0[64:], b1[64:], b2[64:], b3[64:]
	}
	*bad |= seen
	sums[0], sums[1], sums[2], sums[3] = rest(s0, b0, bad), rest(s1, b1, bad), rest(s2, b2, bad), rest(s3, b3, bad)
}

// small takes the magnitude in bits 45 to 59 of x as 2^-896 of the bf16 that it is.
func small(x uint64) float64 { return math.Float64frombits(x & (0x7fff << 45)) }

// rest adds what is left of a row to a sum of small ones, and returns it in full size.
func rest(sum float64, b []byte, bad *uint64) float64 {
	for ; len(b) >= 2; b = b[2:] {
		x := uint64(binary.LittleEndian.Uint16(b) & 0x7fff)
		*bad |= x + 0x80
		sum += small(x << 45)
	}
	return sum * 0x1p896
}
