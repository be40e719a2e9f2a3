// Package kernel is the arithmetic of inference: ternary weights times int8 activations, the int8 and f16 head, and the
// float steps between them.
//
// Every function exists in plain Go, which is compiled everywhere and is what the assembly is tested against. Both give
// the same bits: integers are exact, floats are added in an order that is part of the contract, and a product is always
// rounded before it is added (docs/numerics.md). So a model computes the same numbers on every machine, for any number
// of threads and any split of a prompt.
//
// A Kernel is one row of a table of such functions; its methods check lengths before they call them. Kernels hold no
// state and are safe for concurrent use. Lengths of float slices are multiples of Lanes: pad with zeros.
package kernel

import (
	"strings"

	"github.com/tritkit/tritkit/core/fault"
)

// Lanes is how many partial sums a float reduction has: element i goes to lane i mod Lanes, and the lanes are folded in
// halves, 8, 4, 2, 1.
const Lanes = 16

// Keys is how many positions of the KV cache are scored together.
const Keys = 64

// Queries is how many rows MulAdd computes together.
const Queries = 4

// Kernel is one implementation.
type Kernel struct {
	Name string
	Rows int   // n of the layout Rn in which Dot and Head read weights: rows that lie side by side
	Tile []int // how many tokens DotTile takes at once, largest first

	dot        func(d *int32, w *byte, q *int8, blocks, units int)
	dotI2S     func(d *int32, w *byte, q *int8, rows, blocks int)
	tile       func(d *int32, w *byte, q *int8, blocks, units, tokens int)
	head       func(d *int32, w, q *int8, sums *int32, blocks, quads int)
	screen     func(d *int32, w *byte, q *int8, blocks, pairs int) // nil in Generic
	scale      func(y *float32, d *int32, n int, sum int32, s, scale float32)
	scaleEach  func(y *float32, d *int32, scales *float32, n int, s float32)
	squares    func(x *float32, n int) float64
	norm       func(y, x, w *float32, n int, r float32) float32
	absMax     func(x *float32, n int) float32
	quantize   func(q *int8, x *float32, n int, s float32) int32
	relu2      func(y, gate, up *float32, n int)
	add        func(y, x *float32, n int)
	mul        func(y, x *float32, n int)
	widen      func(y *float32, x *uint16, n int)
	widen8     func(y *float32, x *int8, n int)
	narrow     func(y *uint16, x *float32, n int)
	mulAdd     func(c, a, b *float32, lda, k, n int)
	softmax    func(s *float32, scale, max float32) (newMax, sum float32)
	dotF16     func(y *float32, w *uint16, x *float32, rows, n int)
	dotF16x4   func(y *float32, w *uint16, x *float32, rows, n int)
	streamRead func(p *byte, n int) uint64
}

// All returns the kernels that this processor runs, best first; Generic is always the last.
func All() []*Kernel { return available() }

// Best returns the fastest kernel that this processor runs.
func Best() *Kernel { return available()[0] }

// ByName returns the kernel of that name. One that does not exist or that this processor lacks is a fault of class Usage.
func ByName(name string) (*Kernel, error) {
	var names []string
	for _, k := range available() {
		if k.Name == name {
			return k, nil
		}
		names = append(names, k.Name)
	}
	return nil, fault.New("kernel", fault.Usage, "no kernel ", name, " on this machine; it has ", strings.Join(names, ", "))
}

// Dot multiplies a ternary matrix by one row of activations: d[r] = Σ code(r, c)·q[c] over its columns c, with codes of
// 0, 1, 2 for -1, 0, +1; the sum over trits is d[r] - Σq.
//
// w is in the layout Rn of Pack: len(d) is a multiple of k.Rows, len(q) one of 16, len(w) is len(d)·len(q)/4. len(q) is
// below 2^19, so that no sum overflows.
func (k *Kernel) Dot(d []int32, w []byte, q []int8) {
	if len(d) == 0 {
		return
	}
	check(len(d)%k.Rows == 0 && len(q)%16 == 0 && len(q) > 0 && len(q) < 1<<19 && len(w) == len(d)*len(q)/4)
	k.dot(&d[0], &w[0], &q[0], len(d)/k.Rows, len(q)/16)
}

