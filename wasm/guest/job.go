package main

// A job: a coroutine, its pending request and, in the end, its result.

import (
	"context"
	"errors"
	"io/fs"
	"iter"

	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/json"
	"github.com/tritkit/tritkit/core/tensor"
)

// What a request asks of the host.
const (
	opRead  = 1
	opWrite = 2
	opYield = 3
)

// Phases of a job.
const (
	opening = 1
	reading = 2
	writing = 3
)

// request is what a job waits for.
type request struct {
	op, file    uint32
	buf         []byte // where the bytes go to or come from
	off         int64
	done, total int64
	phase       uint32
	tensor      int32
	next        span // what a read will be followed by
}

// span is a run of bytes of an input.
type span struct{ off, len int64 }

// job is one run of one kind. It runs only inside step.
type job struct {
	spec  *spec
	req   request
	now   *tensor.Tensor // being read, or nil
	after *tensor.Tensor // read after it, or nil
	input []uint32       // of each file of weights, in the model's order: its index in spec.inputs
	moved int32          // the host's answer to the request before
	out   []byte         // the result, or the error object
	state int32

	next   func() (struct{}, bool)
	stop   func()
	yield  func(struct{}) bool
	closed bool
}

// errClosed ends whatever the job is doing when the host closes it.
var errClosed = errors.New("guest: closed")

// hostError is the host's failure to read or write a file.
type hostError struct{ what, file string }

func (e *hostError) Error() string {
	return "guest: " + e.file + ": the host could not " + e.what + " it"
}

func newJob(s *spec) *job {
	j := &job{spec: s, state: 1}
	j.req = request{phase: opening, tensor: -1}
	j.next, j.stop = iter.Pull(j.sequence)
	return j
}

// sequence is the coroutine.
func (j *job) sequence(yield func(struct{}) bool) {
	j.yield = yield
	out, err := j.spec.kind.run(j)
	if err != nil {
		j.fail(err)
		return
	}
	j.out, j.state = out, 0
}

// step runs the job up to its next request, or its end, and returns the state: 1, 0 or below 0.
func (j *job) step(moved int32) int32 {
	if j.state <= 0 {
		return j.state
	}
	j.moved = moved
	if _, waiting := j.next(); !waiting && j.state > 0 {
		j.state = codeClosed
	}
	return j.state
}

// ask hands a request to the host and returns what it answered.
func (j *job) ask(op, file uint32, buf []byte, off int64) (int, error) {
	if j.closed {
		return 0, errClosed
	}
	j.req.op, j.req.file, j.req.buf, j.req.off, j.req.next = op, file, buf, off, span{}
	if op == opRead {
		j.req.next = j.following(file, off, int64(len(buf)))
	}
	if !j.yield(struct{}{}) {
		j.closed = true
		return 0, errClosed
	}
	return int(j.moved), nil
}

// ahead notes which tensor is read now, and which after it.
func (j *job) ahead(now, next *tensor.Tensor) { j.now, j.after = now, next }

// following returns what will be read of the same file after n bytes at off: the rest of their tensor, then the next
// one; before the tensor is begun, all of it.
func (j *job) following(file uint32, off, n int64) span {
	t := j.now
	if t != nil && off >= t.Offset && off+n <= t.Offset+t.Bytes {
		if rest := t.Offset + t.Bytes - off - n; rest > 0 {
			return span{off + n, rest}
		}
		t = j.after
	}
	if t == nil || j.input[t.File] != file {
		return span{}
	}
	return span{t.Offset, t.Bytes}
}

// close unwinds the job, whatever it is waiting for.
func (j *job) close() {
	j.stop()
	if j.state > 0 {
		j.state = codeClosed
	}
}

// progress notes how far the job is, for the next request.
func (j *job) progress(done, total int64) { j.req.done, j.req.total = done, total }

// context is cancelled when the host closes the job; where core asks whether it is, the host may breathe.
func (j *job) context() context.Context { return breath{context.Background(), j} }

type breath struct {
	context.Context
	j *job
}

func (b breath) Err() error {
	_, err := b.j.ask(opYield, 0, nil, 0)
	return err
}

// Values that tk_step and tk_job return for errors.
const (
	codeArgument    = -1
	codeFormat      = -2
	codeUnsupported = -3
	codeTruncated   = -4
	codeLimit       = -5
	codeHost        = -6
	codeClosed      = -7
	codeMemory      = -8
	codePanic       = -99
)

// fail ends the job with an error object.
func (j *job) fail(err error) { j.state, j.out = describe(err) }

// describe returns the value and the error object for err, with the codes of docs/json.md.
func describe(err error) (int32, []byte) {
	f, isFault := errors.AsType[*fault.Error](err)
	h, isHost := errors.AsType[*hostError](err)
	switch {
	case errors.Is(err, errClosed):
		return codeClosed, fault.AppendJSON(nil, "interrupted", err.Error(), "", "", -1, "")
	case isHost:
		return codeHost, fault.AppendJSON(nil, "internal", err.Error(), h.file, "", -1, "")
	case isFault:
		object := fault.AppendJSON(nil, f.Class.ErrorCode(), err.Error(), f.File, f.Tensor, f.Offset, f.Next)
		object = json.AppendString(json.AppendKey(object[:len(object)-1], "class"), string(f.Class))
		return value(f.Class.ErrorCode()), append(object, '}')
	case errors.Is(err, fs.ErrNotExist):
		return codeArgument, fault.AppendJSON(nil, "not-found", err.Error(), "", "", -1, "")
	}
	return codeArgument, fault.AppendJSON(nil, "internal", err.Error(), "", "", -1, "")
}

// value sorts the error codes into the classes of the ABI.
func value(code string) int32 {
	switch code {
	case "bad-header", "bad-layout", "ambiguous-layout", "not-ternary", "not-finite", "template":
		return codeFormat
	case "unsupported-arch", "unsupported-type":
		return codeUnsupported
	case "truncated", "changed":
		return codeTruncated
	case "limit":
		return codeLimit
	case "out-of-memory":
		return codeMemory
	}
	return codeArgument
}
