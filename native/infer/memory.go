package infer

// The memory of a model: its weights lie outside Go's heap, in a few large pieces.

import (
	"math/bits"
	"unsafe"

	"github.com/tritkit/tritkit/native/files"
)

// memory gives out pieces of large allocations, each from a cache line on, and gives all of it back at once.
type memory struct {
	rest []byte
	free []func()
}

// alloc returns n bytes of zeros.
func (m *memory) alloc(n int) []byte {
	const line, chunk = 64, 1 << (bits.UintSize/32*4 + 18) // 64 MiB; 4 MiB where addresses are few
	size := (n + line - 1) / line * line
	if size > len(m.rest) {
		b, free := files.Alloc(max(size, chunk))
		m.rest, m.free = b, append(m.free, free)
	}
	b := m.rest[:n:n]
	m.rest = m.rest[size:]
	return b
}

func (m *memory) release() {
	for _, free := range m.free {
		free()
	}
	*m = memory{}
}

func asInt8(b []byte) []int8 { return unsafe.Slice((*int8)(unsafe.Pointer(&b[0])), len(b)) }

func asHalves(b []byte) []uint16 { return unsafe.Slice((*uint16)(unsafe.Pointer(&b[0])), len(b)/2) }
