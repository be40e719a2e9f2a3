// A look at single values: some elements of a tensor with the bytes they lie in, some elements of a metadata array.

package inspect

import (
	"context"
	"math"
	"strconv"
	"strings"

	"github.com/tritkit/tritkit/core/checkpoint"
	"github.com/tritkit/tritkit/core/dtype"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/gguf"
	"github.com/tritkit/tritkit/core/json"
	"github.com/tritkit/tritkit/core/tensor"
	"github.com/tritkit/tritkit/core/ternary"
)

// MostPeek is the largest PeekOptions.Count.
const MostPeek = 1 << 16

// PeekOptions say what to look at: a tensor or a metadata key.
type PeekOptions struct {
	Tensor, Key string
	First       int64  // element to begin with
	Count       int64  // at most so many, up to MostPeek; 0: 64
	Find        string // of a Key: only elements whose text contains it
}

// Slice is what Peek found.
type Slice struct {
	Tensor, Key string
	DType       string
	Shape       []int64
	First       int64

	// Of a tensor.
	File   string
	Offset int64     // of Raw, absolute in File
	Raw    []byte    // the whole blocks that the elements lie in; of I2_S without the scale at the tensor's end
	Values []float32 // trit * scale where the type is ternary; nil where values of the type cannot be read here

	// Of a key.
	Elements []gguf.Value
	Indices  []int // of Elements, with Find
}

// Peek looks. Of the packed uint8 form of Hugging Face the elements are the weight's, not the bytes, and no more of them
// than lie in one run of bytes: a quarter of the rows.
func Peek(ctx context.Context, c *checkpoint.Checkpoint, o PeekOptions) (*Slice, error) {
	if o.Count == 0 {
		o.Count = 64
	}
	if o.First < 0 || o.Count < 0 || o.Count > MostPeek {
		return nil, fault.New("inspect", fault.Usage, "cannot look at ", strconv.FormatInt(o.Count, 10), " elements from ", strconv.FormatInt(o.First, 10)).
			Try("--first from 0 on, --count up to ", strconv.Itoa(MostPeek))
	}
	if (o.Tensor == "") == (o.Key == "") {
		return nil, fault.New("inspect", fault.Usage, "look at a tensor or at a key").Try("--tensor NAME or --key KEY")
	}
	if o.Key != "" {
		return peekKey(c, o)
	}
	t := c.Tensor(o.Tensor)
	if t == nil {
		return nil, fault.New("inspect", fault.NotFound, "there is no such tensor").In(o.Tensor).Try("trit show --tensors lists them")
	}
	s := &Slice{Tensor: t.Name, DType: t.Type.String(), Shape: t.Shape, First: o.First, File: c.Files[t.File].Name}
	for i := range c.Weights {
		if w := &c.Weights[i]; w.Tensor == t && w.Source == checkpoint.Packed {
			return s, s.packed(ctx, c, w, o.Count)
		}
	}
	return s, s.tensor(c, t, o.Count)
}

// tensor looks at elements in the order of the file.
func (s *Slice) tensor(c *checkpoint.Checkpoint, t *tensor.Tensor, count int64) error {
	f := dtype.Lookup(t.Type)
	if f == nil || f.Block == 0 {
		return fault.New("inspect", fault.TensorType, "where an element of ", t.Type.String(), " lies is not known").In(t.Name)
	}
	if err := s.within(t.Elements()); err != nil {
		return err
	}
	count = min(count, t.Elements()-s.First)
	block := int64(f.Block)
	a, b := s.First/block, (s.First+count+block-1)/block
	s.Offset, s.Raw = t.Offset+a*int64(f.Bytes), make([]byte, (b-a)*int64(f.Bytes))
	if err := c.ReadAt(t.File, s.Raw, s.Offset); err != nil {
		return err
	}
	all := make([]float32, (b-a)*block)
	switch {
	case f.Decode != nil:
		f.Decode(all, s.Raw)
	case f.Unpack != nil:
		if err := s.unpack(c, t, f, all); err != nil {
			return fault.InFile(err, s.File)
		}
	default:
		return nil
	}
	s.Values = all[s.First-a*block:][:count]
	return nil
}

// unpack reads whole blocks of a ternary format, as if they were a tensor of their own.
func (s *Slice) unpack(c *checkpoint.Checkpoint, t *tensor.Tensor, f *dtype.Format, all []float32) error {
	src := s.Raw
	if f.Tail > 0 {
		src = make([]byte, len(s.Raw)+f.Tail)
		copy(src, s.Raw)
		if err := c.ReadAt(t.File, src[len(s.Raw):], t.Offset+t.Bytes-int64(f.Tail)); err != nil {
			return err
		}
	}
	m := ternary.Matrix{Rows: 1, Cols: len(all)}
	err := c.UnpackAs(f, &m, src)
	if e, ok := err.(*fault.Error); ok {
		e.Tensor = t.Name
		if e.Offset >= 0 {
			e.Offset += s.Offset
		}
	}
	if err != nil {
		return err
	}
	m.Weights(all, 0)
	return nil
}

