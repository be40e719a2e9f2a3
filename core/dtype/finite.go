package dtype

// Whether floats are numbers, without decoding them.

import "encoding/binary"

// AllFinite reports whether the bytes of an f16, bf16 or f32 tensor hold no NaN and no Inf, four or two at a time. Of any
// other type it is false: look at the decoded values.
func AllFinite(t Type, b []byte) bool {
	var exponent, one, carry uint64 // all ones in the exponent means NaN or Inf; one more carries out of it
	switch t {
	case BF16:
		exponent, one, carry = 0x7f807f807f807f80, 0x0080008000800080, 0x8000800080008000
	case F16:
		exponent, one, carry = 0x7c007c007c007c00, 0x0400040004000400, 0x8000800080008000
	case F32:
		exponent, one, carry = 0x7f8000007f800000, 0x0080000000800000, 0x8000000080000000
	default:
		return false
	}
	for ; len(b) >= 8; b = b[8:] {
		if (binary.LittleEndian.Uint64(b)&exponent+one)&carry != 0 {
			return false
		}
	}
	var last [8]byte
	copy(last[:], b)
	return (binary.LittleEndian.Uint64(last[:])&exponent+one)&carry == 0
}
