// Reused memory for panels of trits, and for bytes on their way.

package convert

import (
	"sync"

	"github.com/tritkit/tritkit/core/ternary"
)

type trits struct{ m ternary.Matrix }

var pool = sync.Pool{New: func() any { return new(trits) }}

func getTrits() *trits  { return pool.Get().(*trits) }
func putTrits(t *trits) { pool.Put(t) }

var bytePool = sync.Pool{New: func() any { return new([]byte) }}

// getBytes returns n bytes with anything in them.
func getBytes(n int) *[]byte {
	b := bytePool.Get().(*[]byte)
	if cap(*b) < n {
		*b = make([]byte, n)
	}
	*b = (*b)[:n]
	return b
}

func putBytes(b *[]byte) { bytePool.Put(b) }
