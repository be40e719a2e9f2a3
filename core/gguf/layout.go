package gguf

// Where the tensors lie: they fill the data section without holes, and that proves what an ambiguous type number means.

import (
	"slices"
	"sort"
	"strconv"

	"github.com/tritkit/tritkit/core/dtype"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/tensor"
)

// layout is the tensors of a file in the order of their bytes.
type layout struct {
	f     *File
	kinds []kind
	at    []uint32 // by index in f.Tensors: offset of the table entry
	order []int32  // indices into f.Tensors, by offset
}

// newLayout makes offsets absolute, checks each by itself, and sorts them.
func newLayout(f *File, d *decoder) (*layout, error) {
	f.Data, _ = checkedPad(d.pos, f.Alignment) // at most 256 + 1 MiB
	if len(f.Tensors) == 0 && f.Size > f.Data {
		return nil, fault.At("gguf", fault.Bounds, f.Data, strconv.FormatInt(f.Size-f.Data, 10), " bytes after a header without tensors")
	}
	l := &layout{f, d.kinds, d.at, make([]int32, len(f.Tensors))}
	for i := range f.Tensors {
		t := &f.Tensors[i]
		l.order[i] = int32(i)
		if t.Offset&(f.Alignment-1) != 0 {
			return nil, l.fault(t, fault.Offset, "offset ", strconv.FormatInt(t.Offset, 10), " is no multiple of the alignment, ", strconv.FormatInt(f.Alignment, 10))
		}
		var ok bool
		if t.Offset, ok = checkedAdd(f.Data, t.Offset); !ok || t.Offset > f.Size {
			return nil, l.fault(t, fault.Bounds, "its data starts beyond the end of the file at ", strconv.FormatInt(f.Size, 10)).Try(cutShort)
		}
	}
	sort.Slice(l.order, func(i, j int) bool {
		x, y := l.tensor(i), l.tensor(j)
		if x.Offset != y.Offset {
			return x.Offset < y.Offset
		}
		if x, y := x.Elements() == 0, y.Elements() == 0; x != y { // an empty tensor shares its offset with the next
			return x
		}
		return l.order[i] < l.order[j]
	})
	f.OutOfOrder = !slices.IsSorted(l.order)
	return l, nil
}

const cutShort = "the file is cut short: download or copy it again"

// span returns the bytes from a tensor, the k-th by offset, to the next, or to the end of the file.
func (l *layout) span(k int) int64 {
	if k+1 < len(l.order) {
		return l.tensor(k+1).Offset - l.tensor(k).Offset
	}
	return l.f.Size - l.tensor(k).Offset
}

func (l *layout) tensor(k int) *tensor.Tensor { return &l.f.Tensors[l.order[k]] }

func (l *layout) kind(number uint32) *kind {
	for i := range l.kinds {
		if l.kinds[i].number == number {
			return &l.kinds[i]
		}
	}
	return nil
}

// fault is about one tensor, at its entry in the table.
func (l *layout) fault(t *tensor.Tensor, class fault.Class, msg ...string) *fault.Error {
	for i := range l.f.Tensors {
		if t == &l.f.Tensors[i] {
			return fault.At("gguf", class, int64(l.at[i]), msg...).In(t.Name)
		}
	}
	return fault.New("gguf", class, msg...).In(t.Name)
}

// settle decides what every type number means.
func (l *layout) settle(assume map[uint32]dtype.Type) error {
	for i := range l.kinds {
		k := &l.kinds[i]
		if t, ok := assume[k.number]; ok {
			if err := k.assume(t); err != nil {
				return err
			}
		}
		if k.format == nil {
			if err := l.prove(k); err != nil {
				return err
			}
		} else if len(k.candidates) > 1 {
			l.settled(k, "the user said so")
		}
	}
	return nil
}

func (l *layout) settled(k *kind, how string) {
	l.f.Settled = append(l.f.Settled, Settled{k.number, k.format.Type, k.tensors, how})
}

// assume takes the user's word, if it is one of the possible ones.
func (k *kind) assume(t dtype.Type) error {
	for _, c := range k.candidates {
		if c.Type == t {
			k.format = c
			return nil
		}
	}
	return fault.New("gguf", fault.Usage, "type number ", k.text(), " cannot be ", t.String(), "; it is ", k.names(" or "))
}

func (k *kind) text() string { return strconv.FormatUint(uint64(k.number), 10) }

func (k *kind) names(between string) string { return names(k.candidates, between) }

func names(list []*dtype.Format, between string) (s string) {
	for i, f := range list {
		if i > 0 {
			s += between
		}
		s += f.Name
	}
	return s
}

