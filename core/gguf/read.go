package gguf

// Reading a header: magic, counts, pairs. Every number from the file is held against the bytes that are left first.

import (
	"encoding/binary"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tritkit/tritkit/core/dtype"
	"github.com/tritkit/tritkit/core/fault"
)

// Read parses the header of a GGUF file of size bytes and checks that its tensors fill the rest of the file.
//
// The error is a *fault.Error with the byte offset, or what r returned. Memory stays below 1 MiB + 16 bytes for each
// byte of the file, whatever the file claims, and is bounded by the caps; tensor data is not read. A type number that
// forks use differently is settled by the sizes of all tensors that carry it (File.Settled), or by opts.Assume.
func Read(r io.ReaderAt, size int64, opts ReadOptions) (*File, error) {
	d := &decoder{r: r, size: size}
	f := &File{Size: size}
	tensors, pairs, err := d.start(f)
	if err != nil {
		return nil, err
	}
	if err := d.pairs(f, pairs); err != nil {
		return nil, err
	}
	if err := d.table(f, tensors); err != nil {
		return nil, err
	}
	l, err := newLayout(f, d)
	if err != nil {
		return nil, err
	}
	if err := l.settle(opts.Assume); err != nil {
		return nil, err
	}
	return f, l.check()
}

// decoder walks the header. It keeps what it has read, from the start of the file, in one buffer that doubles.
type decoder struct {
	r     io.ReaderAt
	size  int64
	pos   int64
	buf   []byte
	at    []uint32 // where each pair, later each tensor, starts
	dims  []int64  // room for shapes, shared by many tensors
	kinds []kind
}

const firstRead = 64 << 10

func (d *decoder) left() int64 { return d.size - d.pos }

// need makes the next n bytes, n ≤ 2^62, available at d.buf[d.pos:].
func (d *decoder) need(n int64, what string) error {
	end := d.pos + n
	switch {
	case end > d.size:
		return fault.At("gguf", fault.Truncated, d.pos, "the file ends inside ", what).Try("the file is cut short: download or copy it again")
	case end > maxHeader:
		return fault.At("gguf", fault.Limit, d.pos, "the header is larger than 256 MiB")
	case end > int64(len(d.buf)):
		return d.read(end)
	}
	return nil
}

// read grows the buffer to at least end bytes.
func (d *decoder) read(end int64) error {
	have := len(d.buf)
	buf := make([]byte, min(d.size, max(end, 2*int64(have), firstRead)))
	copy(buf, d.buf)
	n, err := d.r.ReadAt(buf[have:], int64(have))
	if n < len(buf)-have {
		if err == io.EOF {
			return fault.At("gguf", fault.Changed, int64(have+n), "the file became shorter than ", strconv.FormatInt(d.size, 10), " bytes")
		}
		return err
	}
	d.buf = buf
	return nil
}

func (d *decoder) u32(what string) (uint32, error) {
	if err := d.need(4, what); err != nil {
		return 0, err
	}
	d.pos += 4
	return binary.LittleEndian.Uint32(d.buf[d.pos-4:]), nil
}

func (d *decoder) u64(what string) (uint64, error) {
	if err := d.need(8, what); err != nil {
		return 0, err
	}
	d.pos += 8
	return binary.LittleEndian.Uint64(d.buf[d.pos-8:]), nil
}

// skip reads a string's length and passes over its bytes, which then are d.buf[d.pos-n : d.pos].
func (d *decoder) skip(what string) (n int64, err error) {
	length, err := d.u64(what)
	if err != nil {
		return 0, err
	}
	if length > uint64(d.left()) {
		return 0, fault.At("gguf", fault.Length, d.pos-8, what, " of ", strconv.FormatUint(length, 10), " bytes, only ", strconv.FormatInt(d.left(), 10), " left")
	}
	n = int64(length)
	if n > maxString {
		return 0, fault.At("gguf", fault.Limit, d.pos-8, what, " of ", strconv.FormatInt(n, 10), " bytes, more than 64 MiB")
	}
	if err := d.need(n, what); err != nil {
		return 0, err
	}
	d.pos += n
	return n, nil
}

