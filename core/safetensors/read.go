package safetensors

// The header: its length, its JSON, and whether the tensors tile the data.

import (
	"encoding/binary"
	"io"
	"math"
	"sort"
	"strconv"

	"github.com/tritkit/tritkit/core/dtype"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/json"
	"github.com/tritkit/tritkit/core/tensor"
)

// Read parses the header of a safetensors file of size bytes. It reads nothing of the tensors' data.
func Read(r io.ReaderAt, size int64) (*File, error) {
	header, err := readHeader(r, size)
	if err != nil {
		return nil, err
	}
	f := &File{Size: size, Data: 8 + int64(len(header))}
	if err := f.parse(header); err != nil {
		return nil, err
	}
	return f, f.tile()
}

func readHeader(r io.ReaderAt, size int64) ([]byte, error) {
	if size < 8 {
		return nil, fault.At("safetensors", fault.Truncated, size, "a file of ", strconv.FormatInt(size, 10), " bytes; a header length alone takes 8")
	}
	var b [8]byte
	if n, err := r.ReadAt(b[:], 0); n < 8 {
		return nil, short(err, int64(n))
	}
	n := binary.LittleEndian.Uint64(b[:])
	if n > uint64(size-8) {
		return nil, fault.At("safetensors", fault.Length, 0, "a header of ", strconv.FormatUint(n, 10), " bytes in a file of ", strconv.FormatInt(size, 10))
	}
	if n > maxHeader {
		return nil, fault.At("safetensors", fault.Limit, 0, "a header of ", strconv.FormatUint(n, 10), " bytes; at most ", strconv.Itoa(maxHeader), " are read")
	}
	if n < 2 {
		return nil, fault.At("safetensors", fault.Length, 0, "a header of ", strconv.FormatUint(n, 10), " bytes holds no JSON object")
	}
	const chunk = 1 << 20
	var header []byte
	for len(header) < int(n) {
		from := len(header)
		header = append(header, make([]byte, min(chunk, int(n)-from))...)
		if k, err := r.ReadAt(header[from:], 8+int64(from)); k < len(header)-from {
			return nil, short(err, 8+int64(from+k))
		}
	}
	if header[0] != '{' {
		return nil, fault.At("safetensors", fault.JSON, 8, "the header does not start with {")
	}
	return header, nil
}

func short(err error, at int64) error {
	if err == nil || err == io.EOF {
		return fault.At("safetensors", fault.Truncated, at, "the file ends inside the header")
	}
	return err
}

// parse reads the JSON.
func (f *File) parse(header []byte) error {
	d := json.NewDecoder(header, json.Limits{Members: 1 << 21}) // eight or so members and elements a tensor: 256 Ki tensors
	err := d.Object(func(name string) error {
		if name == "__metadata__" {
			return f.metadata(d)
		}
		t, err := readTensor(d, name)
		f.Tensors = append(f.Tensors, t)
		return err
	})
	if err == nil {
		err = d.End()
	}
	if e, ok := err.(*fault.Error); ok && e.Pkg == "json" {
		e.Pkg = "safetensors"
		e.Offset += 8
	}
	return err
}

func (f *File) metadata(d *json.Decoder) error {
	return d.Object(func(key string) error {
		v, err := d.String()
		f.Metadata = append(f.Metadata, Pair{key, v})
		return err
	})
}

// readTensor reads {"dtype":…,"shape":…,"data_offsets":…}: these three fields, each once, in any order.
func readTensor(d *json.Decoder, name string) (t tensor.Tensor, err error) {
	t.Name = name
	var seen struct{ dtype, shape, offsets bool }
	at := 8 + d.Offset()
	err = d.Object(func(field string) (err error) {
		switch field {
		case "dtype":
			seen.dtype = true
			t.Type, err = readType(d, name)
		case "shape":
			seen.shape = true
			t.Shape, err = readNumbers(d, maxDims)
		case "data_offsets":
			seen.offsets = true
			t.Offset, t.Bytes, err = readOffsets(d)
		default:
			return fault.At("safetensors", fault.JSON, 8+d.Offset(), "a tensor has no field ", fault.Quote(field)).In(name)
		}
		return err
	})
	if err == nil && !(seen.dtype && seen.shape && seen.offsets) {
		return t, fault.At("safetensors", fault.JSON, at, "dtype, shape or data_offsets is missing").In(name)
	}
	if e, ok := err.(*fault.Error); ok && e.Tensor == "" {
		e.Tensor = name
	}
	return t, err
}

