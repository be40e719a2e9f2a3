// Writing a plan: one loop over the steps, strictly forward. The bytes of one piece go out while the next is made.

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
	"github.com/tritkit/tritkit/core/ternary"
)

// Write writes the output, Size bytes, to w: of a GGUF the whole file, of a Hugging Face folder its WeightsName.
//
// Peak memory is the largest source tensor, its output, and a few MiB. Errors of w are returned as they are; those of
// the source are faults naming the tensor. After an error the bytes written so far are no file.
func (p *Plan) Write(ctx context.Context, w io.Writer) error {
	o := &writer{p: p, w: w, total: p.SourceBytes()}
	o.reader = p.c.NewReader(checkpoint.ReadOptions{
		Rule: p.opts.Snap, HFOrder: p.Container == checkpoint.Safetensors, Parallel: o.run, View: p.opts.View, Memory: p.opts.Memory,
	})
	o.emit(p.head)
	for i := range p.Steps {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := o.step(ctx, &p.Steps[i]); err != nil {
			return err
		}
		o.pad(&p.Steps[i])
	}
	if err := o.run(0, nil); err != nil {
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

// writer carries the state of one Write.
type writer struct {
	p       *Plan
	w       io.Writer
	reader  *checkpoint.Reader
	pending [][]byte // bytes that the next run writes
	bufs    [2][]byte
	turn    int
	written int64
	done    int64
	total   int64
	scale   float32 // of the hfPacked step before its hfScale step
}

// emit leaves b to be written, after what is pending already; b must stay as it is until the run after the next.
func (o *writer) emit(b []byte) { o.pending = append(o.pending, b) }

// Halves is what a writer may offer so that its two costs run side by side: Put stores bytes, Digest takes the same
// bytes, in the same order, into checksums. Write is one after the other.
type Halves interface {
	io.Writer
	Put(p []byte) (int, error)
	Digest(p []byte)
}

// run does n pieces of work, in parallel where the caller gave us threads, while the pending bytes are written.
func (o *writer) run(n int, do func(i int) error) error {
	parallel := o.p.opts.Parallel
	if parallel == nil || len(o.pending) == 0 {
		if err := o.flush(o.w.Write); err != nil {
			return err
		}
		return parallel.Run(n, do)
	}
	h, ok := o.w.(Halves)
	if !ok {
		return parallel(n+1, func(i int) error {
			if i == 0 {
				return o.flush(o.w.Write)
			}
			return do(i - 1)
		})
	}
	list := o.pending
	return parallel(n+2, func(i int) error {
		switch i {
		case 0:
			return o.flush(h.Put)
		case 1:
			for _, b := range list {
				h.Digest(b)
			}
			return nil
		}
		return do(i - 2)
	})
}

// flush writes what is pending.
func (o *writer) flush(write func([]byte) (int, error)) error {
	list := o.pending
	o.pending = nil
	for _, b := range list {
		n, err := write(b)
		o.written += int64(n)
		if err != nil {
			return err
		}
		if n != len(b) {
			return io.ErrShortWrite
		}
	}
	if o.p.opts.Progress != nil {
		o.p.opts.Progress(o.done, o.total)
	}
	return nil
}

// buffer returns n bytes that stay untouched while the buffer before them is being written.
func (o *writer) buffer(n int64) []byte {
	if o.p.opts.Parallel != nil {
		o.turn ^= 1 // without threads nothing is written meanwhile
	}
	if int64(cap(o.bufs[o.turn])) < n {
		o.bufs[o.turn] = make([]byte, n)
	}
	return o.bufs[o.turn][:n]
}

// pad adds the zeros between a tensor of a GGUF and the next, or the end.
func (o *writer) pad(s *Step) {
	if o.p.Container == checkpoint.GGUF {
		a := o.p.alignment()
		o.emit(make([]byte, (a-s.Bytes%a)%a))
	}
}

func (o *writer) step(ctx context.Context, s *Step) error {
	switch s.form {
	case plain:
		return o.plain(ctx, s)
	case computed:
		o.emit(float32Bytes(model.RopeFactors(o.p.c.Config)))
		return nil
	case hfScale:
		o.emit(binary.LittleEndian.AppendUint16(nil, dtype.ToBF16(o.scale)))
		return nil
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
	o.done += s.weight.Tensor.Bytes
	return nil
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
