package gguf

// Writing a header of version 3, always the same bytes for the same pairs and tensors.

import (
	"encoding/binary"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tritkit/tritkit/core/dtype"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/tensor"
)

const writtenName = 63 // bytes of a tensor's name: ggml keeps a NUL behind them

// Header returns the bytes of a version 3 header up to the data section, the tensors with absolute Offset and Bytes,
// and the size of the whole file: tensors lie in the order given, each padded with zeros to the alignment, the last too.
//
// Tensors need Name, Type and Shape; of a type that is known by name only, Bytes too. Alignment 0 means 32; any other
// than 32 must stand among the pairs as general.alignment. Inputs are not modified.
func Header(kv []KV, tensors []tensor.Tensor, alignment int64) (head []byte, placed []tensor.Tensor, size int64, err error) {
	if alignment == 0 {
		alignment = defaultAlignment
	}
	if err := checkPairs(kv, alignment); err != nil {
		return nil, nil, 0, err
	}
	n := 24
	for i := range kv {
		n += 8 + len(kv[i].Key) + 4 + kv[i].Value.encodedLen()
	}
	for i := range tensors {
		if err := checkTensor(&tensors[i]); err != nil {
			return nil, nil, 0, err
		}
		n += 8 + len(tensors[i].Name) + 4 + 8*len(tensors[i].Shape) + 4 + 8
	}
	if i := repeated(len(tensors), func(i int) string { return tensors[i].Name }); i >= 0 {
		return nil, nil, 0, fault.New("gguf", fault.Key, "the tensor is there twice").In(tensors[i].Name)
	}
	data, _ := checkedPad(int64(n), alignment)
	if data > maxHeader {
		return nil, nil, 0, fault.New("gguf", fault.Limit, "a header of ", strconv.FormatInt(data, 10), " bytes, more than 256 MiB")
	}
	if placed, size, err = place(tensors, data, alignment); err != nil {
		return nil, nil, 0, err
	}
	head = make([]byte, 0, data)
	head = append(head, "GGUF"...)
	head = binary.LittleEndian.AppendUint32(head, 3)
	head = binary.LittleEndian.AppendUint64(head, uint64(len(tensors)))
	head = binary.LittleEndian.AppendUint64(head, uint64(len(kv)))
	for i := range kv {
		head = kv[i].Value.append(appendString(head, kv[i].Key))
	}
	for i := range placed {
		head = appendEntry(head, &placed[i], data)
	}
	return head[:data], placed, size, nil // the rest of a new slice is zeros
}

// place puts the tensors one behind the other.
func place(tensors []tensor.Tensor, data, alignment int64) (placed []tensor.Tensor, size int64, err error) {
	placed = make([]tensor.Tensor, len(tensors))
	copy(placed, tensors)
	size = data
	for i := range placed {
		t := &placed[i]
		if f := dtype.Lookup(t.Type); f.Block != 0 {
			if t.Bytes, err = f.Size(t.Rows(), t.Cols()); err != nil {
				return nil, 0, within(err, t.Name)
			}
		}
		t.Offset = size
		padded, ok := checkedPad(t.Bytes, alignment)
		if size, err = size+padded, nil; !ok || size < padded {
			return nil, 0, fault.New("gguf", fault.Overflow, "the file would be larger than 2^63 bytes").In(t.Name)
		}
	}
	return placed, size, nil
}

func checkPairs(kv []KV, want int64) error {
	found := int64(defaultAlignment)
	for i := range kv {
		key := kv[i].Key
		if key == "" || len(key) > maxKey || !utf8.ValidString(key) || strings.IndexByte(key, 0) >= 0 {
			return fault.New("gguf", fault.Key, fault.Quote(key), " is no key: 1 to 65535 bytes of UTF-8 without NUL")
		}
		if v := kv[i].Value; v.kind == TypeString && len(v.data) > maxString {
			return fault.New("gguf", fault.Limit, "a string of ", strconv.Itoa(len(v.data)), " bytes, more than 64 MiB").In(key)
		}
		if key == alignmentKey {
			found = alignment(kv[i].Value)
		}
	}
	if i := repeated(len(kv), func(i int) string { return kv[i].Key }); i >= 0 {
		return fault.New("gguf", fault.Key, "the key is there twice").In(kv[i].Key)
	}
	if found != want || want == 0 {
		return fault.New("gguf", fault.Alignment, "the pairs say an alignment of ", strconv.FormatInt(found, 10), ", the tensors are placed at ", strconv.FormatInt(want, 10)).In(alignmentKey)
	}
	return nil
}

func checkTensor(t *tensor.Tensor) error {
	f := dtype.Lookup(t.Type)
	switch {
	case t.Name == "" || len(t.Name) > writtenName || !utf8.ValidString(t.Name) || strings.IndexByte(t.Name, 0) >= 0:
		return fault.New("gguf", fault.Key, fault.Quote(t.Name), " is no tensor name: 1 to 63 bytes of UTF-8 without NUL").In(t.Name)
	case f == nil || !t.Type.GGUF():
		return fault.New("gguf", fault.TensorType, t.Type.String(), " has no number in GGUF").In(t.Name)
	case len(t.Shape) > maxDims || len(t.Shape) == 0 && t.Type != dtype.F32:
		return fault.New("gguf", fault.Shape, strconv.Itoa(len(t.Shape)), " dimensions; 1 to 4 can be written").In(t.Name)
	}
	for _, d := range t.Shape {
		if d < 0 {
			return fault.New("gguf", fault.Shape, "a dimension of ", strconv.FormatInt(d, 10)).In(t.Name)
		}
	}
	if !checkedElements(t.Shape) || t.Bytes < 0 {
		return fault.New("gguf", fault.Overflow, "the number of elements overflows 64 bits").In(t.Name)
	}
	return nil
}

// encodedLen returns the bytes that append writes after the type.
func (v Value) encodedLen() int {
	switch v.kind {
	case TypeString:
		return 8 + len(v.data)
	case TypeArray:
		return 4 + 8 + len(v.data)
	}
	return types[v.kind].size
}

// append appends the type and the value.
func (v Value) append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(v.kind))
	switch v.kind {
	case TypeString:
		return appendString(b, v.data)
	case TypeArray:
		b = binary.LittleEndian.AppendUint32(b, uint32(v.elem))
		b = binary.LittleEndian.AppendUint64(b, v.bits)
		return append(b, v.data...)
	}
	b = binary.LittleEndian.AppendUint64(b, v.bits)
	return b[:len(b)-8+types[v.kind].size]
}

func appendString(b []byte, s string) []byte {
	b = binary.LittleEndian.AppendUint64(b, uint64(len(s)))
	return append(b, s...)
}

// appendEntry appends a tensor's entry in the table; data is where the data section starts.
func appendEntry(b []byte, t *tensor.Tensor, data int64) []byte {
	b = appendString(b, t.Name)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(t.Shape)))
	for i := len(t.Shape) - 1; i >= 0; i-- {
		b = binary.LittleEndian.AppendUint64(b, uint64(t.Shape[i]))
	}
	b = binary.LittleEndian.AppendUint32(b, t.Type.Number())
	return binary.LittleEndian.AppendUint64(b, uint64(t.Offset-data))
}
