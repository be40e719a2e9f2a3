package infer

// The forward pass, top to bottom.

import (
	"context"
	"math"
	"strconv"

	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/model"
	"github.com/tritkit/tritkit/core/tokenizer"
	"github.com/tritkit/tritkit/native/kernel"
)

// buffers are the activations of one batch: rows padded to whole lanes.
type buffers struct {
	n                        int
	x, y                     []float32 // residual; what is added to it
	qkv, att, gateUp, hidden []float32
	cos, sin                 []float32
	act                      activations
	headQ                    []int8
	bad                      []bool // rows with a number that is not finite
}

// fit makes the buffers large enough for n tokens.
func (b *buffers) fit(m *Model, n int) {
	if n <= b.n {
		return
	}
	c := m.Config
	embd, ffn, heads := pad(c.Embd), pad(c.FFN), pad(c.Heads*c.HeadDim)
	widest := max(embd, ffn, heads)
	last := &m.layers[0]
	*b = buffers{n: n,
		x: make([]float32, n*embd), y: make([]float32, n*max(last.o.rows, last.down.rows, embd)),
		qkv: make([]float32, n*last.qkv.rows), att: make([]float32, n*heads),
		gateUp: make([]float32, n*last.gateUp.rows), hidden: make([]float32, max(n, together)*widest),
		cos: make([]float32, n*c.HeadDim/2), sin: make([]float32, n*c.HeadDim/2),
		headQ: make([]int8, m.head.cols), bad: make([]bool, n),
		act: activations{q: make([]int8, n*widest), s: make([]float32, n), sum: make([]int32, n), tiles: make([]int8, (n+m.k.Tile[0])*widest)},
	}
}

// forward sends tokens at positions pos and on through all layers; the residual stays in m.bufs.x. ctx is asked at each
// layer: a batch may take seconds, and whoever presses Ctrl-C does not wait that long.
func (m *Model) forward(ctx context.Context, c *cache, tokens []tokenizer.Token, pos int) error {
	cfg, n := m.Config, len(tokens)
	b := &m.bufs
	b.fit(m, n)
	embd, half := pad(cfg.Embd), cfg.HeadDim/2
	for i, t := range tokens {
		if err := m.readRow(b.x[i*embd:i*embd+cfg.Embd], m.embd, m.format, int(t)); err != nil {
			return err
		}
		m.rope.angles(b.cos[i*half:(i+1)*half], b.sin[i*half:(i+1)*half], pos+i)
	}
	c.grow(pos + n)
	for i := range m.layers {
		if err := ctx.Err(); err != nil {
			return err
		}
		l := &m.layers[i]
		if err := m.quantize(b.x, embd, cfg.Embd, l.attnNorm, n, i); err != nil {
			return err
		}
		m.mul(b.qkv, l.qkv, &b.act)
		m.rotate(c, l, i, n, pos)
		m.attend(c, i, b.qkv, l.qkv.rows, b.att, pad(cfg.Heads*cfg.HeadDim), n, pos)
		if err := m.quantize(b.att, pad(cfg.Heads*cfg.HeadDim), cfg.Heads*cfg.HeadDim, l.attnSub, n, i); err != nil {
			return err
		}
		m.mul(b.y, l.o, &b.act)
		m.residual(l.o.rows, n)

		if err := m.quantize(b.x, embd, cfg.Embd, l.ffnNorm, n, i); err != nil {
			return err
		}
		m.mul(b.gateUp, l.gateUp, &b.act)
		m.activate(l, n)
		if err := m.quantize(b.hidden, pad(cfg.FFN), cfg.FFN, l.ffnSub, n, i); err != nil {
			return err
		}
		m.mul(b.y, l.down, &b.act)
		m.residual(l.down.rows, n)
	}
	return m.pool.failed()
}

// outputs computes the logits of rows of the batch of n that went through forward, at most together of them, into out:
// head.rows apart, of each the top largest at least. The hidden rows stay in m.bufs.hidden.
func (m *Model) outputs(out []float32, rows []int, n, top int) error {
	b, embd := &m.bufs, pad(m.Config.Embd)
	for j, i := range rows {
		y := b.hidden[j*embd : (j+1)*embd]
		if _, err := m.normalise(y, b.x[i*embd:(i+1)*embd], m.Config.Embd, m.norm); err != nil {
			return err
		}
		if m.match == MatchBitnetCPP && n == 1 {
			for j := range y {
				y[j] = half(y[j])
			}
		}
	}
	h := &m.head
	if len(rows) == together && h.f16 != nil {
		m.logits4(h, out, b.hidden[:together*embd])
		return m.pool.failed()
	}
	for j := range rows {
		if err := m.logits(h, out[j*h.rows:(j+1)*h.rows], b.hidden[j*embd:(j+1)*embd], top); err != nil {
			return err
		}
	}
	return m.pool.failed()
}

// normalise is RMSNorm over width numbers of x, padded: y = (x·r)·w with r = 1/sqrt(mean x² + eps). It returns max|y|.
func (m *Model) normalise(y, x []float32, width int, w []float32) (float32, error) {
	mean := float32(m.k.Squares(x) / float64(width))
	if mean-mean != 0 {
		return 0, fault.New("infer", fault.NotFinite, "an activation is not finite")
	}
	r := 1 / float32(math.Sqrt(float64(mean+m.Config.NormEps)))
	return m.k.Norm(y, x, w, r), nil
}