func readType(d *json.Decoder, name string) (dtype.Type, error) {
	s, err := d.String()
	if err != nil {
		return 0, err
	}
	t, ok := typeByName(s)
	if !ok {
		return 0, fault.At("safetensors", fault.TensorType, 8+d.Offset(), "element type ", fault.Quote(s), " is not known").In(name)
	}
	return t, nil
}

func readNumbers(d *json.Decoder, most int) (list []int64, err error) {
	list = []int64{}
	err = d.Array(func(i int) error {
		if i >= most {
			return fault.At("safetensors", fault.Shape, 8+d.Offset(), "more than ", strconv.Itoa(most), " numbers")
		}
		n, err := d.Int()
		if err == nil && n < 0 {
			err = fault.At("safetensors", fault.JSON, 8+d.Offset(), strconv.FormatInt(n, 10), " where a size is needed")
		}
		list = append(list, n)
		return err
	})
	return list, err
}

func readOffsets(d *json.Decoder) (begin, bytes int64, err error) {
	list, err := readNumbers(d, 2)
	if err != nil {
		return 0, 0, err
	}
	if len(list) != 2 || list[1] < list[0] {
		return 0, 0, fault.At("safetensors", fault.Offset, 8+d.Offset(), "data_offsets is [begin, end], and end is not before begin")
	}
	return list[0], list[1] - list[0], nil
}

// tile checks every length against its shape, and that the tensors fill the data from its first byte to its last.
func (f *File) tile() error {
	sort.SliceStable(f.Tensors, func(i, j int) bool {
		a, b := &f.Tensors[i], &f.Tensors[j]
		return a.Offset < b.Offset || a.Offset == b.Offset && a.Bytes < b.Bytes
	})
	room, end := f.Size-f.Data, int64(0)
	for i := range f.Tensors {
		t := &f.Tensors[i]
		want, err := sizeOf(t)
		if err != nil {
			return err
		}
		switch {
		case t.Bytes != want:
			return fault.At("safetensors", fault.Shape, f.Data, strconv.FormatInt(t.Bytes, 10), " bytes, but its shape and type make ", strconv.FormatInt(want, 10)).In(t.Name)
		case t.Offset > room || t.Bytes > room-t.Offset:
			return fault.At("safetensors", fault.Bounds, f.Data, "ends at ", strconv.FormatInt(t.Offset, 10), " + ", strconv.FormatInt(t.Bytes, 10), " of the data, which has ", strconv.FormatInt(room, 10), " bytes").In(t.Name)
		case t.Offset < end:
			return fault.At("safetensors", fault.Offset, f.Data+t.Offset, "starts inside the tensor before it").In(t.Name)
		case t.Offset > end:
			return fault.At("safetensors", fault.Offset, f.Data+end, "a hole of ", strconv.FormatInt(t.Offset-end, 10), " bytes before it").In(t.Name)
		}
		end = t.Offset + t.Bytes
		t.Offset += f.Data
	}
	if end != room {
		return fault.At("safetensors", fault.Bounds, f.Data+end, strconv.FormatInt(room-end, 10), " bytes after the last tensor belong to none")
	}
	return nil
}

// sizeOf returns the bytes that shape and type make, checked.
func sizeOf(t *tensor.Tensor) (int64, error) {
	n := int64(dtype.Lookup(t.Type).Bytes)
	for _, d := range t.Shape {
		if d != 0 && n > math.MaxInt64/d {
			return 0, fault.At("safetensors", fault.Overflow, 8, "the shape multiplies to more than 64 bits hold").In(t.Name)
		}
		n *= d
	}
	return n, nil
}
