package infer

// Ternary layers in memory: one or several weights that share their input, one after another in a kernel's layout.

import (
	"github.com/tritkit/tritkit/core/checkpoint"
	"github.com/tritkit/tritkit/core/dtype"
	"github.com/tritkit/tritkit/core/ternary"
	"github.com/tritkit/tritkit/native/files"
	"github.com/tritkit/tritkit/native/kernel"
)

// linear is y = W·x for the rows of its parts, which begin at whole blocks.
type linear struct {
	k     *kernel.Kernel
	cols  int // of the input, a multiple of 16
	rows  int // of all parts, padded
	parts []part
	w     []byte // in the kernel's layout; nil where the parts are multiplied where they lie
}

// part is one weight.
type part struct {
	first, rows int       // its first row in the linear; its own rows
	scale       []float32 // one, or one per group along each row
	group       int       // columns of a group; 0: one scale
	raw         []byte    // its rows as an I2_S tensor has them, in a mapped file; nil in memory
}

// pad rounds n up to whole lanes.
func pad(n int) int { return (n + kernel.Lanes - 1) / kernel.Lanes * kernel.Lanes }

// linear reads weights into the kernel's layout.
func (ld *loader) linear(weights ...*checkpoint.Weight) (*linear, error) {
	k := ld.m.k
	l := &linear{k: k, cols: pad(int(weights[0].Cols()))}
	for _, w := range weights {
		l.parts = append(l.parts, part{first: l.rows, rows: int(w.Rows())})
		l.rows += pad(k.PaddedRows(int(w.Rows())))
	}
	for i, w := range weights {
		m, err := ld.r.Open(ld.ctx, w)
		if err != nil {
			return nil, err
		}
		p := &l.parts[i]
		p.scale, p.group = append([]float32(nil), m.Scale...), m.Group
		if l.w == nil && ld.inPlace && p.rows%kernel.Lanes == 0 {
			p.raw = i2sRows(m, 0, p.rows)
		}
		if p.raw != nil {
			continue
		}
		if i > 0 && l.w == nil { // the parts before lie in place, and this one cannot: all are packed
			ld.inPlace = false
			return ld.linear(weights...)
		}
		if l.w == nil {
			l.w = ld.m.alloc(l.rows * l.cols / 4)
		}
		if err := ld.fill(l, p, m); err != nil {
			return nil, err
		}
		end := l.rows
		if i+1 < len(l.parts) {
			end = l.parts[i+1].first
		}
		for b := k.PaddedRows(p.first+p.rows) / k.Rows; b < end/k.Rows; b++ {
			k.PackTrits(l.block(b), nil, 0, l.cols) // blocks without a row of their own
		}
	}
	return l, nil
}

// weights returns the bytes that one product reads.
func (l *linear) weights() (all [][]byte) {
	if l.w != nil {
		return [][]byte{l.w}
	}
	for i := range l.parts {
		all = append(all, l.parts[i].raw)
	}
	return all
}

// fill packs the rows of one part, a panel of whole blocks and heads at a time.
func (ld *loader) fill(l *linear, p *part, m *checkpoint.Matrix) error {
	step := max(l.k.Rows, (1<<20)/max(m.Cols, 1)/l.k.Rows*l.k.Rows)
	for step%m.Unit() != 0 {
		step += l.k.Rows
	}
	return ld.run.Run((p.rows+step-1)/step, func(i int) error {
		a := i * step
		n := min(step, p.rows-a)
		if l.fillI2S(p, m, a, n) {
			return nil
		}
		s := ld.scratch.Get().(*panel)
		defer ld.scratch.Put(s)
		s.codes = fit(s.codes, n*m.Cols/4)
		ok, err := m.ReadCodes(s.codes, a, n)
		if err != nil {
			return err
		}
		var t ternary.Matrix
		if !ok {
			t = ternary.Matrix{Rows: n, Cols: m.Cols}
			if err := m.ReadRows(&t, a); err != nil {
				return err
			}
		}
		for b := 0; b < n; b += l.k.Rows {
			rows := min(l.k.Rows, n-b)
			dst := l.block((p.first + a + b) / l.k.Rows)
			if ok {
				l.k.PackCodes(dst, s.codes[b*m.Cols/4:(b+rows)*m.Cols/4], rows, m.Cols)
			} else {
				l.k.PackTrits(dst, t.Trits[b*m.Cols:(b+rows)*m.Cols], rows, m.Cols)
			}
		}
		return nil
	})
}

