package dtype

// Codes: trits as they travel from a packed source to a packed target, two bits each, never spread into bytes.
//
// The order is TQ2_0's without its scales: 128 trits of a row make 32 bytes, and bits 2n+1:2n of byte p hold the code
// t+1 of element 32n+p. I2_S has the same bytes with their four codes reversed, so the formats people use most are a
// few instructions apart. A row whose length is no multiple of 128 has no such form: it goes by trits, as does
// everything that is wrong, because Unpack says what and where.

import (
	"encoding/binary"
	"math/bits"

	"github.com/tritkit/tritkit/core/ternary"
)

// CodesPerBlock is how many trits of a row make one block of codes, CodesBytes bytes.
const (
	CodesPerBlock = 128
	CodesBytes    = 32
)

// low has the low code of every byte set.
const low = 3 * ones

// reverse4 reverses the four codes in each byte.
func reverse4(x uint64) uint64 {
	x = x>>4&0x0f0f0f0f0f0f0f0f | x&0x0f0f0f0f0f0f0f0f<<4
	return x>>2&0x3333333333333333 | x&0x3333333333333333<<2
}

// codesOfI2S reads the blocks of an I2_S tensor in x86 layout, without the tail. It reports whether all codes are trits.
func codesOfI2S(dst, src []byte) bool {
	bad := uint64(0)
	for ; len(src) >= CodesBytes; src, dst = src[CodesBytes:], dst[CodesBytes:] {
		block, out := (*[CodesBytes]byte)(src), (*[CodesBytes]byte)(dst)
		for i := 0; i < CodesBytes; i += 8 {
			x := binary.LittleEndian.Uint64(block[i:])
			bad |= x & (x >> 1) & pairs
			binary.LittleEndian.PutUint64(out[i:], reverse4(x))
		}
	}
	return bad == 0
}

// i2sOfCodes writes the blocks of an I2_S tensor. Their scale stands in the tail: it is only looked at.
func i2sOfCodes(dst, codes []byte, scale float32) error {
	nonzero := uint64(0)
	le := binary.LittleEndian
	for ; len(codes) >= CodesBytes && len(dst) >= CodesBytes; codes, dst = codes[CodesBytes:], dst[CodesBytes:] {
		in, block := (*[CodesBytes]byte)(codes), (*[CodesBytes]byte)(dst)
		w, x, y, z := le.Uint64(in[0:]), le.Uint64(in[8:]), le.Uint64(in[16:]), le.Uint64(in[24:])
		nonzero |= w ^ pairs | x ^ pairs | y ^ pairs | z ^ pairs
		le.PutUint64(block[0:], reverse4(w))
		le.PutUint64(block[8:], reverse4(x))
		le.PutUint64(block[16:], reverse4(y))
		le.PutUint64(block[24:], reverse4(z))
	}
	return checkScale(scale, nonzero != 0, -1)
}

// codesOfTQ2 reads blocks of TQ2_0. It reports whether all codes are trits and no block with one that is not 0 has the
// scale 0.
func codesOfTQ2(dst, src []byte) bool {
	for ; len(src) >= tq2.bytes; src, dst = src[tq2.bytes:], dst[64:] {
		s := scan2(src[:64])
		if s.bad != 0 || s.nonzero != 0 && src[64]|src[65]&0x7f == 0 {
			return false
		}
		copy(dst[:64], src)
	}
	return true
}

func tq2OfCodes(dst, codes []byte, scale float32) error {
	d := shared{name: "tq2_0", scale: scale}
	for ; len(codes) > 0; codes, dst = codes[64:], dst[tq2.bytes:] {
		copy(dst, codes[:64])
		binary.LittleEndian.PutUint16(dst[64:], d.of(codes[:64]))
	}
	return d.err
}

// codesOfQ2 reads blocks of Q2_0, two to a block of codes, under the conditions of codesOfTQ2.
func codesOfQ2(dst, src []byte) bool {
	const two = 2 * 18
	for ; len(src) >= two; src, dst = src[two:], dst[CodesBytes:] {
		for b := 0; b < two; b += 18 {
			s := scan2(src[b+2 : b+18])
			if s.bad != 0 || s.nonzero != 0 && src[b]|src[b+1]&0x7f == 0 {
				return false
			}
		}
		for i := 0; i < 8; i += 2 { // eight codes of each of the four quarters
			binary.LittleEndian.PutUint64(dst[4*i:], spread(binary.LittleEndian.Uint16(src[2+i:]))|
				spread(binary.LittleEndian.Uint16(src[10+i:]))<<2|
				spread(binary.LittleEndian.Uint16(src[20+i:]))<<4|
				spread(binary.LittleEndian.Uint16(src[28+i:]))<<6)
		}
	}
	return true
}

