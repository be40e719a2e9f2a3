package gguf

// Reading the tensor table: names, shapes, type numbers and offsets, each checked by itself.

import (
	"math"
	"sort"
	"strconv"

	"github.com/tritkit/tritkit/core/dtype"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/tensor"
)

// table reads n entries. Until the layout is checked a tensor's Type is the bare number and its Offset counts from the
// data section, and both are the file's word.
func (d *decoder) table(f *File, n int) error {
	d.at = d.at[:0]
	for len(f.Tensors) < n {
		d.at = append(d.at, uint32(d.pos))
		t, err := d.entry()
		if err != nil {
			return err
		}
		f.Tensors = append(room(f.Tensors, n), t)
	}
	if i := repeated(n, func(i int) string { return f.Tensors[i].Name }); i >= 0 {
		return fault.At("gguf", fault.Key, int64(d.at[i]), "the tensor is there twice").In(f.Tensors[i].Name)
	}
	return nil
}

func (d *decoder) entry() (t tensor.Tensor, err error) {
	start := d.pos
	if t.Name, err = d.name("tensor name"); err != nil {
		return t, err
	}
	if len(t.Name) > maxName {
		return t, fault.At("gguf", fault.Limit, start, "a tensor name of ", strconv.Itoa(len(t.Name)), " bytes, more than ", strconv.Itoa(maxName))
	}
	if t.Shape, err = d.shape(); err != nil {
		return t, within(err, t.Name)
	}
	number, err := d.u32("a tensor's type")
	if err != nil {
		return t, within(err, t.Name)
	}
	k := d.kind(number)
	if k == nil {
		return t, fault.At("gguf", fault.TensorType, d.pos-4, "type number ", strconv.FormatUint(uint64(number), 10), " is unknown").In(t.Name).
			Try("a newer trit may know it, if the file is not broken")
	}
	k.tensors++
	t.Type = dtype.Type(number)
	if len(t.Shape) == 0 && t.Type != dtype.F32 {
		return t, fault.At("gguf", fault.Shape, d.pos-4, "no dimensions; only an f32 may be a scalar").In(t.Name)
	}
	offset, err := d.u64("a tensor's offset")
	if err != nil {
		return t, within(err, t.Name)
	}
	if offset > math.MaxInt64 {
		return t, fault.At("gguf", fault.Offset, d.pos-8, "offset ", strconv.FormatInt(int64(offset), 10)).In(t.Name)
	}
	t.Offset = int64(offset)
	return t, nil
}

// shape reads the dimensions, fastest first, and returns them slowest first.
func (d *decoder) shape() ([]int64, error) {
	n, err := d.u32("a tensor's dimensions")
	if err != nil {
		return nil, err
	}
	if n > maxDims {
		return nil, fault.At("gguf", fault.Shape, d.pos-4, strconv.FormatUint(uint64(n), 10), " dimensions, more than ", strconv.Itoa(maxDims))
	}
	start := d.pos
	shape := d.newShape(int(n))
	for i := range shape {
		dim, err := d.u64("a tensor's dimensions")
		if err != nil {
			return nil, err
		}
		if dim > math.MaxInt64 {
			return nil, fault.At("gguf", fault.Shape, d.pos-8, "a dimension of ", strconv.FormatInt(int64(dim), 10))
		}
		shape[len(shape)-1-i] = int64(dim)
	}
	if !checkedElements(shape) {
		return nil, fault.At("gguf", fault.Overflow, start, "the number of elements overflows 64 bits")
	}
	return shape, nil
}

// newShape cuts n numbers from a larger piece, so that a thousand tensors do not cost a thousand allocations.
func (d *decoder) newShape(n int) []int64 {
	if len(d.dims) < n {
		d.dims = make([]int64, 256)
	}
	shape := d.dims[:n:n]
	d.dims = d.dims[n:]
	return shape
}

// kind returns what is known of a type number, or nil if nothing is.
func (d *decoder) kind(number uint32) *kind {
	for i := range d.kinds {
		if d.kinds[i].number == number {
			return &d.kinds[i]
		}
	}
	candidates := dtype.Candidates(number)
	if len(candidates) == 0 {
		return nil
	}
	k := kind{number: number, candidates: candidates}
	if len(candidates) == 1 {
		k.format = candidates[0]
	}
	d.kinds = append(d.kinds, k)
	return &d.kinds[len(d.kinds)-1]
}

// repeated returns the index of a name among n that stands at a smaller index too, or -1. It sorts indices: a map
// would cost five times the memory for the same answer.
func repeated(n int, name func(i int) string) int {
	order := make([]int32, n)
	for i := range order {
		order[i] = int32(i)
	}
	sort.Slice(order, func(i, j int) bool {
		a, b := name(int(order[i])), name(int(order[j]))
		return a < b || a == b && order[i] < order[j]
	})
	for i := 1; i < n; i++ {
		if name(int(order[i])) == name(int(order[i-1])) {
			return int(order[i])
		}
	}
	return -1
}
