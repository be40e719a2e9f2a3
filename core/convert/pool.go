// Reused memory for panels of trits.

package convert

import (
	"sync"

	"github.com/tritkit/tritkit/core/ternary"
)

type trits struct{ m ternary.Matrix }

var pool = sync.Pool{New: func() any { return new(trits) }}

func getTrits() *trits  { return pool.Get().(*trits) }
func putTrits(t *trits) { pool.Put(t) }