// DotI2S is Dot for rows as an I2_S tensor in x86 layout has them, one after another: what a mapped file is multiplied by
// without being copied. len(q) is a multiple of 128.
func (k *Kernel) DotI2S(d []int32, w []byte, q []int8) {
	if len(d) == 0 {
		return
	}
	check(len(q)%128 == 0 && len(q) > 0 && len(q) < 1<<19 && len(w) == len(d)*len(q)/4)
	k.dotI2S(&d[0], &w[0], &q[0], len(d), len(q)/128)
}

// DotTile is Dot for several rows of activations, as Interleave lays them out: d[t·rows+r] of token t. tokens is one of k.Tile.
func (k *Kernel) DotTile(d []int32, w []byte, q []int8, tokens int) {
	if len(d) == 0 {
		return
	}
	rows, cols := len(d)/tokens, len(q)/tokens
	check(rows*tokens == len(d) && rows%k.Rows == 0 && cols*tokens == len(q) && cols%16 == 0 && cols > 0 && cols < 1<<19 && len(w) == rows*cols/4 && k.hasTile(tokens))
	k.tile(&d[0], &w[0], &q[0], rows/k.Rows, cols/16, tokens)
}

func (k *Kernel) hasTile(tokens int) bool {
	for _, t := range k.Tile {
		if t == tokens {
			return true
		}
	}
	return false
}

// Head multiplies an int8 matrix by one row of activations: d[r] = Σ w(r, c)·q[c].
//
// w is in the layout of PackHead, its elements and those of q at least -127; sums[r] is 128·Σ w(r, c). len(d) is a
// multiple of k.Rows, len(q) one of 4 and at most 131,072.
func (k *Kernel) Head(d []int32, w, q []int8, sums []int32) {
	if len(d) == 0 {
		return
	}
	check(len(d)%k.Rows == 0 && len(q)%4 == 0 && len(q) > 0 && len(q) <= 1<<17 && len(w) == len(d)*len(q) && len(sums) == len(d))
	k.head(&d[0], &w[0], &q[0], &sums[0], len(d)/k.Rows, len(q)/4)
}

// Screen multiplies a matrix of 4-bit codes by one row of activations: d[r] = Σ code(r, c)·q[c].
//
// w is in the layout of PackScreen. len(d) is a multiple of k.Rows, len(q) one of 16 and at most 131,072.
func (k *Kernel) Screen(d []int32, w []byte, q []int8) {
	if len(d) == 0 {
		return
	}
	check(len(d)%k.Rows == 0 && len(q)%16 == 0 && len(q) > 0 && len(q) <= 1<<17 && len(w) == len(d)*len(q)/2)
	if k.screen == nil {
		screenRows(k.Rows, d, w, q)
		return
	}
	k.screen(&d[0], &w[0], &q[0], len(d)/k.Rows, len(q)/16)
}

// Scale turns sums of Dot into numbers: y[i] = f32(d[i]-sum) / s · scale.
func (k *Kernel) Scale(y []float32, d []int32, sum int32, s, scale float32) {
	check(len(y) == len(d) && whole(len(y)))
	if len(y) > 0 {
		k.scale(&y[0], &d[0], len(y), sum, s, scale)
	}
}

// ScaleEach is y[i] = f32(d[i]) / s · scales[i].
func (k *Kernel) ScaleEach(y []float32, d []int32, scales []float32, s float32) {
	check(len(y) == len(d) && len(y) == len(scales) && whole(len(y)))
	if len(y) > 0 {
		k.scaleEach(&y[0], &d[0], &scales[0], len(y), s)
	}
}

// Squares returns Σ x·x: squares in float32, sums in float64, by lanes.
func (k *Kernel) Squares(x []float32) float64 {
	check(whole(len(x)))
	if len(x) == 0 {
		return 0
	}
	return k.squares(&x[0], len(x))
}

// Norm writes y = (x·r)·w and returns the largest |y|.
func (k *Kernel) Norm(y, x, w []float32, r float32) float32 {
	check(len(y) == len(x) && len(y) == len(w) && whole(len(y)))
	if len(y) == 0 {
		return 0
	}
	return k.norm(&y[0], &x[0], &w[0], len(y), r)
}

// AbsMax returns the largest |x|.
func (k *Kernel) AbsMax(x []float32) float32 {
	check(whole(len(x)))
	if len(x) == 0 {
		return 0
	}
	return k.absMax(&x[0], len(x))
}

// Quantize writes q = clamp(round(x·s), -128, 127), ties to even, and returns Σq. |x·s| is below 2^22.
func (k *Kernel) Quantize(q []int8, x []float32, s float32) int32 {
	check(len(q) == len(x) && whole(len(q)))
	if len(q) == 0 {
		return 0
	}
	return k.quantize(&q[0], &x[0], len(q), s)
}

