package files

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// largePages asks for pages of 2 MiB where they fit: fewer faults at first, fewer misses of address translation later.
func largePages(b []byte) { unix.Madvise(b, unix.MADV_HUGEPAGE) }

// Forget says that the bytes of a View will not be needed soon: whole pages of it no longer count as this process's
// memory. They stay in the system's cache, and may be read again.
func Forget(b []byte) {
	if len(b) == 0 {
		return
	}
	page := uintptr(os.Getpagesize())
	start := uintptr(unsafe.Pointer(&b[0]))
	skip := int(-start % page)
	if skip < len(b) {
		if n := (len(b) - skip) / int(page) * int(page); n > 0 {
			unix.Madvise(b[skip:skip+n], unix.MADV_DONTNEED)
		}
	}
}
