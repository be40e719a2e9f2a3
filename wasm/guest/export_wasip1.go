package main

// The exports: handles, addresses and the 64-byte request block. The only unsafe file of the guest.

import (
	"encoding/binary"
	"math"
	"unsafe"

	"github.com/tritkit/tritkit/core/fault"
)

const abi = 1<<16 | 1 // major, minor

// most is the largest tk_alloc.
const most = 64 << 20

// block is a job as the host sees it: its request, and where its result lies. Neither moves as long as the job lives.
type block struct {
	req [64]byte
	out [8]byte
	job *job
}

var (
	allocated = map[uint32][]byte{}
	jobs      = map[uint32]*block{}
	handles   uint32
	refused   block // tk_out(0): why tk_job returned no handle
)

func address(b []byte) uint32 { return uint32(uintptr(unsafe.Pointer(unsafe.SliceData(b)))) }

func (b *block) result(out []byte) {
	binary.LittleEndian.PutUint32(b.out[0:], address(out))
	binary.LittleEndian.PutUint32(b.out[4:], uint32(len(out)))
}

// request fills the block for the host.
func (b *block) request() {
	q, p := &b.job.req, b.req[:]
	binary.LittleEndian.PutUint32(p[0:], q.op)
	binary.LittleEndian.PutUint32(p[4:], q.file)
	binary.LittleEndian.PutUint32(p[8:], address(q.buf))
	binary.LittleEndian.PutUint32(p[12:], uint32(len(q.buf)))
	binary.LittleEndian.PutUint64(p[16:], uint64(q.off))
	binary.LittleEndian.PutUint64(p[24:], uint64(q.done))
	binary.LittleEndian.PutUint64(p[32:], uint64(q.total))
	binary.LittleEndian.PutUint32(p[40:], q.phase)
	binary.LittleEndian.PutUint32(p[44:], uint32(q.tensor))
	binary.LittleEndian.PutUint32(p[52:], uint32(min(q.next.len, math.MaxUint32)))
	binary.LittleEndian.PutUint64(p[56:], uint64(q.next.off))
}

// recovered turns a panic into the return value that tells the host to drop the instance.
func recovered(b *block, state *int32) {
	if x := recover(); x != nil {
		text := "a panic"
		if err, ok := x.(error); ok {
			text = err.Error()
		} else if s, ok := x.(string); ok {
			text = s
		}
		b.result(fault.AppendJSON(nil, "internal", "guest: "+text, "", "", -1, "drop this instance, and report the model that did it"))
		*state = codePanic
		if b.job != nil {
			b.job.state = codePanic
		}
	}
}

//go:wasmexport tk_abi
func tkABI() int32 { return abi }

//go:wasmexport tk_alloc
func tkAlloc(n uint32) uint32 {
	if n == 0 || n > most {
		return 0
	}
	b := make([]byte, n)
	allocated[address(b)] = b
	return address(b)
}

//go:wasmexport tk_free
func tkFree(ptr uint32) { delete(allocated, ptr) }

//go:wasmexport tk_job
func tkJob(kind, ptr, n uint32) (handle int32) {
	defer recovered(&refused, &handle)
	text := allocated[ptr]
	if uint64(n) > uint64(len(text)) {
		_, out := describe(fault.New("guest", fault.Usage, "the options do not lie in memory of tk_alloc"))
		refused.result(out)
		return codeArgument
	}
	s, err := parse(kind, append([]byte(nil), text[:n]...))
	if err != nil {
		_, out := describe(err)
		refused.result(out)
		return codeArgument
	}
	handles++
	jobs[handles] = &block{job: newJob(s)}
	return int32(handles)
}

//go:wasmexport tk_step
func tkStep(handle uint32, moved int32) (state int32) {
	b := jobs[handle]
	if b == nil {
		return codeClosed
	}
	defer recovered(b, &state)
	if state = b.job.step(moved); state > 0 {
		b.request()
	} else {
		b.result(b.job.out)
	}
	return state
}

//go:wasmexport tk_req
func tkReq(handle uint32) uint32 {
	if b := jobs[handle]; b != nil {
		return address(b.req[:])
	}
	return 0
}

//go:wasmexport tk_out
func tkOut(handle uint32) uint32 {
	if b := jobs[handle]; b != nil {
		return address(b.out[:])
	}
	return address(refused.out[:])
}

//go:wasmexport tk_close
func tkClose(handle uint32) {
	b := jobs[handle]
	if b == nil {
		return
	}
	delete(jobs, handle)
	var state int32
	defer recovered(b, &state)
	b.job.close()
}
