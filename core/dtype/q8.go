package dtype

// Q8_0: 32 signed bytes and an f16 scale d. Source: ggml-org/ggml d99724f src/ggml-quants.c:276-300, 553-565.

import (
	"encoding/binary"
	"math"
)

const q8Block, q8Bytes = 32, 34

func decodeQ8(dst []float32, src []byte) {
	for ; len(dst) >= q8Block; dst, src = dst[q8Block:], src[q8Bytes:] {
		d := FromF16(binary.LittleEndian.Uint16(src))
		for i, q := range src[2:q8Bytes] {
			dst[i] = float32(int8(q)) * d
		}
	}
}

// encodeQ8 follows quantize_row_q8_0_ref: d = max|x|/127, q = x·(1/d) rounded half away from zero, with the d that is
// not yet rounded to f16.
func encodeQ8(dst []byte, src []float32) error {
	for at := 0; at+q8Block <= len(src); at += q8Block {
		x := src[at : at+q8Block]
		block := dst[at/q8Block*q8Bytes:][:q8Bytes]
		top := uint32(0)
		for _, v := range x {
			top = max(top, math.Float32bits(v)&0x7fffffff)
		}
		d := math.Float32frombits(top) / 127
		h := ToF16(d)
		if h >= f16Inf {
			return tooLarge("q8_0", src, at, q8Block)
		}
		binary.LittleEndian.PutUint16(block, h)
		inverse := float32(0)
		if d >= 0x1p-126 { // below, 1/d may be Inf; d is 0 in f16 long before, and so is every value
			inverse = 1 / d
		}
		for i, v := range x {
			y := float64(v * inverse)
			block[2+i] = byte(int8(y + math.Copysign(0.5, y))) // exact in float64: roundf
		}
	}
	return nil
}

// tooLarge names, in the block of n values at index at, the first that is not finite, else the largest.
func tooLarge(name string, src []float32, at, n int) error {
	largest, top := at, uint32(0)
	for i, x := range src[at : at+n] {
		b := math.Float32bits(x) & 0x7fffffff
		if b >= f32Inf {
			return notFinite(name, at+i, x)
		}
		if b > top {
			largest, top = at+i, b
		}
	}
	return notFinite(name, largest, src[largest])
}
