package dtype

// What the ternary formats with a scale in every block have in common: TQ1_0, TQ2_0 and Q2_0.

import (
	"encoding/binary"
	"math"
	"strconv"

	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/ternary"
)

// blocked is a ternary format whose blocks hold codes and an f16 scale d, which is 0 exactly when all trits are.
type blocked struct {
	name     string
	shape    shape
	d, codes int // byte offsets of the scale and of the codes within a block

	pack   func(dst []byte, t []int8) seen // the codes of one block
	unpack func(t []int8, src []byte)
	scan   func(src []byte) seen
	bad    func(src []byte) int // offset of the first impossible byte within the codes of a block
}

// codesOf returns the bytes of block b without its scale: all the scale's neighbours are codes.
func (f *blocked) codesOf(block []byte) []byte {
	if f.codes > 0 {
		return block[f.codes:]
	}
	return block[:f.d]
}

func (f *blocked) packMatrix(dst []byte, m *ternary.Matrix) error {
	if err := holds(f.name, f.shape, m, len(dst)); err != nil {
		return err
	}
	var last float32 // the scale that d was made from
	var d uint16     // 0: not made yet
	for at, i := 0, 0; at < len(dst); at, i = at+f.shape.bytes, i+f.shape.block {
		block := dst[at : at+f.shape.bytes]
		s := f.pack(f.codesOf(block), m.Trits[i:i+f.shape.block])
		if s.bad != 0 {
			return badTrit(m.Trits[i:i+f.shape.block], i)
		}
		if s.nonzero == 0 {
			binary.LittleEndian.PutUint16(block[f.d:], 0)
			continue
		}
		scale, err := scaleOf(m, i, f.shape.block)
		if err != nil {
			return err
		}
		if d == 0 || scale != last {
			if d, err = f16Scale(f.name, scale); err != nil {
				return err
			}
			last = scale
		}
		binary.LittleEndian.PutUint16(block[f.d:], d)
	}
	return nil
}

func (f *blocked) unpackMatrix(m *ternary.Matrix, src []byte) error {
	if err := fits(f.name, f.shape, m, len(src)); err != nil {
		return err
	}
	shared, err := f.survey(src)
	if err != nil {
		return err
	}
	if shared >= 0 {
		m.Fit(0)
		m.Scale[0] = FromF16(uint16(shared))
	} else {
		m.Fit(f.shape.block)
	}
	for at, b := 0, 0; at < len(src); at, b = at+f.shape.bytes, b+1 {
		block := src[at : at+f.shape.bytes]
		f.unpack(m.Trits[b*f.shape.block:(b+1)*f.shape.block], f.codesOf(block))
		if shared < 0 {
			m.Scale[b] = FromF16(binary.LittleEndian.Uint16(block[f.d:]))
		}
	}
	return nil
}

// survey checks all codes and scales. It returns the scale that all blocks with a non-zero trit share, 0 if there is
// no such block, or -1 if they do not share one.
func (f *blocked) survey(src []byte) (shared int, err error) {
	shared, first := 0, true
	for at := 0; at < len(src); at += f.shape.bytes {
		block := src[at : at+f.shape.bytes]
		s := f.scan(f.codesOf(block))
		if s.bad != 0 {
			off := at + f.codes + f.bad(f.codesOf(block))
			return 0, fault.At("dtype", fault.Code, int64(off), "byte ", strconv.Itoa(int(src[off])), " is no ", f.name, " code")
		}
		d := binary.LittleEndian.Uint16(block[f.d:])
		if err := checkScale(FromF16(d), s.nonzero != 0, int64(at+f.d)); err != nil {
			return 0, err
		}
		if s.nonzero == 0 {
			continue
		}
		if first {
			shared, first = int(d), false
		}
		if shared != int(d) {
			shared = -1
		}
	}
	return shared, nil
}

// checkScale judges a scale: finite, not negative, and not 0 beside a trit that is not 0. Offset -1 means none.
func checkScale(scale float32, nonzero bool, offset int64) error {
	if scale > 0 && scale <= math.MaxFloat32 || scale == 0 && !nonzero {
		return nil
	}
	what := "a scale"
	if scale == 0 {
		what = "trits other than 0 under a scale"
	}
	return fault.At("dtype", fault.Scale, offset, what, " of ", strconv.FormatFloat(float64(scale), 'g', -1, 32))
}

// f16Scale returns the scale as the f16 that a block holds.
func f16Scale(name string, scale float32) (uint16, error) {
	if err := checkScale(scale, true, -1); err != nil {
		return 0, err
	}
	d := ToF16(scale)
	if d == 0 || d >= f16Inf {
		return 0, fault.New("dtype", fault.Scale, name, " keeps its scale as f16, which cannot hold ", strconv.FormatFloat(float64(scale), 'g', -1, 32))
	}
	return d, nil
}

// scaleOf returns the one scale of the trits that are not 0 among the n trits from first on, of which some are not 0.
func scaleOf(m *ternary.Matrix, first, n int) (float32, error) {
	if m.Group == 0 {
		return m.Scale[0], nil
	}
	g := first / m.Group
	if (first+n-1)/m.Group == g {
		return m.Scale[g], nil
	}
	scale, found := float32(0), false
	for i := first; i < first+n; g++ {
		end := min((g+1)*m.Group, first+n)
		if c := ternary.Count(m.Trits[i:end]); c.Zero != c.Total() {
			if found && m.Scale[g] != scale {
				return 0, fault.New("dtype", fault.Scale, "trits ", strconv.Itoa(first), " to ", strconv.Itoa(first+n-1), " share one scale in this format, but have ",
					strconv.FormatFloat(float64(scale), 'g', -1, 32), " and ", strconv.FormatFloat(float64(m.Scale[g]), 'g', -1, 32))
			}
			scale, found = m.Scale[g], true
		}
		i = end
	}
	return scale, nil
}

// badTrit names the first of t, which starts at index first, that is no trit.
func badTrit(t []int8, first int) error {
	for i, x := range t {
		if x < -1 || x > 1 {
			return fault.New("dtype", fault.Code, "element ", strconv.Itoa(first+i), " is ", strconv.Itoa(int(x)), ", not a trit")
		}
	}
	return nil
}
