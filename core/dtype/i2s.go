package dtype

// I2_S, bitnet.cpp's format: 2-bit codes, interleaved, and one float32 scale for the whole tensor.
//
// Layouts: microsoft/BitNet 16da220 src/ggml-bitnet-mad.cpp:51-97 (x86), :98-149 (rows4), :151-195 (arm64). The scale
// stands at byte n/4; the 28 bytes after it are padding: zero when we write, never looked at when we read (bitnet.cpp
// leaves heap bytes there).

import (
	"encoding/binary"
	"math"
	"strconv"

	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/ternary"
)

// Layout is the order of the elements in an I2_S tensor. All layouts share the type number, the size and every valid
// byte, so nothing in a file proves which one it is.
type Layout uint8

const (
	X86   Layout = iota // 128 elements in 32 bytes: byte p holds p, p+32, p+64, p+96 from the high bits down; the only one written
	ARM64               // 64 elements in 16 bytes: byte p holds p, p+16, p+32, p+48 from the high bits down
	Rows4               // byte (r/4)*cols + c holds rows r to r+3 of column c from the high bits down
)

var i2s = shape{block: 128, bytes: 32, tail: 32}

// String returns the layout's name as --from-layout takes it.
func (l Layout) String() string {
	switch l {
	case X86:
		return "x86"
	case ARM64:
		return "arm64"
	case Rows4:
		return "rows4"
	}
	return "layout " + strconv.Itoa(int(l))
}

func packI2S(dst []byte, m *ternary.Matrix) error {
	if err := holds("i2_s", i2s, m, len(dst)); err != nil {
		return err
	}
	body, tail := dst[:len(dst)-i2s.tail], dst[len(dst)-i2s.tail:]
	nonzero := false
	for at, i := 0, 0; at < len(body); at, i = at+i2s.bytes, i+i2s.block {
		t := m.Trits[i : i+i2s.block]
		s := interleave(body[at:at+i2s.bytes], t[96:], t[64:], t[32:], t)
		if s.bad != 0 {
			return badTrit(t, i)
		}
		nonzero = nonzero || s.nonzero != 0
	}
	scale := float32(0)
	if nonzero || m.Group == 0 {
		var err error
		if scale, err = scaleOf(m, 0, len(m.Trits)); err != nil {
			return err
		}
	}
	if err := checkScale(scale, nonzero, -1); err != nil {
		return err
	}
	clear(tail)
	binary.LittleEndian.PutUint32(tail, math.Float32bits(scale))
	return nil
}

func unpackI2S(m *ternary.Matrix, src []byte) error { return UnpackI2SLayout(m, src, X86) }

// UnpackI2SLayout is Unpack of I2_S for a tensor that the user says is in the layout given. Rows4 needs rows in fours.
func UnpackI2SLayout(m *ternary.Matrix, src []byte, layout Layout) error {
	if err := fits("i2_s", i2s, m, len(src)); err != nil {
		return err
	}
	if layout > Rows4 || layout == Rows4 && m.Rows%4 != 0 {
		return fault.New("dtype", fault.Shape, strconv.Itoa(m.Rows), " rows cannot be in ", layout.String(), " layout")
	}
	body, tail := src[:len(src)-i2s.tail], src[len(src)-i2s.tail:]
	s := scan2(body)
	if s.bad != 0 {
		off := firstCode3(body)
		return fault.At("dtype", fault.Code, int64(off), "byte ", strconv.Itoa(int(body[off])), " holds the code 3, which is no trit")
	}
	scale := math.Float32frombits(binary.LittleEndian.Uint32(tail))
	if err := checkScale(scale, s.nonzero != 0, int64(len(body))); err != nil {
		return err
	}
	m.Fit(0)
	m.Scale[0] = scale
	switch layout {
	case X86:
		unpackStrided(m.Trits, body, 32)
	case ARM64:
		unpackStrided(m.Trits, body, 16)
	case Rows4:
		n := m.Cols
		for r := 0; r < m.Rows; r += 4 {
			t := m.Trits[r*n : (r+4)*n]
			deinterleave(t[3*n:], t[2*n:], t[n:], t, body[r/4*n:(r/4+1)*n])
		}
	}
	return nil
}

// unpackStrided reads blocks of n bytes that hold 4n elements each, n apart in one byte.
func unpackStrided(t []int8, src []byte, n int) {
	for ; len(src) > 0; t, src = t[4*n:], src[n:] {
		deinterleave(t[3*n:], t[2*n:], t[n:], t, src[:n])
	}
}
