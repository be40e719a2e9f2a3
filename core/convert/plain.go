// Floats to floats: embeddings, heads, norms and weights that stay floats, in chunks of rows.

package convert

import (
	"context"
	"errors"
	"math"
	"strconv"

	"github.com/tritkit/tritkit/core/checkpoint"
	"github.com/tritkit/tritkit/core/dtype"
	"github.com/tritkit/tritkit/core/fault"
)

// pieceBytes is about how much of the source one unit of parallel work covers.
const pieceBytes = 512 << 10

// floatRows converts rows of one float tensor.
type floatRows struct {
	o        *writer
	s        *Step
	from, to *dtype.Format
	cols     int
	src, dst int64 // bytes per row
	hd       int   // > 0: rows are permuted within heads of hd rows
}

// plain writes a weight whose output is floats made from floats, row by row.
func (o *writer) plain(ctx context.Context, s *Step) error {
	w := s.weight
	j := &floatRows{o: o, s: s, from: dtype.Lookup(w.Tensor.Type), to: dtype.Lookup(s.To), cols: int(w.Cols())}
	j.src = w.Cols() / int64(j.from.Block) * int64(j.from.Bytes)
	j.dst = w.Cols() / int64(j.to.Block) * int64(j.to.Bytes)
	if w.Heads > 0 && o.p.c.Container != o.p.Container {
		j.hd = int(w.Rows()) / w.Heads
	}
	rows, step := int(w.Rows()), max(1, int(pieceBytes/j.src))
	for a := 0; a < rows; a += step {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := j.queue(a, min(step, rows-a)); err != nil {
			return err
		}
	}
	return nil
}

// queue leaves n rows from row a on to be converted.
func (j *floatRows) queue(a, n int) error {
	out, err := j.o.take(int64(n) * j.dst)
	if err != nil {
		return err
	}
	var flushed int64
	j.o.queue(func() error {
		err := j.piece(out, a, n, &flushed)
		if e, ok := err.(*fault.Error); ok && e.Tensor == "" {
			e.Tensor = j.s.weight.Tensor.Name
		}
		return err
	})
	j.o.after(func() {
		j.s.Flushed += flushed
		j.o.done += int64(n) * j.src
	})
	return nil
}

// piece reads n rows from output row a on and converts them into dst.
func (j *floatRows) piece(dst []byte, a, n int, flushed *int64) error {
	t := j.s.weight.Tensor
	src := j.view(a, n)
	if src != nil {
		defer j.o.p.c.Forget(t.File, t.Offset+int64(a)*j.src, int64(n)*j.src)
	} else {
		if src = dst; j.from != j.to {
			b := getBytes(int(int64(n) * j.src))
			defer putBytes(b)
			src = *b
		}
		if err := j.read(src, a, n); err != nil {
			return err
		}
	}
	err := j.convert(dst, src, flushed)
	if errors.Is(err, fault.ErrNotFinite) {
		return j.locate(src, a*j.cols)
	}
	return err
}

// read fills src with the source rows of n output rows from row a on.
func (j *floatRows) read(src []byte, a, n int) error {
	t := j.s.weight.Tensor
	if j.hd == 0 {
		return j.o.p.c.ReadAt(t.File, src, t.Offset+int64(a)*j.src)
	}
	for i := range n {
		r := j.sourceRow(a + i)
		if err := j.o.p.c.ReadAt(t.File, src[int64(i)*j.src:int64(i+1)*j.src], t.Offset+int64(r)*j.src); err != nil {
			return err
		}
	}
	return nil
}

// view returns n source rows from row a on where the file shows them, in an order and of a type to be converted.
func (j *floatRows) view(a, n int) []byte {
	if !j.o.p.opts.View || j.from == j.to || j.hd > 0 {
		return nil
	}
	t := j.s.weight.Tensor
	return j.o.p.c.View(t.File, t.Offset+int64(a)*j.src, int64(n)*j.src)
}

// sourceRow undoes the permutation within heads, in whichever direction the output has it.
func (j *floatRows) sourceRow(r int) int {
	head, g := r/j.hd*j.hd, r%j.hd
	if j.o.p.Container == checkpoint.GGUF {
		return head + checkpoint.PermutedRow(g, j.hd)
	}
	return head + checkpoint.UnpermutedRow(g, j.hd)
}

// convert turns whole rows of one type into another. Where the types are equal dst is src, and is only looked at.
func (j *floatRows) convert(dst, src []byte, flushed *int64) error {
	switch {
	case j.from == j.to:
		if f := j.from.Type; (f == dtype.F32 || f == dtype.F16 || f == dtype.BF16) && !dtype.AllFinite(f, src) {
			return fault.ErrNotFinite
		}
		return nil
	case j.from.Type == dtype.BF16 && j.to.Type == dtype.F16:
		n, err := dtype.EncodeF16FromBF16(dst, src)
		*flushed += n
		return err
	}
	var w [4096]float32 // a whole number of blocks of every type
	n := len(src) / j.from.Bytes * j.from.Block
	for i := 0; i < n; i += len(w) {
		part := w[:min(len(w), n-i)]
		j.from.Decode(part, src[i/j.from.Block*j.from.Bytes:])
		out := dst[i/j.to.Block*j.to.Bytes : (i+len(part))/j.to.Block*j.to.Bytes]
		if j.to.Type == dtype.F16 {
			n, err := dtype.EncodeF16(out, part)
			*flushed += n
			if err != nil {
				return err
			}
		} else if err := j.to.Encode(out, part); err != nil {
			return err
		}
	}
	return nil
}

// locate names the first weight of src that has no finite value in the output type.
func (j *floatRows) locate(src []byte, first int) error {
	var w [4096]float32
	n := len(src) / j.from.Bytes * j.from.Block
	for i := 0; i < n; i += len(w) {
		part := w[:min(len(w), n-i)]
		j.from.Decode(part, src[i/j.from.Block*j.from.Bytes:])
		for k, x := range part {
			y := float64(dtype.RoundTo(j.to.Type, x))
			if math.IsNaN(y) || math.IsInf(y, 0) {
				at := first + i + k
				return fault.New("convert", fault.NotFinite, "weight ", strconv.Itoa(at), " (row ", strconv.Itoa(at/j.cols), ", column ", strconv.Itoa(at%j.cols),
					") is ", strconv.FormatFloat(float64(x), 'g', -1, 32), ", which has no finite value in ", j.to.Name)
			}
		}
	}
	return fault.New("convert", fault.NotFinite, "a weight has no finite value in ", j.to.Name)
}
