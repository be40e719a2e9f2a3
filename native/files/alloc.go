package files

// Large memory outside Go's heap: weights live as long as their model, are never looked through by the collector, and
// want large pages.

import "github.com/edsrzf/mmap-go"

// Alloc returns n bytes of zeros that begin at a page, and how to give them back.
func Alloc(n int) (b []byte, free func()) {
	if n > 0 {
		if m, err := mmap.MapRegion(nil, n, mmap.RDWR, mmap.ANON, 0); err == nil {
			largePages(m)
			return m, func() { m.Unmap() }
		}
	}
	return make([]byte, n), func() {}
}
