package dtype

// TQ1_0: 256 trits in qs[48], qh[4] and an f16 scale, five trits to a byte as a fixed-point fraction in base 3.
//
// qs[m], m < 32, holds elements m+32k; qs[32+m], m < 16, elements 160+m+16k (k 0 to 4); qh[m], m < 4, elements
// 240+m+4k (k 0 to 3). With codes c, v = Σ c_k·3^(4-k) and the byte is ⌈256v/243⌉: multiplying by 3 shifts one code
// after the other out of the top. Source: ggml-org/ggml d99724f src/ggml-quants.c:2316-2380, 2428-2465.

import (
	"encoding/binary"

	"github.com/tritkit/tritkit/core/ternary"
)

var tq1 = shape{block: 256, bytes: 54}

var tq1Blocks = blocked{name: "tq1_0", shape: tq1, d: 52, pack: packTQ1Block, unpack: unpackTQ1Block, scan: scanTQ1, bad: firstBadTQ1}

const (
	tq1QS, tq1Codes   = 48, 52     // bytes of qs; bytes of qs and qh
	tq1Zero5, tq1Zero = 0x80, 0x7f // five zero trits in qs; four in qh
)

// tq1Valid tells the bytes that hold five trits (bit 0) or four (bit 1) from those that no trits produce.
var tq1Valid = func() (valid [256]uint8) {
	for v := range 243 {
		b := fraction(uint64(v))
		valid[b] |= 1
		if v%3 == 0 {
			valid[b] |= 2
		}
	}
	return valid
}()

func packTQ1(dst []byte, m *ternary.Matrix) error   { return tq1Blocks.packMatrix(dst, m) }
func unpackTQ1(m *ternary.Matrix, src []byte) error { return tq1Blocks.unpackMatrix(m, src) }

// fraction returns ⌈256v/243⌉ of the lowest byte v < 243.
func fraction(v uint64) byte { return byte((uint32(v&0xff)*256 + 242) / 243) }

func packTQ1Block(dst []byte, t []int8) (s seen) {
	for m := 0; m < 32; m += 8 {
		putFractions(dst[m:], base3(t[m:], 32, &s))
	}
	for m := 0; m < 16; m += 8 {
		putFractions(dst[32+m:], base3(t[160+m:], 16, &s))
	}
	a, b := codes(ternary.Load8(t[240:])), codes(ternary.Load8(t[248:])) // k = 0 and 1, k = 2 and 3
	s.codes(a)
	s.codes(b)
	v := (((a*3+a>>32)*3+b)*3 + b>>32) & 0xffffffff * 3
	for m := range 4 {
		dst[tq1QS+m] = fraction(v >> (8 * m))
	}
	return s
}

// base3 returns, for eight neighbours at once, the number that five codes, stride apart, write in base 3.
func base3(t []int8, stride int, s *seen) (v uint64) {
	for k := range 5 {
		c := codes(ternary.Load8(t[k*stride:]))
		s.codes(c)
		v = v*3 + c // at most 242 in each byte
	}
	return v
}

func putFractions(dst []byte, v uint64) {
	dst = dst[:8]
	for i := range dst {
		dst[i] = fraction(v >> (8 * i))
	}
}

func unpackTQ1Block(t []int8, src []byte) {
	for m := 0; m < 32; m += 8 {
		unfraction(t[m:], 32, binary.LittleEndian.Uint64(src[m:]))
	}
	for m := 0; m < 16; m += 8 {
		unfraction(t[160+m:], 16, binary.LittleEndian.Uint64(src[32+m:]))
	}
	var four [40]int8
	unfraction(four[:], 8, uint64(binary.LittleEndian.Uint32(src[tq1QS:])))
	for k := range 4 {
		copy(t[240+4*k:244+4*k], four[8*k:])
	}
}

// unfraction writes the five trits of each of the eight bytes of x, stride apart, in two words of four 16-bit lanes.
func unfraction(t []int8, stride int, x uint64) {
	const lanes = 0x00ff00ff00ff00ff
	even, odd := x&lanes, x>>8&lanes
	for k := range 5 {
		even, odd = even*3, odd*3
		ternary.Store8(t[k*stride:], trits(even>>8&lanes|odd&^uint64(lanes)))
		even, odd = even&lanes, odd&lanes
	}
}

func scanTQ1(src []byte) (s seen) {
	valid := uint8(1)
	for _, b := range src[:tq1QS] {
		valid &= tq1Valid[b]
		s.nonzero |= uint64(b ^ tq1Zero5)
	}
	four := uint8(2)
	for _, b := range src[tq1QS:tq1Codes] {
		four &= tq1Valid[b]
		s.nonzero |= uint64(b ^ tq1Zero)
	}
	s.bad = uint64(valid ^ 1 | four ^ 2)
	return s
}

func firstBadTQ1(src []byte) int {
	for i, b := range src[:tq1Codes] {
		if i < tq1QS && tq1Valid[b]&1 == 0 || i >= tq1QS && tq1Valid[b]&2 == 0 {
			return i
		}
	}
	return -1
}