// name reads a key or a tensor's name: UTF-8 without NUL, not empty.
func (d *decoder) name(what string) (string, error) {
	n, err := d.skip(what)
	if err != nil {
		return "", err
	}
	bad := ""
	s := d.buf[d.pos-n : d.pos]
	switch {
	case n == 0:
		bad = " is empty"
	case n > maxKey:
		bad = " of " + strconv.FormatInt(n, 10) + " bytes, more than " + strconv.Itoa(maxKey)
	case !utf8.Valid(s):
		bad = " is not UTF-8"
	case strings.IndexByte(string(s), 0) >= 0:
		bad = " contains a NUL byte"
	default:
		return string(s), nil
	}
	return "", fault.At("gguf", fault.Key, d.pos-n-8, what, bad)
}

// start reads magic, version and the two counts.
func (d *decoder) start(f *File) (tensors, pairs int, err error) {
	if d.size < 4 {
		return 0, 0, fault.At("gguf", fault.Truncated, max(d.size, 0), "a file of ", strconv.FormatInt(d.size, 10), " bytes is no GGUF").Try("download or copy it again")
	}
	if err := d.need(4, "the magic"); err != nil {
		return 0, 0, err
	}
	d.pos = 4
	if string(d.buf[:4]) != "GGUF" {
		return 0, 0, notGGUF(d.buf)
	}
	if f.Version, err = d.u32("the version"); err != nil {
		return 0, 0, err
	}
	if err := checkVersion(f.Version); err != nil {
		return 0, 0, err
	}
	if tensors, err = d.count("tensors", 2*8, minTensor, maxTensors); err != nil {
		return 0, 0, err
	}
	pairs, err = d.count("pairs", 8, minPair, maxPairs)
	return tensors, pairs, err
}

func notGGUF(head []byte) error {
	what, next := fault.Foreign(head)
	if what == "" {
		what, next = "no GGUF: it starts with "+fault.Quote(string(head[:4])), "name a GGUF file, a safetensors file or a model folder"
	}
	return fault.At("gguf", fault.Magic, 0, "this is ", what).Try(next)
}

func checkVersion(v uint32) error {
	switch {
	case v == 2 || v == 3:
		return nil
	case v != 0 && v&0xffff == 0:
		return fault.At("gguf", fault.Endian, 4, "a big-endian file; only little-endian ones are read").Try("convert it with gguf_convert_endian.py of the gguf package, or get the little-endian file")
	case v == 1:
		return fault.At("gguf", fault.Version, 4, "version 1, which was in use for some weeks of 2023; 2 and 3 are read").Try("get the model in a newer file, or convert its original checkpoint")
	}
	return fault.At("gguf", fault.Version, 4, "version ", strconv.FormatUint(uint64(v), 10), "; 2 and 3 are read").Try("a newer trit may read it, if the file is not broken")
}

// count reads the number of things of at least smallest bytes each. It may be the last of the fixed fields or not.
func (d *decoder) count(what string, fields, smallest, most int64) (int, error) {
	n, err := d.u64("the number of " + what)
	if err != nil {
		return 0, err
	}
	if n > math.MaxInt64 {
		return 0, fault.At("gguf", fault.Count, d.pos-8, strconv.FormatInt(int64(n), 10), " ", what)
	}
	if n > uint64(d.left()/smallest) {
		return 0, fault.At("gguf", fault.Count, d.pos-8, strconv.FormatUint(n, 10), " ", what, " in the ", strconv.FormatInt(d.left(), 10), " bytes that are left")
	}
	if int64(n) > most {
		return 0, fault.At("gguf", fault.Limit, d.pos-8, strconv.FormatUint(n, 10), " ", what, ", more than ", strconv.FormatInt(most, 10))
	}
	return int(n), nil
}

// pairs reads n metadata pairs and the alignment among them.
func (d *decoder) pairs(f *File, n int) error {
	for len(f.KV) < n {
		d.at = append(d.at, uint32(d.pos))
		key, err := d.name("key")
		if err != nil {
			return err
		}
		v, err := d.value()
		if err != nil {
			return within(err, key)
		}
		f.KV = append(room(f.KV, n), KV{key, v})
	}
	if i := repeated(n, func(i int) string { return f.KV[i].Key }); i >= 0 {
		return fault.At("gguf", fault.Key, int64(d.at[i]), "the key is there twice").In(f.KV[i].Key)
	}
	f.Alignment = defaultAlignment
	for i := range f.KV {
		if f.KV[i].Key == alignmentKey {
			if f.Alignment = alignment(f.KV[i].Value); f.Alignment == 0 {
				return fault.At("gguf", fault.Alignment, int64(d.at[i]), "the alignment must be a u32, a power of two and at most 1 MiB").In(alignmentKey)
			}
		}
	}
	return nil
}