// packed looks at elements of a weight whose codes lie four rows to a byte row.
func (s *Slice) packed(ctx context.Context, c *checkpoint.Checkpoint, w *checkpoint.Weight, count int64) error {
	s.Shape, s.DType = w.Shape, "packed"
	if err := s.within(w.Rows() * w.Cols()); err != nil {
		return err
	}
	quarter := w.Rows() / 4 * w.Cols()
	count = min(count, quarter-s.First%quarter)
	s.Offset, s.Raw = w.Tensor.Offset+s.First%quarter, make([]byte, count)
	if err := c.ReadAt(w.Tensor.File, s.Raw, s.Offset); err != nil {
		return err
	}
	m, err := c.NewReader(checkpoint.ReadOptions{HFOrder: true}).Open(ctx, w)
	if err != nil {
		return err
	}
	a := s.First / w.Cols()
	rows := ternary.Matrix{Rows: int((s.First+count-1)/w.Cols() - a + 1), Cols: m.Cols}
	if err := m.ReadRows(&rows, int(a)); err != nil {
		return err
	}
	s.Values = make([]float32, count)
	rows.Weights(s.Values, int(s.First-a*w.Cols()))
	return nil
}

func (s *Slice) within(elements int64) error {
	if s.First < elements {
		return nil
	}
	return fault.New("inspect", fault.Usage, "it has ", strconv.FormatInt(elements, 10), " elements").In(s.Tensor).
		Try("--first up to ", strconv.FormatInt(elements-1, 10))
}

// peekKey looks at metadata: of a GGUF any value, of safetensors its strings.
func peekKey(c *checkpoint.Checkpoint, o PeekOptions) (*Slice, error) {
	var v gguf.Value
	ok := false
	if c.GGUF != nil {
		v, ok = c.GGUF.Get(o.Key)
	}
	for _, p := range c.Metadata {
		if p.Key == o.Key {
			v, ok = gguf.String(p.Value), true
		}
	}
	if !ok {
		return nil, fault.New("inspect", fault.NotFound, "there is no such key").In(o.Key).Try("trit show --kv lists them")
	}
	s := &Slice{Key: o.Key, DType: v.Elem().String(), First: o.First, Shape: []int64{}}
	if v.Type() == gguf.TypeArray {
		s.Shape = []int64{int64(v.Len())}
	}
	v.Elements(func(i int, e gguf.Value) bool {
		if int64(i) >= o.First && contains(e, o.Find) {
			s.Elements = append(s.Elements, e)
			if o.Find != "" {
				s.Indices = append(s.Indices, i)
			}
		}
		return int64(len(s.Elements)) < o.Count
	})
	return s, nil
}

func contains(v gguf.Value, text string) bool {
	if text == "" {
		return true
	}
	s, err := v.Text()
	if err != nil {
		s = string(v.AppendJSON(nil, 0))
	}
	return strings.Contains(s, text)
}

// AppendJSON appends {"tensor","dtype","shape","first","file","offset","hex","values"}, or of a key
// {"key","dtype","shape","first","values"} and with Find "indices".
func (s *Slice) AppendJSON(b []byte) []byte {
	b = append(b, '{')
	if s.Key != "" {
		b = json.AppendString(json.AppendKey(b, "key"), s.Key)
	} else {
		b = json.AppendString(json.AppendKey(b, "tensor"), s.Tensor)
	}
	b = json.AppendString(json.AppendKey(b, "dtype"), s.DType)
	b = json.AppendArray(json.AppendKey(b, "shape"), len(s.Shape), func(b []byte, i int) []byte { return json.AppendInt(b, s.Shape[i]) })
	b = json.AppendInt(json.AppendKey(b, "first"), s.First)
	if s.Key == "" {
		return s.appendTensor(b)
	}
	b = json.AppendArray(json.AppendKey(b, "values"), len(s.Elements), func(b []byte, i int) []byte { return s.Elements[i].AppendJSON(b, math.MaxInt) })
	if s.Indices != nil {
		b = json.AppendArray(json.AppendKey(b, "indices"), len(s.Indices), func(b []byte, i int) []byte { return json.AppendInt(b, int64(s.Indices[i])) })
	}
	return append(b, '}')
}

func (s *Slice) appendTensor(b []byte) []byte {
	const digits = "0123456789abcdef"
	b = json.AppendString(json.AppendKey(b, "file"), s.File)
	b = json.AppendInt(json.AppendKey(b, "offset"), s.Offset)
	b = append(json.AppendKey(b, "hex"), '"')
	for _, x := range s.Raw {
		b = append(b, digits[x>>4], digits[x&15])
	}
	b = append(b, '"')
	b = json.AppendArray(json.AppendKey(b, "values"), len(s.Values), func(b []byte, i int) []byte { return json.AppendFloat32(b, s.Values[i]) })
	return append(b, '}')
}
