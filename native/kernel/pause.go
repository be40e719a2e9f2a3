package kernel

import "runtime"

// Pause is for loops that wait for another thread: it costs little, and where yield is set lets another goroutine run.
func Pause(yield bool) {
	if yield {
		runtime.Gosched()
		return
	}
	pause()
}
