// Rows of codes that the file already holds: the ternary GGUF formats and the packed form of Hugging Face.

package checkpoint

import (
	"encoding/binary"
	"errors"
	"strconv"

	"github.com/tritkit/tritkit/core/dtype"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/ternary"
)

// unpack fills dst with rows of a ternary GGUF tensor. A tail (the scale of I2_S) is put behind the rows, so that they
// look like a whole tensor of their own.
func (m *Matrix) unpack(dst *ternary.Matrix, first int) error {
	s := m.r.scratch.Get().(*scratch)
	defer m.r.scratch.Put(s)
	src, err := m.bytes(s, first, dst.Rows)
	if err != nil {
		return err
	}
	if m.format.Tail > 0 {
		whole := make([]byte, len(src)+m.format.Tail)
		copy(whole[copy(whole, src):], m.tail)
		src = whole
	}
	scale, group := dst.Scale, dst.Group
	dst.Scale = nil // Unpack finds the scales of these rows; the tensor's are known already
	err = m.r.c.UnpackAs(m.format, dst, src)
	dst.Scale, dst.Group = scale, group
	return m.at(err, int64(first)*int64(len(src)/max(1, dst.Rows)))
}

// UnpackAs is f.Unpack in the layout that i2_s tensors of c have.
func (c *Checkpoint) UnpackAs(f *dtype.Format, dst *ternary.Matrix, src []byte) error {
	if f.Type == dtype.I2_S && c.layout != dtype.X86 {
		return dtype.UnpackI2SLayout(dst, src, c.layout)
	}
	return f.Unpack(dst, src)
}

// at makes an offset within rows an offset in the file.
func (m *Matrix) at(err error, base int64) error {
	if e, ok := errors.AsType[*fault.Error](err); ok && e.Offset >= 0 {
		e.Offset += m.Weight.Tensor.Offset + base
	}
	return err
}

// ternaryScales reads the scales of a ternary GGUF tensor: the one that all blocks with a trit in them share, or one a
// block. A .scale tensor beside it multiplies them.
func (m *Matrix) ternaryScales() error {
	factor := float32(1)
	if m.Weight.Scale != nil {
		var err error
		if factor, err = m.scalar(); err != nil {
			return err
		}
	}
	if m.format.Tail > 0 {
		return m.tailScale(factor)
	}
	return m.blockScales(factor)
}

// tailScale reads the one scale of an I2_S tensor.
func (m *Matrix) tailScale(factor float32) error {
	t := m.Weight.Tensor
	at := t.Bytes - int64(m.format.Tail)
	m.tail = make([]byte, m.format.Tail)
	if err := m.r.c.ReadAt(t.File, m.tail, t.Offset+at); err != nil {
		return err
	}
	one := ternary.Matrix{Rows: 0, Cols: m.Cols}
	if err := m.format.Unpack(&one, m.tail); err != nil { // no rows: only the scale is looked at
		return m.at(err, at)
	}
	m.Scale = []float32{float32(one.Scale[0] * factor)}
	return nil
}

// blockScales reads the f16 scale of every block of a TQ or Q2 tensor.
func (m *Matrix) blockScales(factor float32) error {
	f := m.format
	per := m.Cols / f.Block
	all := make([]float32, m.Rows*per)
	rows := m.panelRows()
	err := m.r.opts.Parallel.Run((m.Rows+rows-1)/rows, func(i int) error {
		s := m.r.scratch.Get().(*scratch)
		defer m.r.scratch.Put(s)
		a := i * rows
		n := min(rows, m.Rows-a)
		src, err := m.bytes(s, a, n)
		for b := 0; err == nil && b < n*per; b++ {
			d := dtype.FromF16(binary.LittleEndian.Uint16(src[b*f.Bytes+f.ScaleAt:]))
			if !(d >= 0) || d > 65504 {
				return fault.At("checkpoint", fault.Scale, m.Weight.Tensor.Offset+int64((a*per+b)*f.Bytes+f.ScaleAt),
					"the scale of block ", strconv.Itoa(a*per+b), " is ", ftoa(d))
			}
			all[a*per+b] = float32(d * factor)
		}
		return err
	})
	if err != nil {
		return err
	}
	m.Scale, m.Group = all, f.Block
	v, ok := shared(all)
	if !ok {
		if err := m.dropUnused(all); err != nil {
			return err
		}
		v, ok = shared(all)
	}
	if ok {
		m.Scale, m.Group = []float32{v}, 0
	}
	return nil
}

// dropUnused sets the scales of blocks without a trit to 0: what some writer left there scales nothing.
func (m *Matrix) dropUnused(scales []float32) error {
	f, per := m.format, m.Cols/m.format.Block
	return m.r.opts.Parallel.Run(m.Rows, func(row int) error {
		s := m.r.scratch.Get().(*scratch)
		defer m.r.scratch.Put(s)
		src, err := m.bytes(s, row, 1)
		block := ternary.Matrix{Rows: 1, Cols: f.Block}
		for b := 0; err == nil && b < per; b++ {
			if scales[row*per+b] == 0 || f.Unpack(&block, src[b*f.Bytes:(b+1)*f.Bytes]) != nil { // a fault is found where it is read
				continue
			}
			if c := ternary.Count(block.Trits); c.Zero == c.Total() {
				scales[row*per+b] = 0
			}
		}
		return err
	})
}

// shared returns the one scale that all blocks have, but for blocks with none (d = 0: all their trits are 0).
func shared(scales []float32) (float32, bool) {
	var v float32
	for _, d := range scales {
		if d == 0 || d == v {
			continue
		}
		if v != 0 {
			return 0, false
		}
		v = d
	}
	return v, true
}

// unpackHF fills dst with rows of a packed Hugging Face tensor: with q byte rows, row r is bits 2(r/q)+1:2(r/q) of byte
// row r%q, code + 1. Source: huggingface/transformers integrations/bitnet.py at 0b4060e, unpack_weights.
func (m *Matrix) unpackHF(dst *ternary.Matrix, first int) error {
	s := m.r.scratch.Get().(*scratch)
	defer m.r.scratch.Put(s)
	quarter := m.Rows / 4
	for i := 0; i < dst.Rows; i++ {
		r := first + i
		src, err := m.bytes(s, r%quarter, 1)
		if err != nil {
			return err
		}
		if bad := unpackRow(dst.Trits[i*m.Cols:(i+1)*m.Cols], src, 2*(r/quarter)); bad >= 0 {
			return fault.At("checkpoint", fault.Code, m.Weight.Tensor.Offset+int64(r%quarter)*int64(m.Cols)+int64(bad),
				"code 3 in row ", strconv.Itoa(r), ", column ", strconv.Itoa(bad), ": packed codes are 0, 1, 2")
		}
	}
	return nil
}

// unpackRow takes the two bits at shift of every byte, less one, eight at a time. It returns the index of the first
// code 3, or -1.
func unpackRow(t []int8, src []byte, shift int) int {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	i := 0
	var bad uint64
	for ; i+8 <= len(src); i += 8 {
		c := binary.LittleEndian.Uint64(src[i:]) >> shift & (3 * ones)
		bad |= c & (c >> 1) & ones
		ternary.Store8(t[i:], (c|high)-ones^high) // the high bit stops borrows between lanes
	}
	for ; i < len(src); i++ {
		c := src[i] >> shift & 3
		bad |= uint64(c & (c >> 1))
		t[i] = int8(c) - 1
	}
	if bad == 0 {
		return -1
	}
	for i, b := range src {
		if b>>shift&3 == 3 {
			return i
		}
	}
	return -1
}