// fillI2S packs n rows from row a of a part straight from the bytes of a mapped file. It reports false where there are
// none, or they are no trits: then the other way says what is wrong.
func (l *linear) fillI2S(p *part, m *checkpoint.Matrix, a, n int) bool {
	raw := i2sRows(m, a, n)
	if raw == nil {
		return false
	}
	defer files.Forget(raw)
	size := m.Cols / 4
	for b := 0; b < n; b += l.k.Rows {
		rows := min(l.k.Rows, n-b)
		if !l.k.PackI2S(l.block((p.first+a+b)/l.k.Rows), raw[b*size:(b+rows)*size], rows, m.Cols) {
			return false
		}
	}
	return true
}

// i2sRows returns the bytes of rows of an I2_S tensor in x86 layout, or nil where m is not one that is mapped. A scale
// of 0 allows no trit but 0; such a tensor is looked at trit by trit.
func i2sRows(m *checkpoint.Matrix, a, n int) []byte {
	if m.Weight.Tensor.Type != dtype.I2_S || m.Cols%dtype.CodesPerBlock != 0 || m.Group > 0 || m.Scale[0] == 0 {
		return nil
	}
	raw, layout := m.ViewRows(a, n)
	if layout != dtype.X86 {
		return nil
	}
	return raw
}

// block is the weights of block i.
func (l *linear) block(i int) []byte {
	size := l.k.Rows * l.cols / 4
	return l.w[i*size : (i+1)*size]
}

// activations are the quantised rows that a linear multiplies.
type activations struct {
	n, cols int
	q       []int8    // n rows of cols
	s       []float32 // what each row was multiplied by
	sum     []int32   // Σq of each row
	tiles   []int8    // the rows again, interleaved for DotTile; n > 1
	plan    []tile
}

// tile is one call of DotTile: rows of activations and where they lie.
type tile struct{ row, rows, tokens, at int }

// planTiles covers n rows by the kernel's tile sizes.
func planTiles(plan []tile, sizes []int, n, cols int) []tile {
	plan = plan[:0]
	for row, at := 0, 0; row < n; {
		size := sizes[len(sizes)-1]
		for _, s := range sizes {
			if s <= n-row {
				size = s
				break
			}
		}
		plan = append(plan, tile{row, min(size, n-row), size, at})
		row += size
		at += size * cols
	}
	return plan
}

// mul writes y = W·x for every row of a into y, rows of l.rows.
func (m *Model) mul(y []float32, l *linear, a *activations) {
	const bytes = 64 << 10 // of weights in a task: well below a millisecond, and several tasks to a worker
	per := max(1, bytes/(l.k.Rows*l.cols/4)) * l.k.Rows
	if least := pad(l.rows / (4 * m.pool.workers)); a.n == 1 && per > least {
		per = max(l.k.Rows, least/l.k.Rows*l.k.Rows)
	}
	per = (per + kernel.Lanes - 1) / kernel.Lanes * kernel.Lanes
	for i := range l.parts {
		if l.parts[i].group > 0 {
			m.mulGroups(y, l, &l.parts[i], a)
		}
	}
	m.pool.run((l.rows+per-1)/per, func(worker, task int) {
		lo := task * per
		hi := min(lo+per, l.rows)
		d := m.sums(worker, (hi-lo)*m.k.Tile[0])
		if a.n == 1 {
			d = d[:hi-lo]
			l.dot(d, a.q[:l.cols], lo)
			l.scale(y[lo:hi], d, lo, a.sum[0], a.s[0])
			return
		}
		w := l.blocks(&m.scratch[worker], lo, hi)
		for _, t := range a.plan {
			ds := d[:(hi-lo)*t.tokens]
			l.k.DotTile(ds, w, a.tiles[t.at:t.at+t.tokens*l.cols], t.tokens)
			for i := range t.rows {
				r := t.row + i
				l.scale(y[r*l.rows+lo:r*l.rows+hi], ds[i*(hi-lo):(i+1)*(hi-lo)], lo, a.sum[r], a.s[r])
			}
		}
	})
}

