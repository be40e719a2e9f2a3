// A batch: the output bytes of steps that follow one another, and the work that makes them. While one batch is made, in
// parallel where the caller gave us threads, the one before goes out. Whole batches keep every thread busy where
// tensors differ in size by a thousand times, and reach the disk in large pieces.

package convert

import (
	"io"

	"github.com/tritkit/tritkit/core/checkpoint"
)

// batchBytes is about how large a batch is: some milliseconds of work, so that waking threads for each costs little, and
// two of them are no memory to speak of. One tensor that is larger makes a batch of its own.
const batchBytes = 4 << 20

// writer carries the state of one Write.
type writer struct {
	p       *Plan
	w       io.Writer
	reader  *checkpoint.Reader
	size    int64     // of a batch
	bufs    [2][]byte // of the batch being gathered and of the one before
	turn    int
	out     []byte // of the batch being gathered: slices of bufs[turn] that jobs fill
	jobs    []func() error
	afters  []func()
	ready   []byte // made, and not yet written
	written int64
	done    int64
	total   int64
	scale   float32 // of the hfPacked step before its hfScale step
}

func newWriter(p *Plan, w io.Writer) *writer {
	o := &writer{p: p, w: w, total: p.SourceBytes(), ready: p.head, size: batchBytes}
	if p.opts.Parallel == nil {
		o.size = 1 // piece by piece: nothing is gained by more, and whoever looks on sees every tensor
	}
	if p.batch > 0 {
		o.size = p.batch
	}
	return o
}

// take returns the next n bytes of the output, to be filled now or by a job.
func (o *writer) take(n int64) ([]byte, error) {
	if len(o.out) > 0 && int64(len(o.out))+n > o.size {
		if err := o.flush(); err != nil {
			return nil, err
		}
	}
	if n > int64(cap(o.out)) {
		o.bufs[o.turn] = make([]byte, max(n, o.size, pieceBytes))
		o.out = o.bufs[o.turn][:0]
	}
	at := int64(len(o.out))
	o.out = o.out[:at+n]
	return o.out[at : at+n : at+n], nil
}

// put makes b the next bytes of the output.
func (o *writer) put(b []byte) error {
	out, err := o.take(int64(len(b)))
	copy(out, b)
	return err
}

// queue leaves work to be done before the batch is written, at the same time as other work.
func (o *writer) queue(job func() error) { o.jobs = append(o.jobs, job) }

// after leaves do to be called when the work queued so far is done.
func (o *writer) after(do func()) { o.afters = append(o.afters, do) }

// flush makes the batch, while the one before is written; without threads nothing happens meanwhile, and it is written
// at once: one buffer is enough.
func (o *writer) flush() error {
	jobs, afters := o.jobs, o.afters
	o.jobs, o.afters = nil, nil
	if err := o.run(len(jobs), func(i int) error { return jobs[i]() }); err != nil {
		return err
	}
	for _, do := range afters {
		do()
	}
	o.ready = o.out
	if o.p.opts.Parallel != nil {
		o.turn ^= 1
	} else if err := o.run(0, nil); err != nil {
		return err
	}
	o.out = o.bufs[o.turn][:0]
	return nil
}

// finish makes and writes what is left.
func (o *writer) finish() error {
	if err := o.flush(); err != nil {
		return err
	}
	return o.run(0, nil)
}

// Halves is what a writer may offer so that its two costs run side by side: Put stores bytes, Digest takes the same
// bytes, in the same order, into checksums. Write is one after the other.
type Halves interface {
	io.Writer
	Put(p []byte) (int, error)
	Digest(p []byte)
}

// run does n pieces of work, in parallel where the caller gave us threads, while the batch that is ready is written.
func (o *writer) run(n int, do func(i int) error) error {
	parallel := o.p.opts.Parallel
	b := o.ready
	o.ready = nil
	if parallel == nil || len(b) == 0 {
		if err := o.send(b, o.w.Write); err != nil {
			return err
		}
		return parallel.Run(n, do)
	}
	h, ok := o.w.(Halves)
	if !ok {
		return parallel(n+1, func(i int) error {
			if i == 0 {
				return o.send(b, o.w.Write)
			}
			return do(i - 1)
		})
	}
	return parallel(n+2, func(i int) error {
		switch i {
		case 0: // the longest piece comes first
			h.Digest(b)
			return nil
		case 1:
			return o.send(b, h.Put)
		}
		return do(i - 2)
	})
}

// send writes a batch.
func (o *writer) send(b []byte, write func([]byte) (int, error)) error {
	if len(b) == 0 {
		return nil
	}
	n, err := write(b)
	o.written += int64(n)
	if err == nil && n != len(b) {
		err = io.ErrShortWrite
	}
	if err == nil && o.p.opts.Progress != nil {
		o.p.opts.Progress(o.done, o.total)
	}
	return err
}
