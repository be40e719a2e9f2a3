package dtype

// The plain floats: f32, f16 and bf16, rounded half to even, and i8 as numbers.

import (
	"encoding/binary"
	"math"
	"strconv"

	"github.com/tritkit/tritkit/core/fault"
)

const (
	f16Inf   = 0x7c00     // the bits of +Inf in f16
	f16Over  = 0x477ff000 // the float32 bits of 65520, the smallest magnitude that rounds to Inf in f16
	f16Norm  = 0x38800000 // the float32 bits of 2^-14, the smallest normal f16
	rebias   = (127 - 15) << 23
	f32Inf   = 0x7f800000
	bf16Over = 0x7f7f8000 // the smallest float32 bits that round to Inf in bf16
)

// ToF16 rounds x to f16, half to even, and returns its bits. NaN stays NaN.
func ToF16(x float32) uint16 {
	b := math.Float32bits(x)
	sign := uint16(b >> 16 & 0x8000)
	switch b &= 0x7fffffff; {
	case b > f32Inf:
		return sign | f16Inf | 0x200 | uint16(b>>13)&0x3ff
	case b >= f16Over:
		return sign | f16Inf
	case b < f16Norm: // adding 0.5 lets the hardware round to multiples of 2^-24
		return sign | uint16(math.Float32bits(math.Float32frombits(b)+0.5)-0x3f000000)
	}
	return sign | uint16((b-rebias+0xfff+b>>13&1)>>13)
}

// FromF16 returns the value of f16 bits, exactly.
func FromF16(h uint16) float32 {
	sign := uint32(h&0x8000) << 16
	switch b := uint32(h&0x7fff) << 13; {
	case b >= f16Inf<<13:
		return math.Float32frombits(sign | b | f32Inf)
	case b < 1<<23: // subnormal: a multiple of 2^-24
		return math.Float32frombits(sign | math.Float32bits(float32(int32(h&0x3ff))*0x1p-24))
	default:
		return math.Float32frombits(sign | (b + rebias))
	}
}

// ToBF16 rounds x to bf16, half to even, and returns its bits. NaN stays NaN.
func ToBF16(x float32) uint16 {
	b := math.Float32bits(x)
	if b&0x7fffffff > f32Inf {
		return uint16(b>>16) | 0x40
	}
	return uint16((b + 0x7fff + b>>16&1) >> 16)
}

// FromBF16 returns the value of bf16 bits, exactly.
func FromBF16(h uint16) float32 { return math.Float32frombits(uint32(h) << 16) }

// RoundTo returns x as the plain float type t holds it: F32, F16 or BF16. Other types leave it alone.
func RoundTo(t Type, x float32) float32 {
	switch t {
	case F16:
		return FromF16(ToF16(x))
	case BF16:
		return FromBF16(ToBF16(x))
	}
	return x
}

func decodeF32(dst []float32, src []byte) {
	src = src[:4*len(dst)]
	for i := range dst {
		dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(src[4*i:]))
	}
}

func decodeF16(dst []float32, src []byte) {
	src = src[:2*len(dst)]
	for i := range dst {
		dst[i] = FromF16(binary.LittleEndian.Uint16(src[2*i:]))
	}
}

func decodeBF16(dst []float32, src []byte) {
	src = src[:2*len(dst)]
	for i := range dst {
		dst[i] = FromBF16(binary.LittleEndian.Uint16(src[2*i:]))
	}
}

func decodeI8(dst []float32, src []byte) {
	src = src[:len(dst)]
	for i, b := range src {
		dst[i] = float32(int8(b))
	}
}

func encodeF32(dst []byte, src []float32) error {
	dst = dst[:4*len(src)]
	over := uint32(0)
	for i, x := range src {
		b := math.Float32bits(x)
		over |= (b&0x7fffffff + 1<<31 - f32Inf) & (1 << 31)
		binary.LittleEndian.PutUint32(dst[4*i:], b)
	}
	return overflow("f32", src, over != 0, f32Inf)
}

func encodeF16(dst []byte, src []float32) error {
	_, err := EncodeF16(dst, src)
	return err
}

// EncodeF16 is Encode of F16 and counts the values other than 0 that became 0.
func EncodeF16(dst []byte, src []float32) (flushed int64, err error) {
	dst = dst[:2*len(src)]
	over := false
	for i, x := range src {
		h := ToF16(x)
		over = over || h&0x7fff >= f16Inf
		if h&0x7fff == 0 && x != 0 {
			flushed++
		}
		binary.LittleEndian.PutUint16(dst[2*i:], h)
	}
	return flushed, overflow("f16", src, over, f16Over)
}

func encodeBF16(dst []byte, src []float32) error {
	dst = dst[:2*len(src)]
	over := uint32(0)
	for i, x := range src {
		b := math.Float32bits(x)
		over |= (b&0x7fffffff + 1<<31 - bf16Over) & (1 << 31)
		binary.LittleEndian.PutUint16(dst[2*i:], uint16((b+0x7fff+b>>16&1)>>16))
	}
	return overflow("bf16", src, over != 0, bf16Over)
}

// overflow returns a fault that names the first of src whose magnitude has at least the float32 bits given, if any is
// said to be there.
func overflow(name string, src []float32, there bool, limit uint32) error {
	if !there {
		return nil
	}
	for i, x := range src {
		if math.Float32bits(x)&0x7fffffff >= limit {
			return notFinite(name, i, x)
		}
	}
	return nil
}

func notFinite(name string, i int, x float32) error {
	return fault.New("dtype", fault.NotFinite, "value ", strconv.Itoa(i), " is ", strconv.FormatFloat(float64(x), 'g', -1, 32), ", which has no finite ", name)
}
