package host

// One job from its options to its result: step, move bytes, step.

import (
	"context"
	"fmt"

	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/json"
)

// Kinds of jobs, by their numbers in docs/abi.md.
const (
	kindShow    = 1
	kindPlan    = 2
	kindConvert = 3
	kindVerify  = 4
	kindDiff    = 5
	kindEdit    = 6
	kindPeek    = 7
)

// What a request asks for.
const (
	opRead  = 1
	opWrite = 2
	opYield = 3
)

// Values of tk_step that are no class of faults.
const (
	stateDone    = 0
	stateHost    = -6
	stateClosed  = -7
	statePanic   = -99
	movedFailure = -1
)

// job is what is asked of the module.
type job struct {
	kind     uint32
	headers  bool // it reads no weights: a strict engine's, where there is one
	inputs   []*input
	options  []byte // members of a JSON object
	out      *sink  // nil where nothing is written
	progress func(done, total int64)
}

// spec is the job as JSON.
func (j *job) spec(maxMem int64) []byte {
	b := json.AppendArray(json.AppendKey([]byte{'{'}, "inputs"), len(j.inputs), func(b []byte, i int) []byte {
		in := j.inputs[i]
		b = json.AppendString(json.AppendKey(append(b, '{'), "name"), in.name)
		b = json.AppendInt(json.AppendKey(b, "size"), in.size)
		return append(json.AppendString(json.AppendKey(b, "group"), in.group), '}')
	})
	b = append(append(json.AppendKey(b, "options"), '{'), j.options...)
	return append(json.AppendInt(json.AppendKey(append(b, '}'), "maxMem"), maxMem), '}')
}

// run does a job in an instance of its own and returns its result's JSON.
func (h *Host) run(ctx context.Context, j *job) (result []byte, err error) {
	defer j.close(&err)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	e := &h.plain
	if j.headers && h.opts.Strict {
		e = &h.strict
	}
	x, err := h.newInstance(ctx, e)
	if err != nil {
		return nil, err
	}
	defer x.close(ctx)
	result, err = j.drive(ctx, x, h.opts.MaxMem)
	h.saw(int64(x.mem.Size()))
	return result, err
}

func (j *job) close(err *error) {
	for _, in := range j.inputs {
		in.close()
	}
	if j.out == nil {
		return
	}
	if e := j.out.finish(*err == nil); *err == nil {
		*err = e
	}
}

// drive starts the job and steps it to its end.
func (j *job) drive(ctx context.Context, x *instance, maxMem int64) ([]byte, error) {
	spec := j.spec(maxMem)
	ptr, err := x.put(ctx, spec)
	if err != nil {
		return nil, err
	}
	handle, err := x.call(ctx, x.job, j.kind, ptr, uint32(len(spec)))
	if err != nil {
		return nil, err
	}
	if handle <= 0 {
		return nil, x.failure(ctx, 0, handle, nil)
	}
	block, err := x.call(ctx, x.req, uint32(handle))
	if err != nil {
		return nil, err
	}
	var last request
	var failed error // of the host's reading or writing
	for moved := int32(0); ; {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		state, err := x.call(ctx, x.step, uint32(handle), uint32(moved))
		if err != nil {
			return nil, err
		}
		if state < stateDone {
			return nil, x.failure(ctx, uint32(handle), state, failed)
		}
		if state == stateDone {
			if last.total > 0 {
				j.report(&last, last.total, last.total)
			}
			return x.result(ctx, uint32(handle))
		}
		q, err := x.request(uint32(block))
		if err != nil {
			return nil, err
		}
		j.report(&last, q.done, q.total)
		var n int
		if n, failed, err = j.serve(x, &q); err != nil {
			return nil, err
		}
		moved = int32(n)
		if failed != nil {
			moved = movedFailure
		}
	}
}

// report passes progress on when it has changed.
func (j *job) report(last *request, done, total int64) {
	if total == 0 || done == last.done && total == last.total {
		return
	}
	last.done, last.total = done, total
	if j.progress != nil {
		j.progress(done, total)
	}
}

// serve moves the bytes of a request. It returns their number, or what failed on this side, or what is wrong with the
// request.
func (j *job) serve(x *instance, q *request) (n int, failed, err error) {
	if q.op == opYield {
		return 0, nil, nil
	}
	view, err := x.view(q.ptr, q.len)
	if err != nil {
		return 0, nil, err
	}
	switch {
	case q.op == opRead && int64(q.file) < int64(len(j.inputs)):
		n, failed = j.inputs[q.file].readAt(view, q.off)
		return n, failed, nil
	case q.op == opWrite && j.out != nil && int64(q.file) >= int64(len(j.inputs)):
		return j.out.write(int(q.file)-len(j.inputs), view, q.off)
	}
	return 0, nil, fmt.Errorf("host: %w: its request %d of file %d makes no sense", ErrModule, q.op, q.file)
}

// failure is the error of a job that ended in state.
func (x *instance) failure(ctx context.Context, handle uint32, state int32, failed error) error {
	if state == stateHost && failed != nil {
		return failed // the reader's or writer's own, as core returns it
	}
	object, err := x.result(ctx, handle)
	if err != nil {
		return err
	}
	if state == statePanic || state == stateClosed || state == 0 {
		return fmt.Errorf("host: %w: it returned %d: %s", ErrModule, state, fault.Clean(string(object)))
	}
	return decodeError(object)
}