func q2OfCodes(dst, codes []byte, scale float32) error {
	d := shared{name: "q2_0", scale: scale}
	const two = 2 * 18
	for ; len(codes) > 0; codes, dst = codes[CodesBytes:], dst[two:] {
		var line [CodesBytes]byte
		AppendCanonicalCodes(line[:0], codes[:CodesBytes])
		for b := range 2 {
			half := line[16*b : 16*b+16]
			copy(dst[18*b+2:], half)
			binary.LittleEndian.PutUint16(dst[18*b:], d.of(half))
		}
	}
	return d.err
}

// shared is the one scale of a tensor as its blocks hold it.
type shared struct {
	name  string
	scale float32
	d     uint16 // 0: not made yet
	err   error  // why it cannot be held, once a block needs it
}

// of returns the scale of a block: none where all its trits are 0.
func (s *shared) of(codes []byte) uint16 {
	var nonzero uint64
	for i := 0; i+8 <= len(codes); i += 8 {
		nonzero |= binary.LittleEndian.Uint64(codes[i:]) ^ pairs
	}
	if nonzero == 0 {
		return 0
	}
	if s.d == 0 && s.err == nil {
		s.d, s.err = f16Scale(s.name, s.scale)
	}
	return s.d
}

// CodesOfHF reads the codes of part of a row of Hugging Face's packed form: of each of the len(src) bytes, a multiple
// of CodesPerBlock, the code at bits 2i+1:2i. It reports whether all are trits.
func CodesOfHF(dst, src []byte, i int) bool {
	bad := uint64(0)
	sh := uint(2 * i & 7)
	for ; len(src) >= CodesPerBlock; src, dst = src[CodesPerBlock:], dst[CodesBytes:] {
		in, out := (*[CodesPerBlock]byte)(src), (*[CodesBytes]byte)(dst)
		for p := 0; p < CodesBytes; p += 8 {
			x := binary.LittleEndian.Uint64(in[p:])>>sh&low |
				binary.LittleEndian.Uint64(in[p+32:])>>sh&low<<2 |
				binary.LittleEndian.Uint64(in[p+64:])>>sh&low<<4 |
				binary.LittleEndian.Uint64(in[p+96:])>>sh&low<<6
			bad |= x & (x >> 1) & pairs
			binary.LittleEndian.PutUint64(out[p:], x)
		}
	}
	return bad == 0
}

// HFOfCodes writes part of a row of Hugging Face's packed form, 4 bytes for each byte of the codes of its four rows.
func HFOfCodes(dst, a, b, c, d []byte) {
	for i := 0; i+CodesBytes <= len(a); i += CodesBytes {
		out := (*[CodesPerBlock]byte)(dst[4*i:])
		for p := 0; p < CodesBytes; p += 8 {
			wa, wb := binary.LittleEndian.Uint64(a[i+p:]), binary.LittleEndian.Uint64(b[i+p:])
			wc, wd := binary.LittleEndian.Uint64(c[i+p:]), binary.LittleEndian.Uint64(d[i+p:])
			for n := 0; n < CodesPerBlock; n += CodesBytes {
				binary.LittleEndian.PutUint64(out[n+p:], wa&low|wb&low<<2|wc&low<<4|wd&low<<6)
				wa, wb, wc, wd = wa>>2, wb>>2, wc>>2, wd>>2
			}
		}
	}
}

// CodesOfBF16 snaps finite bf16 weights, a multiple of 128: ±1 where the magnitude reaches threshold (the low 31 bits
// of a float32, above 0), else 0. len(dst) is len(src)/8.
//
// bf16 magnitudes are ordered as their 15 bits are, so one integer addition per lane compares four weights at once. Words
// of four weights, 32 elements apart, make one word of codes. All eight of a block stand in a row: for Go in WebAssembly
// the end of a loop costs half as much as what is in it.
func CodesOfBF16(dst, src []byte, threshold uint32) {
	least := min((uint64(threshold)+0xffff)>>16, 0x8000) // the first bf16 at or above it
	add := (0x8000 - least) * lane
	le := binary.LittleEndian
	for ; len(src) >= 2*CodesPerBlock && len(dst) >= CodesBytes; src, dst = src[2*CodesPerBlock:], dst[CodesBytes:] {
		in, out := (*[2 * CodesPerBlock]byte)(src), (*[CodesBytes]byte)(dst)
		w, x, y, z := le.Uint64(in[0:]), le.Uint64(in[64:]), le.Uint64(in[128:]), le.Uint64(in[192:])
		le.PutUint32(out[0:], codesOfLanes(reach(w, x, y, z, add), gather(w, x, y, z)))
		w, x, y, z = le.Uint64(in[8:]), le.Uint64(in[72:]), le.Uint64(in[136:]), le.Uint64(in[200:])
		le.PutUint32(out[4:], codesOfLanes(reach(w, x, y, z, add), gather(w, x, y, z)))
		w, x, y, z = le.Uint64(in[16:]), le.Uint64(in[80:]), le.Uint64(in[144:]), le.Uint64(in[208:])
		le.PutUint32(out[8:], codesOfLanes(reach(w, x, y, z, add), gather(w, x, y, z)))
		w, x, y, z = le.Uint64(in[24:]), le.Uint64(in[88:]), le.Uint64(in[152:]), le.Uint64(in[216:])
		le.PutUint32(out[12:], codesOfLanes(reach(w, x, y, z, add), gather(w, x, y, z)))
		w, x, y, z = le.Uint64(in[32:]), le.Uint64(in[96:]), le.Uint64(in[160:]), le.Uint64(in[224:])
		le.PutUint32(out[16:], codesOfLanes(reach(w, x, y, z, add), gather(w, x, y, z)))
		w, x, y, z = le.Uint64(in[40:]), le.Uint64(in[104:]), le.Uint64(in[168:]), le.Uint64(in[232:])
		le.PutUint32(out[20:], codesOfLanes(reach(w, x, y, z, add), gather(w, x, y, z)))
		w, x, y, z = le.Uint64(in[48:]), le.Uint64(in[112:]), le.Uint64(in[176:]), le.Uint64(in[240:])
		le.PutUint32(out[24:], codesOfLanes(reach(w, x, y, z, add), gather(w, x, y, z)))
		w, x, y, z = le.Uint64(in[56:]), le.Uint64(in[120:]), le.Uint64(in[184:]), le.Uint64(in[248:])
		le.PutUint32(out[28:], codesOfLanes(reach(w, x, y, z, add), gather(w, x, y, z)))
	}
}

