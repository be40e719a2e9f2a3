package infer

// Attention: for each kv head and a few tokens, over blocks of 64 positions counted from 0, with an online softmax. The
// order of every sum follows from the position alone, so a prompt may be split anywhere.

import (
	"math"

	"github.com/tritkit/tritkit/core/dtype"
	"github.com/tritkit/tritkit/native/kernel"
)

// attend computes the attention of layer over n tokens from position pos on. q is their queries, rows of stride numbers;
// out their results, rows of width numbers.
func (m *Model) attend(c *cache, layer int, q []float32, stride int, out []float32, width, n, pos int) {
	const tokens = 8 // in a task
	groups := (n + tokens - 1) / tokens
	m.pool.run(groups*c.heads, func(worker, task int) {
		head, first := task%c.heads, task/c.heads*tokens
		a := attention{m: m, c: c, layer: layer, head: head, pos: pos + first, n: min(tokens, n-first)}
		a.group = m.Config.Heads / c.heads
		if m.match != MatchNone {
			a.plain(q[first*stride:], stride, out[first*width:], width, n == 1)
			return
		}
		a.blocks(worker, q[first*stride:], stride, out[first*width:], width)
	})
}

// attention is one task: the query heads of one kv head for n tokens.
type attention struct {
	m                  *Model
	c                  *cache
	layer, head, group int
	pos, n             int
}

func (a *attention) blocks(worker int, q []float32, stride int, out []float32, width int) {
	k, c, dim := a.m.k, a.c, a.c.dim
	rows := a.n * a.group
	padded := (rows + kernel.Queries - 1) / kernel.Queries * kernel.Queries
	buf := a.m.floats(worker, kernel.Keys*(dim+c.width)+padded*(dim+c.width+3*kernel.Keys+2))
	take := func(n int) []float32 { b := buf[:n:n]; buf = buf[n:]; return b }
	ks, vs := take(kernel.Keys*dim), take(kernel.Keys*c.width)
	qs, acc, scores := take(padded*dim), take(padded*c.width), take(kernel.Queries*kernel.Keys)
	most, sum := take(padded), take(padded)
	clear(qs)
	clear(acc)
	clear(sum)
	for r := range padded {
		most[r] = float32(math.Inf(-1))
		if r < rows {
			copy(qs[r*dim:(r+1)*dim], q[r/a.group*stride+(a.head*a.group+r%a.group)*dim:])
		}
	}
	scale := float32(1 / math.Sqrt(float64(dim)))
	end := a.pos + a.n // one past the last position that any row sees
	for b := 0; b*kernel.Keys < end; b++ {
		var kScales, vScales []float32
		if c.kv == KVInt8 {
			var qk, qv []int8
			qk, qv, kScales, vScales = c.block8(b, a.layer, a.head)
			k.Widen8(ks, qk)
			k.Widen8(vs, qv)
		} else {
			hk, hv := c.block(b, a.layer, a.head)
			k.Widen(ks, hk)
			k.Widen(vs, hv)
		}
		for r0 := 0; r0 < padded; r0 += kernel.Queries {
			clear(scores)
			k.MulAdd(scores, qs[r0*dim:(r0+kernel.Queries)*dim], ks, dim, dim)
			deepest := 0
			for i := range kernel.Queries {
				r, s := r0+i, scores[i*kernel.Keys:(i+1)*kernel.Keys]
				seen := min(a.pos+min(r, rows-1)/a.group+1-b*kernel.Keys, kernel.Keys)
				if seen <= 0 {
					clear(s)
					continue
				}
				deepest = max(deepest, seen)
				if kScales != nil {
					k.Mul(s, kScales)
				}
				for j := seen; j < kernel.Keys; j++ {
					s[j] = float32(math.Inf(-1))
				}
				newMost, part := k.Softmax(s, scale, most[r])
				if old := kernel.Exp(most[r] - newMost); old != 1 {
					sum[r] = float32(sum[r] * old)
					for j := range c.width {
						acc[r*c.width+j] = float32(acc[r*c.width+j] * old)
					}
				}
				most[r] = newMost
				sum[r] += part
				if vScales != nil {
					k.Mul(s, vScales)
				}
			}
			if deepest > 0 {
				k.MulAdd(acc[r0*c.width:(r0+kernel.Queries)*c.width], scores, vs, kernel.Keys, deepest)
			}
		}
	}
	for r := range rows {
		o := out[r/a.group*width+(a.head*a.group+r%a.group)*dim:][:dim]
		for j := range o {
			o[j] = acc[r*c.width+j] / sum[r]
		}
	}
}

// plain is attention with bitnet.cpp's roundings: queries in half precision, and of a single token the probabilities too.
func (a *attention) plain(q []float32, stride int, out []float32, width int, single bool) {
	dim, c := a.c.dim, a.c
	scale := float32(1 / math.Sqrt(float64(dim)))
	for r := range a.n * a.group {
		h := a.head*a.group + r%a.group
		x := q[r/a.group*stride+h*dim:][:dim]
		p := make([]float32, a.pos+r/a.group+1)
		most := float32(math.Inf(-1))
		for i := range p {
			ks, _ := c.block(i/kernel.Keys, a.layer, a.head)
			dot := 0.0
			for d, v := range x {
				dot += float64(half(v) * dtype.FromF16(ks[d*kernel.Keys+i%kernel.Keys])) // the product of two halves is exact
			}
			p[i] = float32(float32(dot) * scale)
			most = max(most, p[i])
		}
		sum := 0.0
		for i := range p {
			p[i] = float32(math.Exp(float64(p[i] - most)))
			sum += float64(p[i])
		}
		acc := make([]float64, dim)
		for i := range p {
			w := float32(p[i] * float32(1/sum))
			if single {
				w = half(w)
			}
			_, vs := c.block(i/kernel.Keys, a.layer, a.head)
			for d := range acc {
				acc[d] += float64(w) * float64(dtype.FromF16(vs[i%kernel.Keys*c.width+d]))
			}
		}
		for d, v := range acc {
			out[r/a.group*width+h*dim+d] = float32(v)
		}
	}
}

// half rounds to half precision.
func half(x float32) float32 { return dtype.FromF16(dtype.ToF16(x)) }

// floats returns a worker's scratch.
func (m *Model) floats(worker, n int) []float32 {
	if cap(m.scratch[worker].floats) < n {
		m.scratch[worker].floats = make([]float32, n)
	}
	return m.scratch[worker].floats[:n]
}