// alignment returns the alignment that a value gives, or 0 if it is none.
func alignment(v Value) int64 {
	n := int64(v.bits)
	if v.kind != TypeUint32 || n > maxAlignment || n&(n-1) != 0 {
		return 0
	}
	return n
}

// value reads a value type and a value.
func (d *decoder) value() (Value, error) {
	t, err := d.u32("a value type")
	if err != nil {
		return Value{}, err
	}
	switch kind := ValueType(t); {
	case int64(t) >= int64(len(types)):
		return Value{}, fault.At("gguf", fault.Type, d.pos-4, "value type ", strconv.FormatUint(uint64(t), 10), " does not exist")
	case kind == TypeArray:
		return d.array()
	case kind == TypeString:
		n, err := d.skip("string")
		if err != nil {
			return Value{}, err
		}
		return Value{kind: kind, data: string(d.buf[d.pos-n : d.pos])}, nil
	default:
		return d.scalar(kind)
	}
}

func (d *decoder) scalar(kind ValueType) (Value, error) {
	size := int64(types[kind].size)
	if err := d.need(size, "a value"); err != nil {
		return Value{}, err
	}
	d.pos += size
	v := scalar(kind, word(string(d.buf[d.pos-size:d.pos])))
	if kind == TypeBool && v.bits > 1 {
		return Value{}, fault.At("gguf", fault.Value, d.pos-1, "a bool of ", strconv.FormatUint(v.bits, 10))
	}
	return v, nil
}

func (d *decoder) array() (Value, error) {
	t, err := d.u32("an array")
	if err != nil {
		return Value{}, err
	}
	elem := ValueType(t)
	if elem == TypeArray {
		return Value{}, fault.At("gguf", fault.Type, d.pos-4, "an array of arrays, which no model needs")
	}
	if int64(t) >= int64(len(types)) {
		return Value{}, fault.At("gguf", fault.Type, d.pos-4, "an array of value type ", strconv.FormatUint(uint64(t), 10), ", which does not exist")
	}
	n, err := d.u64("an array")
	if err != nil {
		return Value{}, err
	}
	size := int64(types[elem].size)
	if n > uint64(d.left()/size) {
		return Value{}, fault.At("gguf", fault.Length, d.pos-8, "an array of ", strconv.FormatUint(n, 10), " ", elem.String(), ", only ", strconv.FormatInt(d.left(), 10), " bytes left")
	}
	start := d.pos
	if elem == TypeString {
		err = d.strings(int64(n))
	} else if err = d.need(int64(n)*size, "an array"); err == nil { // at most the bytes left, see above
		d.pos += int64(n) * size
	}
	if err != nil {
		return Value{}, err
	}
	v := Value{kind: TypeArray, elem: elem, bits: n, data: string(d.buf[start:d.pos])}
	if elem == TypeBool {
		for i := range v.data {
			if v.data[i] > 1 {
				return Value{}, fault.At("gguf", fault.Value, start+int64(i), "a bool of ", strconv.Itoa(int(v.data[i])))
			}
		}
	}
	return v, nil
}

// strings passes over n strings.
func (d *decoder) strings(n int64) error {
	for range n {
		if _, err := d.skip("string"); err != nil {
			return err
		}
	}
	return nil
}

// room returns list with room for one more of n in all. It doubles, so that memory grows with what was read and not
// with what n promises.
func room[T any](list []T, n int) []T {
	if len(list) < cap(list) {
		return list
	}
	bigger := make([]T, len(list), min(n, max(16, 2*len(list))))
	copy(bigger, list)
	return bigger
}

// within names the key or tensor that a fault is about.
func within(err error, name string) error {
	if e, ok := err.(*fault.Error); ok && e.Tensor == "" {
		e.Tensor = name
	}
	return err
}

// kind is one type number of a file.
type kind struct {
	number     uint32
	candidates []*dtype.Format
	format     *dtype.Format // what the number means here; nil until it is settled
	tensors    int
}
