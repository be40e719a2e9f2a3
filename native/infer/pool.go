package infer

// The worker pool: a token is 120 short jobs, so a job must start and end within a microsecond. Channels and wait
// groups cost some thirty; here workers spin on a counter for a while, then give way, then park.

import (
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tritkit/tritkit/native/files"
	"github.com/tritkit/tritkit/native/kernel"
)

const (
	spins   = 200              // looks at the counter, with a pause between them, before giving way
	shut    = 1 << 32          // no worker may join: the job is over
	patient = time.Millisecond // how long a worker without work gives way before it parks
)

// pool runs jobs on a fixed number of threads, of which the caller is the first. One job at a time.
type pool struct {
	workers int
	do      func(worker, task int)
	tasks   int64
	closed  atomic.Bool
	broken  atomic.Pointer[error] // a worker lost the file that it read from
	wake    []chan struct{}
	ended   sync.WaitGroup
	parked  []atomic.Bool

	_      [64]byte // each counter has a cache line of its own
	epoch  atomic.Uint64
	_      [56]byte
	next   atomic.Int64
	_      [56]byte
	inside atomic.Int64 // workers in the job, and shut
	_      [56]byte
}

// newPool starts workers-1 goroutines; close ends them.
func newPool(workers int) *pool {
	p := &pool{workers: max(workers, 1)}
	p.inside.Store(shut)
	p.parked = make([]atomic.Bool, p.workers)
	p.wake = make([]chan struct{}, p.workers)
	for i := 1; i < p.workers; i++ {
		p.wake[i] = make(chan struct{}, 1)
		p.ended.Go(func() { p.work(i) })
	}
	return p
}

// run calls do for each task, 0 to tasks-1, each once, on any worker, and returns when all are done.
//
// Tasks may read mapped bytes when the caller is under files.Guard: the error is kept for failed.
func (p *pool) run(tasks int, do func(worker, task int)) {
	p.do, p.tasks = do, int64(tasks)
	p.next.Store(0)
	if p.workers == 1 || tasks <= 1 {
		p.drain(0)
		return
	}
	p.inside.Add(-shut)
	p.start()
	p.drain(0)
	// Workers that have not come by now are not waited for: on a busy machine they may be asleep.
	for n := 0; p.inside.Or(shut)&^shut > 0; n++ {
		kernel.Pause(n > spins)
	}
}

// start makes the workers look: those that spin see the counter, those that parked are woken.
func (p *pool) start() {
	p.epoch.Add(1)
	for i := 1; i < p.workers; i++ {
		if p.parked[i].Load() && p.parked[i].CompareAndSwap(true, false) {
			p.wake[i] <- struct{}{}
		}
	}
}

// failed returns what happened to mapped bytes since it was asked last.
func (p *pool) failed() error {
	if e := p.broken.Swap(nil); e != nil {
		return *e
	}
	return nil
}

func (p *pool) drain(worker int) {
	defer func() {
		if v := recover(); v != nil {
			err := files.Fault(v)
			p.broken.Store(&err)
		}
	}()
	for {
		i := p.next.Add(1) - 1
		if i >= p.tasks {
			return
		}
		p.do(worker, int(i))
	}
}

func (p *pool) work(worker int) {
	debug.SetPanicOnFault(true) // of this goroutine alone
	for seen := uint64(0); ; {
		seen = p.await(worker, seen)
		if p.closed.Load() {
			return
		}
		if p.inside.Add(1)&shut == 0 {
			p.drain(worker)
		}
		p.inside.Add(-1)
	}
}

// await returns the counter when it has moved on from seen.
func (p *pool) await(worker int, seen uint64) uint64 {
	for !p.spin(seen) {
		p.parked[worker].Store(true)
		if p.epoch.Load() != seen && p.parked[worker].CompareAndSwap(true, false) {
			break // the job came in between, and nobody will wake this worker
		}
		// A wake may be late: meant for the job before, whose start was held up between looking and sending. So the
		// counter is asked again.
		<-p.wake[worker]
	}
	return p.epoch.Load()
}

// spin reports whether the counter moved on within a worker's patience.
func (p *pool) spin(seen uint64) bool {
	for range spins {
		if p.epoch.Load() != seen {
			return true
		}
		kernel.Pause(false)
	}
	for since := time.Now(); time.Since(since) < patient; {
		if p.epoch.Load() != seen {
			return true
		}
		kernel.Pause(true)
	}
	return false
}

// close ends the workers; the pool is of no use afterwards.
func (p *pool) close() {
	if p.workers > 1 && !p.closed.Swap(true) {
		p.start()
		p.ended.Wait()
	}
}
