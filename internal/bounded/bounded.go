// Package bounded holds tests to the promise that a hostile input costs memory and time in proportion to its size.
package bounded

import (
	"runtime"
	"testing"
	"time"
)

// Slowest is how long one input of a fuzz target or a table may take, on a busy machine and under the race detector.
const Slowest = 5 * time.Second

// Run fails the test when do allocates more than base + factor*size bytes in all, or takes longer than Slowest. What is
// allocated in all is never less than what lives at the peak.
func Run(t testing.TB, base, factor, size int64, do func()) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	do()
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	if n := int64(after.TotalAlloc - before.TotalAlloc); n > base+factor*size {
		t.Errorf("%d bytes of input made it allocate %d, more than %d + %d x input", size, n, base, factor)
	}
	if took > Slowest {
		t.Errorf("%d bytes of input took %v", size, took)
	}
}
