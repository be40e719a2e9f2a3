package dtype

// Hugging Face's packed uint8: four rows of trits in one row of bytes, beside a weight_scale of its own.

import (
	"math"
	"strconv"

	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/ternary"
)

// PackHF writes the codes of m as [m.Rows/4, m.Cols] bytes: row i*(m.Rows/4)+p of column c is in bits 2i+1:2i of byte
// (p, c), as trit + 1. m.Rows is a multiple of 4; the scale is stored elsewhere. Source: huggingface/transformers
// integrations/bitnet.py at 0b4060e, pack_weights.
func PackHF(dst []byte, m *ternary.Matrix) error {
	if err := fitsHF(m, len(dst)); err != nil {
		return err
	}
	if len(m.Trits) != m.Rows*m.Cols {
		return fault.New("dtype", fault.Shape, strconv.Itoa(m.Rows), " x ", strconv.Itoa(m.Cols), " elements with ", strconv.Itoa(len(m.Trits)), " trits")
	}
	n, t := len(dst), m.Trits
	if s := interleave(dst, t[:n], t[n:2*n], t[2*n:3*n], t[3*n:]); s.bad != 0 {
		return badTrit(t, 0)
	}
	return nil
}

// UnpackHF reads what PackHF writes into m.Trits; m.Rows and m.Cols are those of the weights. It leaves m's scale
// alone. The code 3 is a fault of class Code with its byte offset.
func UnpackHF(m *ternary.Matrix, src []byte) error {
	if err := fitsHF(m, len(src)); err != nil {
		return err
	}
	if off := firstCode3(src); scan2(src).bad != 0 {
		return fault.At("dtype", fault.Code, int64(off), "byte ", strconv.Itoa(int(src[off])), " holds the code 3, which is no trit")
	}
	n := len(src)
	if cap(m.Trits) < 4*n {
		m.Trits = make([]int8, 4*n)
	}
	m.Trits = m.Trits[:4*n]
	deinterleave(m.Trits[:n], m.Trits[n:2*n], m.Trits[2*n:3*n], m.Trits[3*n:], src)
	return nil
}

func fitsHF(m *ternary.Matrix, n int) error {
	if m.Rows < 0 || m.Cols < 0 || m.Rows%4 != 0 {
		return fault.New("dtype", fault.Shape, "packed weights hold rows in fours, not ", strconv.Itoa(m.Rows))
	}
	if m.Cols > 0 && m.Rows > math.MaxInt/m.Cols || m.Rows/4*m.Cols != n {
		return fault.New("dtype", fault.Length, strconv.Itoa(m.Rows), " x ", strconv.Itoa(m.Cols), " packed weights are not ", strconv.Itoa(n), " bytes")
	}
	return nil
}
