package main

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"slices"
)

// Go's linker ends a piece of data wherever eight bytes are zero, which makes some 60,000 pieces with an address each: a
// sixteenth of the compressed module. Zeros cost next to nothing compressed, so pieces this near are joined.
const near = 4096

const (
	codeData  = 11 // the section's number
	dataCount = 12
)

// Of a segment that is placed at a constant address: flags 0, i32.const ADDRESS, end, LENGTH, bytes.
const (
	i32Const = 0x41
	end      = 0x0b
)

var errWasm = errors.New("not a WebAssembly module as Go's linker writes it")

// segment is a piece of data and its address.
type segment struct {
	at   int64
	data []byte
}

// shrink returns the module with its data in few pieces, and without the lines of its code.
func shrink(module []byte) ([]byte, error) {
	if !bytes.HasPrefix(module, []byte("\x00asm\x01\x00\x00\x00")) {
		return nil, errWasm
	}
	out, r := append([]byte(nil), module[:8]...), &reader{b: module[8:]}
	for len(r.b) > 0 {
		id, body := r.byte(), r.take(r.uint())
		switch {
		case id == dataCount:
			return nil, errWasm // it would have to say the new number
		case id == codeData:
			segments, err := readSegments(body)
			if err != nil {
				return nil, err
			}
			segments = join(segments)
			if err := dropLines(aboutCode(segments)); err != nil {
				return nil, err
			}
			body = appendSegments(nil, segments)
		}
		if r.broken {
			return nil, errWasm
		}
		out = binary.AppendUvarint(append(out, id), uint64(len(body)))
		out = append(out, body...)
	}
	return out, nil
}

// readSegments reads the section of data and returns its pieces by address; none may lie in another.
func readSegments(section []byte) ([]segment, error) {
	r := &reader{b: section}
	var list []segment
	for n := r.uint(); n > 0 && !r.broken; n-- {
		constant := r.byte() == 0 && r.byte() == i32Const
		s := segment{at: r.int()}
		constant = constant && r.byte() == end
		s.data = r.take(r.uint())
		if !constant {
			return nil, errWasm
		}
		list = append(list, s)
	}
	if r.broken || len(r.b) > 0 {
		return nil, errWasm
	}
	slices.SortFunc(list, func(a, b segment) int { return cmp.Compare(a.at, b.at) })
	for i := 1; i < len(list); i++ {
		if list[i].at < list[i-1].at+int64(len(list[i-1].data)) {
			return nil, errWasm
		}
	}
	return list, nil
}

func join(list []segment) (out []segment) {
	for _, s := range list {
		if n := len(out); n > 0 {
			last := &out[n-1]
			if gap := s.at - last.at - int64(len(last.data)); gap <= near {
				last.data = append(append(last.data, make([]byte, gap)...), s.data...)
				continue
			}
		}
		out = append(out, segment{s.at, bytes.Clone(s.data)})
	}
	return out
}

// aboutCode returns the segment that knows the functions of the program.
func aboutCode(list []segment) []byte {
	for _, s := range list {
		if bytes.Contains(s.data, lineTable) {
			return s.data
		}
	}
	return nil
}

func appendSegments(b []byte, list []segment) []byte {
	b = binary.AppendUvarint(b, uint64(len(list)))
	for _, s := range list {
		b = appendInt(append(b, 0, i32Const), s.at)
		b = binary.AppendUvarint(append(b, end), uint64(len(s.data)))
		b = append(b, s.data...)
	}
	return b
}

// appendInt appends n as signed LEB128.
func appendInt(b []byte, n int64) []byte {
	for ; n < -64 || n > 63; n >>= 7 {
		b = append(b, byte(n)|0x80)
	}
	return append(b, byte(n)&0x7f)
}

// reader reads from the front of b; what is not there makes it broken, and reads as 0.
type reader struct {
	b      []byte
	broken bool
}

func (r *reader) byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) take(n uint64) []byte {
	if n > uint64(len(r.b)) {
		r.broken, r.b = true, nil
		return nil
	}
	b := r.b[:n]
	r.b = r.b[n:]
	return b
}

func (r *reader) uint() uint64 {
	n, size := binary.Uvarint(r.b)
	r.take(uint64(max(size, 0)))
	r.broken = r.broken || size <= 0
	return n
}

// int reads signed LEB128.
func (r *reader) int() (n int64) {
	for shift := 0; shift < 64; shift += 7 {
		c := r.byte()
		n |= int64(c&0x7f) << shift
		if c < 0x80 {
			if c&0x40 != 0 && shift < 57 {
				n -= 1 << (shift + 7)
			}
			return n
		}
	}
	r.broken = true
	return 0
}