// scaleFor is what numbers up to most are multiplied by to fill int8.
func scaleFor(most float32) float32 { return float32(127 / float64(max(most, 1e-5))) }

// quantize normalises n rows of x, width of stride numbers, by w, or takes them as they are where w is nil, and makes
// them the activations of the next product.
func (m *Model) quantize(x []float32, stride, width int, w []float32, n, layer int) error {
	b := &m.bufs
	a := &b.act
	a.n, a.cols = n, stride
	if n > 1 {
		a.plan = planTiles(a.plan, m.k.Tile, n, stride)
	}
	m.pool.run(n, func(worker, i int) {
		row := x[i*stride : (i+1)*stride]
		most := float32(0)
		if w != nil {
			y := m.floats(worker, stride)
			var err error
			most, err = m.normalise(y, row, width, w)
			b.bad[i] = err != nil
			row = y
		} else {
			most = m.k.AbsMax(row)
			s := m.k.Squares(row)
			b.bad[i] = s-s != 0
		}
		if b.bad[i] || most-most != 0 {
			b.bad[i] = true
			return
		}
		a.s[i] = scaleFor(most)
		a.sum[i] = m.k.Quantize(a.q[i*stride:(i+1)*stride], row, a.s[i])
	})
	for i := range n {
		if b.bad[i] {
			return fault.New("infer", fault.NotFinite, "an activation of layer ", strconv.Itoa(layer), " is not finite").
				Try("verify the model: its weights or scales are damaged")
		}
	}
	if n > 1 {
		m.pool.run(len(a.plan), func(_, i int) {
			t := a.plan[i]
			kernel.Interleave(a.tiles[t.at:t.at+t.tokens*stride], a.q[t.row*stride:], t.rows, stride, stride, t.tokens)
		})
	}
	return nil
}

// rotate turns queries and keys by their positions and stores keys and values.
func (m *Model) rotate(c *cache, l *layer, layer, n, pos int) {
	b, dim, half := &m.bufs, m.Config.HeadDim, m.Config.HeadDim/2
	kFirst, vFirst := l.qkv.parts[1].first, l.qkv.parts[2].first
	m.pool.run(n, func(worker, i int) {
		row := b.qkv[i*l.qkv.rows : (i+1)*l.qkv.rows]
		cos, sin := b.cos[i*half:(i+1)*half], b.sin[i*half:(i+1)*half]
		for h := range m.Config.Heads {
			m.rope.rotate(row[h*dim:(h+1)*dim], cos, sin)
		}
		k, v := row[kFirst:vFirst], row[vFirst:]
		for h := range m.Config.KVHeads {
			m.rope.rotate(k[h*dim:(h+1)*dim], cos, sin)
		}
		if m.KV == KVInt8 {
			m.put8(c, layer, pos+i, k, v)
			return
		}
		halves := m.halves(worker, len(k)+len(v))
		m.k.Narrow(halves[:len(k)], k)
		m.k.Narrow(halves[len(k):], v)
		for h := range m.Config.KVHeads {
			c.put(layer, h, pos+i, halves[h*dim:(h+1)*dim], halves[len(k)+h*dim:len(k)+(h+1)*dim])
		}
	})
}

// put8 quantises the keys and values of a position, each head by itself.
func (m *Model) put8(c *cache, layer, pos int, k, v []float32) {
	for h := range m.Config.KVHeads {
		var q [2][maxHeadDim]int8
		var scale [2]float32
		for i, x := range [2][]float32{k[h*c.dim : (h+1)*c.dim], v[h*c.dim : (h+1)*c.dim]} {
			var row [maxHeadDim]float32
			n := pad(copy(row[:], x))
			most := max(m.k.AbsMax(row[:n]), 1e-30) // what is smaller is 0
			m.k.Quantize(q[i][:n], row[:n], float32(127/float64(most)))
			scale[i] = most / 127
		}
		c.put8(layer, h, pos, q[0][:], q[1][:], scale[0], scale[1])
	}
}

// activate is act(gate)·up.
func (m *Model) activate(l *layer, n int) {
	b, ffn, up := &m.bufs, pad(m.Config.FFN), l.gateUp.parts[1].first
	const per = 1024
	chunks := (ffn + per - 1) / per
	m.pool.run(n*chunks, func(_, task int) {
		i, lo := task/chunks, task%chunks*per
		hi := min(lo+per, ffn)
		row := b.gateUp[i*l.gateUp.rows : (i+1)*l.gateUp.rows]
		y, g, u := b.hidden[i*ffn+lo:i*ffn+hi], row[lo:hi], row[up+lo:up+hi]
		if m.Config.Activation == model.ReLU2 {
			m.k.ReLU2(y, g, u)
			return
		}
		for j, x := range g {
			y[j] = float32(x/(1+kernel.Exp(-x))) * u[j]
		}
	})
}

// residual adds y, rows of stride numbers, to x.
func (m *Model) residual(stride, n int) {
	b, embd := &m.bufs, pad(m.Config.Embd)
	for i := range n {
		m.k.Add(b.x[i*embd:(i+1)*embd], b.y[i*stride:i*stride+embd])
	}
}

// halves returns a worker's scratch of half precision numbers.
func (m *Model) halves(worker, n int) []uint16 {
	s := &m.scratch[worker]
	if cap(s.halves) < n {
		s.halves = make([]uint16, n)
	}
	return s.halves[:n]
}