// gather takes the sign of each lane: w's to bit 9, x's to 11, y's to 13, z's to 15.
func gather(w, x, y, z uint64) uint64 {
	return w&laneSigns>>6 | x&laneSigns>>4 | y&laneSigns>>2 | z&laneSigns
}

// reach gathers what magnitudes carry into the sign when add is added: whether they reach the threshold.
func reach(w, x, y, z, add uint64) uint64 {
	return gather(w&^laneSigns+add, x&^laneSigns+add, y&^laneSigns+add, z&^laneSigns+add)
}

// codesOfLanes makes codes 0, 1, 2 (for -1, 0, +1) of what reach and gather found, four lanes' in four bytes.
func codesOfLanes(nonzero, negative uint64) uint32 {
	c := nonzero&^negative>>8 | (nonzero^0xaa00*lane)>>9
	c |= c >> 8
	return uint32(c&0xffff | c>>16&0xffff0000)
}

// AppendCanonicalCodes is AppendCanonical for codes instead of trits.
func AppendCanonicalCodes(dst, codes []byte) []byte {
	at := len(dst)
	dst = append(dst, codes...) // the same length; overwritten below
	for out := dst[at:]; len(codes) >= CodesBytes; codes, out = codes[CodesBytes:], out[CodesBytes:] {
		in, line := (*[CodesBytes]byte)(codes), (*[CodesBytes]byte)(out)
		for i := 0; i < 8; i += 2 {
			x := binary.LittleEndian.Uint64(in[4*i:])
			binary.LittleEndian.PutUint16(line[i:], squeeze(x&low))
			binary.LittleEndian.PutUint16(line[8+i:], squeeze(x>>2&low))
			binary.LittleEndian.PutUint16(line[16+i:], squeeze(x>>4&low))
			binary.LittleEndian.PutUint16(line[24+i:], squeeze(x>>6&low))
		}
	}
	return dst
}

// CountCodes counts the trits of codes, in any order, four to a byte. len(codes) is a multiple of 8.
func CountCodes(codes []byte) ternary.Counts {
	zero, pos := 0, 0
	for i := 0; i+8 <= len(codes); i += 8 {
		x := binary.LittleEndian.Uint64(codes[i:])
		zero += bits.OnesCount64(x & pairs)
		pos += bits.OnesCount64(x & (pairs << 1))
	}
	n := 4 * len(codes)
	return ternary.Counts{Neg: int64(n - zero - pos), Zero: int64(zero), Pos: int64(pos)}
}

// TritsOfCodes writes the trits of whole blocks of codes: the plain twin of every fast path above.
func TritsOfCodes(t []int8, codes []byte) {
	for ; len(codes) >= CodesBytes; t, codes = t[CodesPerBlock:], codes[CodesBytes:] {
		deinterleave(t, t[32:], t[64:], t[96:], codes[:CodesBytes])
	}
}

// CodesOfTrits is the inverse of TritsOfCodes. A number that is no trit is a fault of class Code.
func CodesOfTrits(codes []byte, t []int8) error {
	for i := 0; len(codes) >= CodesBytes; i, t, codes = i+CodesPerBlock, t[CodesPerBlock:], codes[CodesBytes:] {
		if s := interleave(codes[:CodesBytes], t, t[32:], t[64:], t[96:]); s.bad != 0 {
			return badTrit(t[:CodesPerBlock], i)
		}
	}
	return nil
}