// prove finds the one candidate whose size fits the spans of all tensors of that number.
func (l *layout) prove(k *kind) error {
	fit, unfit := []*dtype.Format(nil), []*dtype.Format(nil)
	for _, c := range k.candidates {
		if l.misfit(k, c) < 0 {
			fit = append(fit, c)
		} else {
			unfit = append(unfit, c)
		}
	}
	switch len(fit) {
	case 0:
		c := k.candidates[0]
		n := l.misfit(k, c)
		err := l.checkOne(n, c)
		if err == nil {
			err = l.fault(l.tensor(n), fault.Offset, "its size is not that of ", c.Name)
		}
		err.Msg = "type number " + k.text() + " is " + k.names(" or ") + ", and neither fits all its tensors; as " + c.Name + ": " + err.Msg
		return err
	case 1:
		k.format = fit[0]
		l.settled(k, "the sizes of all "+strconv.Itoa(k.tensors)+" tensors fit "+fit[0].Name+" and not "+names(unfit, " or "))
		return nil
	}
	n := l.first(k)
	return l.fault(l.tensor(n), fault.Ambiguous, "type number ", k.text(), " is ", k.names(" or "), ", and the sizes fit ", names(fit, " and ")).
		Try("--assume ", k.text(), "=", fit[0].Name, " (or =", fit[1].Name, "), if you know which program wrote the file")
}

// misfit returns the first tensor of number k, by offset, that c does not fit, or -1.
func (l *layout) misfit(k *kind, c *dtype.Format) int {
	for n := range l.order {
		if uint32(l.tensor(n).Type) == k.number && !l.fits(n, c) {
			return n
		}
	}
	return -1
}

func (l *layout) first(k *kind) int {
	for n := range l.order {
		if uint32(l.tensor(n).Type) == k.number {
			return n
		}
	}
	return 0
}

func (l *layout) fits(n int, c *dtype.Format) bool {
	if c.Block == 0 {
		return plausible(c.Type, l.tensor(n), l.span(n))
	}
	return l.checkOne(n, c) == nil
}

// plausible rejects what a format known by name only cannot be: i8_s takes a byte for each element, the tiled formats
// about a quarter of one.
func plausible(t dtype.Type, x *tensor.Tensor, span int64) bool {
	n := x.Elements()
	switch t {
	case dtype.I8_S:
		return span >= n
	case dtype.TL1, dtype.TL2:
		return span <= n/2
	}
	return true
}

// check gives every tensor its type and its bytes, and demands that they tile the data section.
func (l *layout) check() error {
	if len(l.order) == 0 {
		return nil
	}
	if t := l.tensor(0); t.Offset != l.f.Data {
		return l.fault(t, fault.Offset, "a hole of ", strconv.FormatInt(t.Offset-l.f.Data, 10), " bytes before the first tensor")
	}
	for n := range l.order {
		t := l.tensor(n)
		format := l.kind(uint32(t.Type)).format
		if err := l.checkOne(n, format); err != nil {
			return err
		}
		t.Type, t.Bytes = format.Type, l.span(n)
		if format.Block != 0 {
			t.Bytes, _ = format.Size(t.Rows(), t.Cols())
		}
	}
	return nil
}

// checkOne holds the size that a tensor, the n-th by offset, has in a format against its span.
func (l *layout) checkOne(n int, format *dtype.Format) *fault.Error {
	t, span := l.tensor(n), l.span(n)
	last := n+1 == len(l.order)
	if format.Block == 0 {
		if span == 0 && t.Elements() > 0 {
			return l.fault(t, fault.Bounds, "no bytes for a tensor of type ", format.Name)
		}
		return nil
	}
	size, err := format.Size(t.Rows(), t.Cols())
	if err != nil {
		e := err.(*fault.Error)
		return l.fault(t, e.Class, e.Msg)
	}
	end, ok := checkedAdd(t.Offset, size)
	padded, fits := checkedPad(size, l.f.Alignment)
	switch {
	case !ok || !fits:
		return l.fault(t, fault.Overflow, "offset and size overflow 64 bits")
	case last && end > l.f.Size:
		return l.fault(t, fault.Bounds, "its data ends at ", strconv.FormatInt(end, 10), ", the file at ", strconv.FormatInt(l.f.Size, 10)).Try(cutShort)
	case !last && padded > span:
		return l.fault(t, fault.Offset, "its ", strconv.FormatInt(size, 10), " bytes overlap the next tensor, ", fault.Quote(l.tensor(n+1).Name), ", which starts ", strconv.FormatInt(span, 10), " bytes later")
	case !last && padded < span:
		return l.fault(t, fault.Offset, "a hole of ", strconv.FormatInt(span-padded, 10), " bytes between it and the next tensor, ", fault.Quote(l.tensor(n+1).Name))
	case last && padded < span:
		return l.fault(t, fault.Bounds, strconv.FormatInt(span-padded, 10), " bytes after the last tensor")
	}
	return nil
}
