package infer

import (
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestEveryTaskRunsOnce hammers the pool with more workers than processors, and with pauses in which they park.
func TestEveryTaskRunsOnce(t *testing.T) {
	for _, workers := range []int{1, 2, 3, 7} {
		p := newPool(workers)
		var inside atomic.Int32
		for round := range 3000 {
			tasks := round % 9
			counts := make([]atomic.Int32, tasks)
			p.run(tasks, func(worker, i int) {
				inside.Add(1)
				counts[i].Add(1)
				if round%50 == 0 {
					runtime.Gosched()
				}
				inside.Add(-1)
			})
			require.Zero(t, inside.Load())
			for i := range counts {
				require.EqualValues(t, 1, counts[i].Load())
			}
			if round%500 == 0 {
				time.Sleep(3 * patient) // everyone parks
			}
		}
		p.close()
		p.close() // twice does nothing
	}
}

// BenchmarkForkJoin is the time of a job without work.
func BenchmarkForkJoin(b *testing.B) {
	p := newPool(2)
	defer p.close()
	for b.Loop() {
		p.run(2, func(int, int) {})
	}
}
