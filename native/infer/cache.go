package infer

// The KV cache: keys after RoPE and values, in half precision or in int8, in slabs of 64 positions that are made when
// they are needed. Keys lie with the positions side by side, so that 64 scores are computed at once, each summed in order.

import "github.com/tritkit/tritkit/native/kernel"

// KV is how the cache holds numbers.
type KV string

const (
	KVF16  KV = "f16"
	KVInt8 KV = "int8" // with a scale for each position and kv head, of keys and of values: half the memory
)

// cache belongs to one session.
type cache struct {
	kv            KV
	layers, heads int // kv heads
	dim, width    int // of a head; padded to 32 for values
	n             int // positions there is room for
	halves        [][]uint16
	bytes         [][]int8
	scales        [][]float32 // of bytes
}

func newCache(kv KV, layers, heads, dim int) *cache {
	return &cache{kv: kv, layers: layers, heads: heads, dim: dim, width: (dim + 31) / 32 * 32}
}

// per is the numbers of one head of one layer in a slab: dim x 64 keys, then 64 x width values.
func (c *cache) per() int { return kernel.Keys * (c.dim + c.width) }

// grow makes room for n positions.
func (c *cache) grow(n int) {
	for ; c.n < n; c.n += kernel.Keys {
		heads := c.layers * c.heads
		if c.kv == KVInt8 {
			c.bytes = append(c.bytes, make([]int8, heads*c.per()))
			c.scales = append(c.scales, make([]float32, heads*2*kernel.Keys))
			continue
		}
		c.halves = append(c.halves, make([]uint16, heads*c.per()))
	}
}

// block returns the keys and values of a head in a slab of halves.
func (c *cache) block(slab, layer, head int) (k, v []uint16) {
	b, n := c.halves[slab][(layer*c.heads+head)*c.per():], kernel.Keys*c.dim
	return b[:n:n], b[n:c.per()]
}

// block8 is block of a slab of int8, with the scales of its keys and those of its values.
func (c *cache) block8(slab, layer, head int) (k, v []int8, ks, vs []float32) {
	at := layer*c.heads + head
	b, s := c.bytes[slab][at*c.per():], c.scales[slab][at*2*kernel.Keys:]
	n := kernel.Keys * c.dim
	return b[:n:n], b[n:c.per()], s[:kernel.Keys:kernel.Keys], s[kernel.Keys : 2*kernel.Keys]
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

// put8 is put of int8 and their scales.
func (c *cache) put8(layer, head, pos int, k, v []int8, kScale, vScale float32) {
	ks, vs, kScales, vScales := c.block8(pos/kernel.Keys, layer, head)
	at := pos % kernel.Keys
	for i, x := range k[:c.dim] {
		ks[i*kernel.Keys+at] = x
	}
	copy(vs[at*c.width:at*c.width+c.dim], v)
	kScales[at], vScales[at] = kScale, vScale
}

// size returns the memory that the cache holds.
func (c *cache) size() int64 {
	heads := int64(c.layers * c.heads)
	return heads * (int64(len(c.halves))*2*int64(c.per()) + int64(len(c.bytes))*int64(c.per()+4*2*kernel.Keys))
}
