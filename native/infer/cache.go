package infer

// The KV cache: keys after RoPE and values, in half precision, in slabs of 64 positions that are made when they are
// needed. Keys lie with the positions side by side, so that 64 scores are computed at once, each summed in order.

import "github.com/tritkit/tritkit/native/kernel"

// cache belongs to one session.
type cache struct {
	layers, heads int // kv heads
	dim, width    int // of a head; padded to 32 for values
	slabs         [][]uint16
}

func newCache(layers, heads, dim int) *cache {
	return &cache{layers: layers, heads: heads, dim: dim, width: (dim + 31) / 32 * 32}
}

// per is the halves of one head of one layer in a slab: dim x 64 keys, then 64 x width values.
func (c *cache) per() int { return kernel.Keys * (c.dim + c.width) }

// grow makes room for n positions.
func (c *cache) grow(n int) {
	for len(c.slabs)*kernel.Keys < n {
		c.slabs = append(c.slabs, make([]uint16, c.layers*c.heads*c.per()))
	}
}

// block returns the keys and values of a head in a slab.
func (c *cache) block(slab, layer, head int) (k, v []uint16) {
	at := (layer*c.heads + head) * c.per()
	b := c.slabs[slab][at : at+c.per()]
	return b[:kernel.Keys*c.dim], b[kernel.Keys*c.dim:]
}

// put stores one position of a head.
func (c *cache) put(layer, head, pos int, k, v []uint16) {
	ks, vs := c.block(pos/kernel.Keys, layer, head)
	at := pos % kernel.Keys
	for i, x := range k[:c.dim] {
		ks[i*kernel.Keys+at] = x
	}
	copy(vs[at*c.width:at*c.width+c.dim], v)
}

// bytes returns what the cache holds.
func (c *cache) bytes() int64 { return 2 * int64(len(c.slabs)) * int64(c.layers*c.heads*c.per()) }