// ReLU2 writes y = (g·g)·up with g = max(gate, 0).
func (k *Kernel) ReLU2(y, gate, up []float32) {
	check(len(y) == len(gate) && len(y) == len(up) && whole(len(y)))
	if len(y) > 0 {
		k.relu2(&y[0], &gate[0], &up[0], len(y))
	}
}

// Add writes y += x.
func (k *Kernel) Add(y, x []float32) {
	check(len(y) == len(x) && whole(len(y)))
	if len(y) > 0 {
		k.add(&y[0], &x[0], len(y))
	}
}

// Mul writes y *= x.
func (k *Kernel) Mul(y, x []float32) {
	check(len(y) == len(x) && whole(len(y)))
	if len(y) > 0 {
		k.mul(&y[0], &x[0], len(y))
	}
}

// Widen8 makes floats of int8.
func (k *Kernel) Widen8(y []float32, x []int8) {
	check(len(y) == len(x) && whole(len(y)))
	if len(y) > 0 {
		k.widen8(&y[0], &x[0], len(y))
	}
}

// Widen reads IEEE half precision.
func (k *Kernel) Widen(y []float32, x []uint16) {
	check(len(y) == len(x) && whole(len(y)))
	if len(y) > 0 {
		k.widen(&y[0], &x[0], len(y))
	}
}

// Narrow writes IEEE half precision, rounding to nearest even.
func (k *Kernel) Narrow(y []uint16, x []float32) {
	check(len(y) == len(x) && whole(len(y)))
	if len(y) > 0 {
		k.narrow(&y[0], &x[0], len(y))
	}
}

// MulAdd adds a matrix product to four rows: c[i][j] += a[i][0]·b[0][j], then a[i][1]·b[1][j], and so on, k products
// one after another.
//
// c is Queries x n, b is k x n, n a multiple of 32; a is Queries rows of which k numbers are used, lda apart.
func (k *Kernel) MulAdd(c, a, b []float32, lda, depth int) {
	n := len(c) / Queries
	check(n*Queries == len(c) && n%32 == 0 && depth <= lda && len(a) >= (Queries-1)*lda+depth && len(b) >= depth*n)
	if n > 0 && depth > 0 {
		k.mulAdd(&c[0], &a[0], &b[0], lda, depth, n)
	}
}

// Softmax takes Keys scores into an online softmax whose maximum so far is max: it returns the new maximum M, replaces
// each score s by exp(s·scale - M), and returns their sum by lanes. -Inf is a key that is not there.
func (k *Kernel) Softmax(s []float32, scale, max float32) (newMax, sum float32) {
	check(len(s) == Keys)
	return k.softmax(&s[0], scale, max)
}

// DotF16 writes y[r] = Σ w[r][c]·x[c] for len(y) rows of half precision, by lanes. len(x) is a multiple of Lanes.
func (k *Kernel) DotF16(y []float32, w []uint16, x []float32) {
	check(len(x)%Lanes == 0 && len(w) == len(y)*len(x))
	if len(w) > 0 {
		k.dotF16(&y[0], &w[0], &x[0], len(y), len(x))
	}
}

// DotF16x4 is DotF16 for four rows of x, one after another, into four rows of y.
func (k *Kernel) DotF16x4(y []float32, w []uint16, x []float32) {
	rows, n := len(y)/4, len(x)/4
	check(4*rows == len(y) && 4*n == len(x) && n%Lanes == 0 && len(w) == rows*n)
	if len(w) > 0 {
		k.dotF16x4(&y[0], &w[0], &x[0], rows, n)
	}
}

// StreamRead reads b as fast as it can and returns a number that depends on all of it: the probe beside which
// bandwidths are measured. len(b) is a multiple of 256.
func (k *Kernel) StreamRead(b []byte) uint64 {
	check(len(b)%256 == 0)
	if len(b) == 0 {
		return 0
	}
	return k.streamRead(&b[0], len(b))
}

// whole reports whether n floats are whole groups of lanes, as all float functions demand.
func whole(n int) bool { return n%Lanes == 0 }

// check guards the assembly: a wrong length is a bug of the caller, and must never become a write outside a slice.
func check(ok bool) {
	if !ok {
		panic("kernel: lengths that do not belong together")
	}
}
