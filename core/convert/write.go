// Writing a plan: one loop over the steps, strictly forward. The steps' bytes are gathered in batches (batch.go).

package convert

import (
	"context"
	"encoding/binary"
	"io"
	"math"

	"github.com/tritkit/tritkit/core/checkpoint"
	"github.com/tritkit/tritkit/core/dtype"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/model"
	"github.com/tritkit/tritkit/core/tensor"
	"github.com/tritkit/tritkit/core/ternary"
)

// Write writes the output, Size bytes, to w: of a GGUF the whole file, of a Hugging Face folder its WeightsName.
//
// Peak memory is the largest source tensor, its output, and a few MiB. Errors of w are returned as they are; those of
// the source are faults naming the tensor. After an error the bytes written so far are no file.
func (p *Plan) Write(ctx context.Context, w io.Writer) error {
	o := newWriter(p, w)
	o.reader = p.c.NewReader(checkpoint.ReadOptions{
		Rule: p.opts.Snap, HFOrder: p.Container == checkpoint.Safetensors, Parallel: o.run, View: p.opts.View, Memory: p.opts.Memory,
	})
	for i := range p.Steps {
		if err := ctx.Err(); err != nil {
			return err
		}
		p.tell(i)
		if err := o.step(ctx, &p.Steps[i]); err != nil {
			return err
		}
		if err := o.pad(&p.Steps[i]); err != nil {
			return err
		}
	}
	if err := o.finish(); err != nil {
		return err
	}
	if p.opts.View {
		if err := p.c.Check(); err != nil {
			return err
		}
	}
	if o.written != p.size {
		return fault.New("convert", fault.Bounds, "wrote another number of bytes than planned") // our bug, but never silently
	}
	return nil
}

// worthAhead is what a tensor must have, in bytes, to be announced: of a norm between two matrices nothing is gained, and
// the matrix after it would start cold.
const worthAhead = 256 << 10

// tell says which source tensor step i reads, and which large one comes after it.
func (p *Plan) tell(i int) {
	now := p.Steps[i].source()
	if p.opts.Ahead == nil || now == nil {
		return
	}
	var next *tensor.Tensor
	for i++; next == nil && i < len(p.Steps); i++ {
		if t := p.Steps[i].source(); t != nil && t.Bytes >= worthAhead {
			next = t
		}
	}
	p.opts.Ahead(now, next)
}

// source returns the tensor that the step reads, or nil.
func (s *Step) source() *tensor.Tensor {
	if s.weight == nil || s.form == hfScale {
		return nil
	}
	return s.weight.Tensor
}

// pad adds the zeros between a tensor of a GGUF and the next, or the end.
func (o *writer) pad(s *Step) error {
	if o.p.Container != checkpoint.GGUF {
		return nil
	}
	a := o.p.alignment()
	b, err := o.take((a - s.Bytes%a) % a)
	clear(b)
	return err
}

func (o *writer) step(ctx context.Context, s *Step) error {
	switch s.form {
	case plain:
		return o.plain(ctx, s)
	case computed:
		return o.put(float32Bytes(model.RopeFactors(o.p.c.Config)))
	case hfScale:
		return o.put(binary.LittleEndian.AppendUint16(nil, dtype.ToBF16(o.scale)))
	}
	return o.ternary(ctx, s)
}

// ternary writes a ternary weight in whatever form the step asks for, in panels of rows.
func (o *writer) ternary(ctx context.Context, s *Step) error {
	m, err := o.reader.Open(ctx, s.weight)
	if err != nil {
		return err
	}
	job := &panels{o: o, s: s, m: m, rows: m.ReadRows, unit: m.Unit()}
	if err := job.prepare(); err != nil {
		return err
	}
	if err := job.write(); err != nil {
		return named(err, s)
	}
	t := s.weight.Tensor
	o.after(func() {
		o.done += t.Bytes
		if o.p.opts.View {
			o.p.c.Forget(t.File, t.Offset, t.Bytes)
		}
	})
	if m.Lasts() {
		return nil
	}
	return o.flush()
}

// named puts the step's tensor into a fault that names none.
func named(err error, s *Step) error {
	if e, ok := err.(*fault.Error); ok && e.Tensor == "" {
		e.Tensor = s.Name
	}
	return err
}

func float32Bytes(x []float32) []byte {
	b := make([]byte, 0, 4*len(x))
	for _, v := range x {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return b
}

// onlineValue returns the magnitude v of a float snapshot of which transformers' mean |w| is the scale b again:
// b/(1-z), with z the share of zeros, rounded to the type it is stored in.
func onlineValue(b float32, c ternary.Counts, t dtype.Type) float32 {
	if c.Neg+c.Pos == 0 {
		return 0
	}
	return dtype.RoundTo(t, float32(float64(b)*float64(c.Total())/float64(c.Neg+c.Pos)))
}
