package infer

// Ternary layers in memory: one or several weights that share their input, one after another in a kernel's layout.

import (
	"context"

	"github.com/tritkit/tritkit/core/checkpoint"
	"github.com/tritkit/tritkit/core/ternary"
	"github.com/tritkit/tritkit/native/kernel"
)

// linear is y = W·x for the rows of its parts, which begin at whole blocks.
type linear struct {
	k     *kernel.Kernel
	cols  int // of the input, a multiple of 16
	rows  int // of all parts, padded
	parts []part
	w     []byte
}

// part is one weight.
type part struct {
	first, rows int       // its first row in the linear; its own rows
	scale       []float32 // one, or one per group along each row
	group       int       // columns of a group; 0: one scale
}

// pad rounds n up to whole lanes.
func pad(n int) int { return (n + kernel.Lanes - 1) / kernel.Lanes * kernel.Lanes }

// loadLinear reads weights into the kernel's layout.
func loadLinear(ctx context.Context, k *kernel.Kernel, r *checkpoint.Reader, run checkpoint.Parallel, weights ...*checkpoint.Weight) (*linear, error) {
	l := &linear{k: k, cols: pad(int(weights[0].Cols()))}
	for _, w := range weights {
		l.parts = append(l.parts, part{first: l.rows, rows: int(w.Rows())})
		l.rows += pad(k.PaddedRows(int(w.Rows())))
	}
	l.w = make([]byte, l.rows*l.cols/4)
	for i, w := range weights {
		m, err := r.Open(ctx, w)
		if err != nil {
			return nil, err
		}
		p := &l.parts[i]
		p.scale, p.group = append([]float32(nil), m.Scale...), m.Group
		if err := l.fill(p, m, run); err != nil {
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

// fill packs the rows of one part, a panel of whole blocks and heads at a time.
func (l *linear) fill(p *part, m *checkpoint.Matrix, run checkpoint.Parallel) error {
	step := max(l.k.Rows, (1<<20)/max(m.Cols, 1)/l.k.Rows*l.k.Rows)
	for step%m.Unit() != 0 {
		step += l.k.Rows
	}
	return run.Run((p.rows+step-1)/step, func(i int) error {
		a := i * step
		n := min(step, p.rows-a)
		codes := make([]byte, n*m.Cols/4)
		ok, err := m.ReadCodes(codes, a, n)
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
				l.k.PackCodes(dst, codes[b*m.Cols/4:(b+rows)*m.Cols/4], rows, m.Cols)
			} else {
				l.k.PackTrits(dst, t.Trits[b*m.Cols:(b+rows)*m.Cols], rows, m.Cols)
			}
		}
		return nil
	})
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
		w := l.w[lo*l.cols/4 : hi*l.cols/4]
		d := m.sums(worker, (hi-lo)*m.k.Tile[0])
		if a.n == 1 {
			d = d[:hi-lo]
			l.k.Dot(d, w, a.q[:l.cols])
			l.scale(y[lo:hi], d, lo, a.sum[0], a.s[0])
			return
		}
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
