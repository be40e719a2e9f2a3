package files

// Large memory outside Go's heap: weights live as long as their model, are never looked through by the collector, and
// want large pages.

import (
	"runtime"

	"github.com/edsrzf/mmap-go"
)

// Alloc returns n bytes of zeros that begin at a page, and how to give them back.
func Alloc(n int) (b []byte, free func()) {
	if n > 0 {
		if m, err := mmap.MapRegion(nil, n, private(), mmap.ANON, 0); err == nil {
			largePages(m)
			return m, func() { m.Unmap() }
		}
	}
	return make([]byte, n), func() {}
}

// private is memory of this process alone: what may be written to is shared otherwise, and Linux gives shared memory no
// large pages. Windows knows only the other kind.
func private() int {
	if runtime.GOOS == "windows" {
		return mmap.RDWR
	}
	return mmap.COPY
}
