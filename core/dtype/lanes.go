package dtype

// Eight trits, or the four trits of each of eight bytes, in one uint64: what the ternary formats are made of.

import (
	"encoding/binary"

	"github.com/tritkit/tritkit/core/ternary"
)

const (
	ones  = 0x0101010101010101
	signs = 0x8080808080808080
	pairs = 0x5555555555555555 // the low bit of each 2-bit code; also 32 codes of trit 0
)

// codes turns eight trits -1, 0, 1 into codes 0, 1, 2, without a carry from byte to byte.
func codes(t uint64) uint64 { return (t&^signs + ones) ^ t&signs }

// trits is the inverse of codes.
func trits(c uint64) uint64 { return (c | signs) - ones ^ signs }

// seen gathers what a run of trits held.
type seen struct {
	nonzero uint64 // not 0 if some trit was not 0
	bad     uint64 // not 0 if some trit was not -1, 0 or 1, or some code was 3
}

func (s *seen) codes(c uint64) {
	s.nonzero |= c ^ ones
	s.bad |= c&^(3*ones) | c&(c>>1)&ones
}

// scan2 looks at 2-bit codes, four in a byte, in any order. len(src) is a multiple of 8, or of 2.
func scan2(src []byte) (s seen) {
	for ; len(src) >= 8; src = src[8:] {
		x := binary.LittleEndian.Uint64(src)
		s.nonzero |= x ^ pairs
		s.bad |= x & (x >> 1) & pairs
	}
	for _, b := range src {
		s.nonzero |= uint64(b ^ pairs&0xff)
		s.bad |= uint64(b & (b >> 1) & (pairs & 0xff))
	}
	return s
}

// firstCode3 returns the offset of the first byte of src that holds the code 3.
func firstCode3(src []byte) int {
	for i, b := range src {
		if b&(b>>1)&(pairs&0xff) != 0 {
			return i
		}
	}
	return -1
}

// interleave writes len(dst) bytes; byte i holds the codes of a[i], b[i], c[i], d[i] in bits 1:0, 3:2, 5:4, 7:6.
func interleave(dst []byte, a, b, c, d []int8) (s seen) {
	i := 0
	for ; i+8 <= len(dst); i += 8 {
		ca, cb := codes(ternary.Load8(a[i:])), codes(ternary.Load8(b[i:]))
		cc, cd := codes(ternary.Load8(c[i:])), codes(ternary.Load8(d[i:]))
		s.codes(ca)
		s.codes(cb)
		s.codes(cc)
		s.codes(cd)
		binary.LittleEndian.PutUint64(dst[i:], ca|cb<<2|cc<<4|cd<<6)
	}
	for ; i < len(dst); i++ {
		x := uint64(uint8(a[i])) | uint64(uint8(b[i]))<<8 | uint64(uint8(c[i]))<<16 | uint64(uint8(d[i]))<<24
		x = codes(x) & 0xffffffff
		s.codes(x | 0x0101010100000000)
		dst[i] = byte(x | x>>6 | x>>12 | x>>18)
	}
	return s
}

// deinterleave is the inverse of interleave; a code 3 becomes 2.
func deinterleave(a, b, c, d []int8, src []byte) {
	i := 0
	for ; i+8 <= len(src); i += 8 {
		x := binary.LittleEndian.Uint64(src[i:])
		ternary.Store8(a[i:], trits(x&low))
		ternary.Store8(b[i:], trits(x>>2&low))
		ternary.Store8(c[i:], trits(x>>4&low))
		ternary.Store8(d[i:], trits(x>>6&low))
	}
	for ; i < len(src); i++ {
		x := int8(src[i])
		a[i], b[i], c[i], d[i] = x&3-1, x>>2&3-1, x>>4&3-1, x>>6&3-1
	}
}

// packLinear writes four trits to a byte, the first in the low bits. len(t) is a multiple of 8.
func packLinear(dst []byte, t []int8) (s seen) {
	for i := 0; i+8 <= len(t); i += 8 {
		c := codes(ternary.Load8(t[i:]))
		s.codes(c)
		binary.LittleEndian.PutUint16(dst[i/4:], squeeze(c))
	}
	return s
}

// unpackLinear is the inverse of packLinear; a code 3 becomes 2.
func unpackLinear(t []int8, src []byte) {
	for i := 0; i+8 <= len(t); i += 8 {
		ternary.Store8(t[i:], trits(spread(binary.LittleEndian.Uint16(src[i/4:]))))
	}
}

// squeeze moves the low two bits of eight bytes together; spread moves them apart.
func squeeze(x uint64) uint16 {
	x = (x | x>>6) & 0x000f000f000f000f
	x = (x | x>>12) & 0x000000ff000000ff
	return uint16(x | x>>24)
}

func spread(w uint16) uint64 {
	x := uint64(w)
	x = (x | x<<24) & 0x000000ff000000ff
	x = (x | x<<12) & 0x000f000f000f000f
	return (x | x<<6) & (3 * ones)
}

// AppendCanonical appends the packing that the trit hash covers, whatever format the trits came from: two bits a trit,
// code t+1, the first trit in the low bits of the first byte, the last byte filled up with zero bits.
func AppendCanonical(dst []byte, t []int8) []byte {
	at, whole := len(dst), len(t)&^7
	dst = append(dst, make([]byte, (len(t)+3)/4)...)
	packLinear(dst[at:], t[:whole])
	for i, x := range t[whole:] {
		dst[at+(whole+i)/4] |= byte(x+1) & 3 << (2 * (i % 4))
	}
	return dst
}
