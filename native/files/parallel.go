package files

import (
	"sync"
	"sync/atomic"
)

// Parallel returns a function that runs do(0) … do(n-1) on up to threads goroutines, starting them in that order.
//
// After an error nothing new is started; the error of the lowest index is returned when all that run have ended. do may
// read mapped bytes.
func Parallel(threads int) func(n int, do func(i int) error) error {
	return func(n int, do func(i int) error) error {
		var next atomic.Int64
		var wg sync.WaitGroup
		var mu sync.Mutex
		var first error
		at := n
		work := func() {
			for {
				i := int(next.Add(1) - 1)
				if i >= n {
					return
				}
				if err := Guard(func() error { return do(i) }); err != nil {
					next.Store(int64(n))
					mu.Lock()
					if i < at {
						first, at = err, i
					}
					mu.Unlock()
					return
				}
			}
		}
		for range min(threads, n) - 1 {
			wg.Go(work)
		}
		work()
		wg.Wait()
		return first
	}
}
