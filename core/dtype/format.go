// Package dtype is the table of element formats: numbers, names, sizes, and functions bytes ↔ numbers.
//
// A format is a row of Formats. Float formats decode and encode float32; ternary formats pack and unpack trits and
// accept nothing else, so that a weight which was never snapped cannot reach them. All numbers are little endian.
package dtype

import (
	"math"
	"strconv"

	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/ternary"
)

// Format is one element format.
//
// A tensor of rows x cols elements takes rows * cols/Block * Bytes + Tail bytes; cols must be a multiple of Block.
type Format struct {
	Type               Type
	Name               string // lower case, as in flags and reports
	Block, Bytes, Tail int    // elements per block, bytes per block, bytes once per tensor; Block 0: the size is not known from the shape
	ScaleAt            int    // byte offset of the f16 scale within a block, in ternary formats without a Tail

	// Decode reads len(dst) elements, a whole number of blocks, from src, which holds at least those. Nil where the
	// values cannot be read here.
	Decode func(dst []float32, src []byte)
	// Encode writes len(src) elements, a whole number of blocks, to dst, which has room for them. The error is a fault
	// of class NotFinite with the index of the first value that has no finite encoding. Nil in ternary formats.
	Encode func(dst []byte, src []float32) error
	// Pack writes m, a whole tensor; len(dst) is Size(m.Rows, m.Cols). Nil in float formats and where we only read.
	// A scale that the format cannot hold is a fault of class Scale.
	Pack func(dst []byte, m *ternary.Matrix) error
	// Unpack reads a whole tensor into m, whose Rows and Cols are set and whose slices are reused when large enough.
	// An impossible code is a fault of class Code with its byte offset within src, a broken scale one of class Scale.
	Unpack func(m *ternary.Matrix, src []byte) error

	// ToCodes is the fast form of Unpack for rows of a multiple of CodesPerBlock: it reads whole rows, without a tail,
	// as codes (see codes.go). False: something is wrong with them, and Unpack says what. Nil: there is none.
	ToCodes func(dst, src []byte) bool
	// FromCodes is the fast form of Pack for such rows and one scale; dst is whole rows, without a tail. Nil: there is none.
	FromCodes func(dst, codes []byte, scale float32) error
	// FromHF is ToCodes and FromCodes in one for Hugging Face's packed form, where the scale is in the tail: of whole
	// rows of packed bytes, rows[i] gets those of the weight's quarter i (see quarters.go). Nil: there is none.
	FromHF func(rows *[4][]byte, src []byte) bool
}

// Ternary reports whether the format holds trits.
func (f *Format) Ternary() bool { return f.Unpack != nil }

// Size returns the bytes of a tensor of rows x cols elements, without the padding that a container adds.
func (f *Format) Size(rows, cols int64) (int64, error) {
	if f.Block == 0 {
		return 0, fault.New("dtype", fault.TensorType, "the size of ", f.Name, " tensors is not known from their shape")
	}
	return size(f.Name, shape{f.Block, f.Bytes, f.Tail}, rows, cols)
}

// shape is what the size of a tensor follows from; see Format.
type shape struct{ block, bytes, tail int }

func size(name string, s shape, rows, cols int64) (int64, error) {
	if rows < 0 || cols < 0 || cols%int64(s.block) != 0 {
		return 0, fault.New("dtype", fault.Shape, strconv.FormatInt(rows, 10), " x ", strconv.FormatInt(cols, 10),
			" is no shape for ", name, ": its rows come in blocks of ", strconv.Itoa(s.block))
	}
	blocks := cols / int64(s.block)
	if blocks > 0 && rows > (math.MaxInt64-int64(s.tail))/blocks/int64(s.bytes) {
		return 0, fault.New("dtype", fault.Overflow, strconv.FormatInt(rows, 10), " x ", strconv.FormatInt(cols, 10), " ", name, " elements overflow 64 bits")
	}
	return rows*blocks*int64(s.bytes) + int64(s.tail), nil
}

// fits returns a fault unless n bytes are exactly a tensor of m's shape whose elements this machine can index.
func fits(name string, s shape, m *ternary.Matrix, n int) error {
	want, err := size(name, s, int64(m.Rows), int64(m.Cols))
	if err != nil {
		return err
	}
	if want != int64(n) {
		return fault.New("dtype", fault.Length, strconv.Itoa(m.Rows), " x ", strconv.Itoa(m.Cols), " ", name, " elements take ",
			strconv.FormatInt(want, 10), " bytes, not ", strconv.Itoa(n))
	}
	if m.Cols > 0 && m.Rows > math.MaxInt/m.Cols {
		return fault.New("dtype", fault.Limit, strconv.Itoa(m.Rows), " x ", strconv.Itoa(m.Cols), " elements are more than this machine can index")
	}
	return nil
}

// holds is fits for a matrix to be packed, whose trits and scales must also be there.
func holds(name string, s shape, m *ternary.Matrix, n int) error {
	if err := fits(name, s, m, n); err != nil {
		return err
	}
	scales := 1
	if m.Group > 0 {
		if m.Cols%m.Group != 0 {
			return fault.New("dtype", fault.Shape, "groups of ", strconv.Itoa(m.Group), " do not divide rows of ", strconv.Itoa(m.Cols))
		}
		scales = m.Rows * m.Cols / m.Group
	}
	if len(m.Trits) != m.Rows*m.Cols || len(m.Scale) != scales || m.Group < 0 {
		return fault.New("dtype", fault.Shape, strconv.Itoa(m.Rows), " x ", strconv.Itoa(m.Cols), " elements with ",
			strconv.Itoa(len(m.Trits)), " trits and ", strconv.Itoa(len(m.Scale)), " scales")
	}
	return nil
}
