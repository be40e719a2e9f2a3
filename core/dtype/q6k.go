package dtype

// Q6_K: 256 values in 16 groups; 6 bits a value, 8 bits a group's scale, an f16 scale d over all.
//
// ql[128] qh[64] sc[16]:i8 d. Element 128h+32g+l: its low 4 bits are a nibble (low for g < 2, else high) of
// ql[64h+32(g%2)+l], its high 2 bits are bits 2g+1:2g of qh[32h+l]; the value is (q-32)·d·sc[8h+2g+l/16].
// Source: ggml-org/ggml d99724f src/ggml-quants.c:625-700, 1869-1967.

import (
	"encoding/binary"
	"math"
)

const (
	q6Block, q6Bytes    = 256, 210
	q6QH, q6Scales, q6D = 128, 192, 208
	q6Group             = 16
	q6Tiny              = 1e-15            // GROUP_MAX_EPS: smaller groups are zeros
	q6Over              = 65520 * 128 * 32 // from here on d is Inf; below, the cubes that fitGroup sums are finite
	roundMagic          = 12582912         // 1.5·2^23: adding it rounds a float32 below 2^22 half to even
)

// q6Steps are the scales that fitGroup tries, as tenths of a level around -32/max, in ggml's order.
var q6Steps = [...]float32{0, -9, -8, -7, -6, -5, -4, -3, -2, -1, 1, 2, 3, 4, 5, 6, 7, 8, 9}

func decodeQ6K(dst []float32, src []byte) {
	for ; len(dst) >= q6Block; dst, src = dst[q6Block:], src[q6Bytes:] {
		d := FromF16(binary.LittleEndian.Uint16(src[q6D:]))
		for h := range 2 {
			ql, qh, sc := src[64*h:64*h+64], src[q6QH+32*h:q6QH+32*h+32], src[q6Scales+8*h:q6Scales+8*h+8]
			for g := range 4 {
				nibbles, shift := ql[32*(g%2):32*(g%2)+32], 4*(g/2)
				out := dst[128*h+32*g : 128*h+32*g+32]
				scale := [2]float32{d * float32(int8(sc[2*g])), d * float32(int8(sc[2*g+1]))}
				for l, b := range nibbles {
					q := int(b>>shift&15) | int(qh[l]>>(2*g)&3)<<4
					out[l] = scale[l/16] * float32(q-32)
				}
			}
		}
	}
}

// encodeQ6K follows quantize_row_q6_K_ref without fused multiply-adds.
func encodeQ6K(dst []byte, src []float32) error {
	for at := 0; at+q6Block <= len(src); at += q6Block {
		x := (*[q6Block]float32)(src[at:])
		for i, v := range x {
			if !(abs(v) < q6Over) {
				return notFinite("q6_k", at+i, v)
			}
		}
		if !encodeQ6KBlock(dst[at/q6Block*q6Bytes:][:q6Bytes], x) {
			return tooLarge("q6_k", src, at, q6Block)
		}
	}
	return nil
}

// encodeQ6KBlock writes one block; false means that d is too large for f16.
func encodeQ6KBlock(block []byte, x *[q6Block]float32) bool {
	var level [q6Block]uint8 // 0 to 63
	var scales [q6Block / q6Group]float32
	largest := float32(0)
	for g := range scales {
		scales[g] = fitGroup((*[q6Group]float32)(x[q6Group*g:]), (*[q6Group]uint8)(level[q6Group*g:]))
		if abs(scales[g]) > abs(largest) {
			largest = scales[g]
		}
	}
	if abs(largest) < q6Tiny {
		clear(block)
		return true
	}
	inverse := -128 / largest
	h := ToF16(1 / inverse)
	if h&0x7fff >= f16Inf {
		return false
	}
	binary.LittleEndian.PutUint16(block[q6D:], h)
	for g, s := range scales {
		sc := min(127, round(float32(inverse*s)))
		block[q6Scales+g] = byte(int8(sc))
		if d := FromF16(h) * sc; d != 0 {
			for i := range q6Group {
				level[q6Group*g+i] = uint8(clamp6(round(x[q6Group*g+i]/d)) + 32)
			}
		}
	}
	putQ6KLevels(block, &level)
	return true
}

func putQ6KLevels(block []byte, level *[q6Block]uint8) {
	for h := range 2 {
		q := level[128*h : 128*h+128]
		ql, qh := block[64*h:64*h+64], block[q6QH+32*h:q6QH+32*h+32]
		for l := range 32 {
			q1, q2, q3, q4 := q[l], q[l+32], q[l+64], q[l+96]
			ql[l] = q1&15 | q3<<4
			ql[l+32] = q2&15 | q4<<4
			qh[l] = q1>>4 | q2>>4<<2 | q3>>4<<4 | q4>>4<<6
		}
	}
}

// fitGroup finds the scale under which 16 values, rounded to -32..31, have the least error weighted by x² (ggml's
// make_qx_quants with nmax 32 and rmse_type 1) and writes the levels, plus 32. It tries 19 scales around -32/max.
func fitGroup(x *[q6Group]float32, level *[q6Group]uint8) float32 {
	var w, wx [q6Group]float32
	extreme := float32(0)
	for i, v := range x {
		if abs(v) > abs(extreme) {
			extreme = v
		}
		w[i] = v * v
		wx[i] = w[i] * v
	}
	if abs(extreme) < q6Tiny {
		*level = [q6Group]uint8{}
		return 0
	}
	var scale, best, chosen float32
	for try, step := range q6Steps {
		inverse := -(32 + float32(0.1*step)) / extreme
		var sumLX, sumL2 float32
		for i, v := range x {
			l := clamp6(round(float32(inverse * v)))
			sumLX += float32(wx[i] * l)
			sumL2 += float32(float32(w[i]*l) * l)
		}
		if try == 0 {
			chosen = inverse // kept even where all its levels are 0
		}
		if sumL2 > 0 && (try == 0 || float32(sumLX*sumLX) > float32(best*sumL2)) {
			scale = sumLX / sumL2
			best, chosen = scale*sumLX, inverse
		}
	}
	for i, v := range x {
		level[i] = uint8(clamp6(round(float32(chosen*v))) + 32)
	}
	return scale
}

// round rounds half to even; |x| is below 2^22.
func round(x float32) float32 { return float32(x+roundMagic) - roundMagic }

func clamp6(l float32) float32 {
	if l < -32 {
		return -32
	}
	if l > 31 {
		return 31
	}
	return l
}

func abs(x float32) float32 { return math.Float32frombits(math.Float32bits(x) &^ (1 << 31)) }