// dot multiplies len(d) rows from row lo on by one row of activations.
func (l *linear) dot(d []int32, q []int8, lo int) {
	if l.w != nil {
		l.k.Dot(d, l.w[lo*l.cols/4:(lo+len(d))*l.cols/4], q)
		return
	}
	l.inParts(lo, lo+len(d), func(raw []byte, at, n int) { l.k.DotI2S(d[at:at+n], raw, q) })
}

// blocks returns rows lo to hi in the kernel's layout: they have it, or get it for the time of a task.
func (l *linear) blocks(s *scratch, lo, hi int) []byte {
	if l.w != nil {
		return l.w[lo*l.cols/4 : hi*l.cols/4]
	}
	size := l.cols / 4
	s.packed = fit(s.packed, (hi-lo)*size)
	l.inParts(lo, hi, func(raw []byte, at, n int) {
		for b := 0; b < n; b += l.k.Rows {
			l.k.PackI2S(s.packed[(at+b)*size:(at+b+l.k.Rows)*size], raw[b*size:(b+l.k.Rows)*size], l.k.Rows, l.cols)
		}
	})
	return s.packed
}

// inParts calls do for each part with rows among lo to hi: their bytes in the file, the first one's distance from lo,
// how many.
func (l *linear) inParts(lo, hi int, do func(raw []byte, at, n int)) {
	for i := range l.parts {
		p := &l.parts[i]
		if a, b := max(lo, p.first), min(hi, p.first+p.rows); a < b {
			do(p.raw[(a-p.first)*l.cols/4:(b-p.first)*l.cols/4], a-lo, b-a)
		}
	}
}

// scale turns the sums of rows lo and on into numbers, each part by its own scale.
func (l *linear) scale(y []float32, d []int32, lo int, sum int32, s float32) {
	for i := range l.parts {
		p := &l.parts[i]
		end := l.rows
		if i+1 < len(l.parts) {
			end = l.parts[i+1].first
		}
		a, b := max(p.first-lo, 0), min(end-lo, len(y))
		if a < b && p.group == 0 {
			l.k.Scale(y[a:b], d[a:b], sum, s, p.scale[0])
		}
	}
}

// mulGroups is mul for a part with a scale per group: y = Σ f32(D of the group)/s·scale, from left to right.
func (m *Model) mulGroups(y []float32, l *linear, p *part, a *activations) {
	n, groups := l.k.Rows, len(p.scale)/p.rows
	m.pool.run((p.rows+n-1)/n, func(worker, task int) {
		w, first := l.block(p.first/n+task), task*n
		d := m.sums(worker, n)
		for t := range a.n {
			out := y[t*l.rows+p.first+first:][:n]
			clear(out)
			for g := range groups {
				lo, hi := g*p.group, (g+1)*p.group
				q := a.q[t*a.cols+lo : t*a.cols+hi]
				l.k.Dot(d, w[lo*n/4:hi*n/4], q)
				sum := int32(0)
				for _, v := range q {
					sum += int32(v)
				}
				for r := range min(n, p.rows-first) {
					out[r] += float32(float32(d[r]-sum) / a.s[t] * p.scale[(first+r)*groups+g])
				}
			}
		}
	})
}

// sums returns a worker's scratch of n sums.
func (m *Model) sums(worker, n int) []int32 {
	if cap(m.scratch[worker].sums) < n {
		m.scratch[worker].sums = make([]int32, n)
	}
	return m.scratch[worker].sums[:n]
}
