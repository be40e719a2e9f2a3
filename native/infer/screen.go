package infer

// The screened output layer: a 4-bit copy of the head says which rows can be among the largest, and those are computed
// exactly, from the half precision rows of the file. The largest logits are those of the exact head, bit for bit.
//
// How a row can be ruled out. Let w be a row and x the hidden row, after each column of the head was centred and scaled
// to a deviation of about 1, and x scaled the other way: w·x is what it was but for a sum that all rows share. Both are
// rounded after an offset is added that does not depend on them (dither, drawn once, the same for every model):
// code = round(w/step + o_j) with o_j in [7, 8) for column j, and q = round(x·s + v_j) with v_j in [-1/2, 1/2). Taken off
// again, ŵ_j = step·(code_j - o_j) and x̂_j = (q_j - v_j)/s, the errors of ŵ and of x̂ are uniform and independent from
// column to column whatever the model is, because the offsets are. So the error of y = ŵ·x̂ as an estimate of w·x is
// sub-Gaussian with variance at most
//
//	step²·|x|²/12 + |ŵ|²/(12 s²)
//
// and exceeds seven deviations on one side with probability below exp(-7²/2) = 2.3e-11. Then with T the exact logit of
// any row, a row with y + 7 deviations < T is less than it. Taking for T the k-th of the exact logits known so far and
// computing every row that is not ruled out gives the k largest, with a chance below k·2.3e-11 of a miss in a token. It
// is a statement about the offsets: it needs nothing of the model, and a model that suits the screen badly makes it
// slower, not wrong.

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/tritkit/tritkit/core/checkpoint"
	"github.com/tritkit/tritkit/core/dtype"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/tokenizer"
)

const (
	// MaxTop is the most logits that a session with HeadInt4 can be asked for (Session.Need).
	MaxTop = 256
	// defaultTop is what it gives unasked: enough for top-k 64 without penalties.
	defaultTop = 64

	sigmas    = 7
	screenRun = 64 // rows of a task: fixed, because the rows that start the search depend on it
	lengths   = 16 // classes of |ŵ|/(step·√cols), which is below 8, to a unit
)

// screen is the 4-bit copy of the head, and what one use of it needs.
type screen struct {
	w      []byte    // h.rows x h.cols codes, as kernel.PackScreen has them
	step   []float32 // of each row
	norm   []float32 // |w| of each row as it is
	class  []uint8   // of each row: lengths·|ŵ|/(step·√cols), rounded up
	lean   []int32   // Σ code·v of each row
	offset []float32 // o_j, and -o_j
	back   []float32
	dither []int8    // 256·v_j
	mean   []float32 // of a column, negative
	spread []float32 // of a column, and its inverse
	narrow []float32
	ones   []float32
	long   float32 // the largest norm
	row    func(worker int, dst []uint16, i int) error
	view   []uint16 // the head in the mapped file, or nil

	q      []int8
	x      []float32
	approx []float32 // y of each row
	best   []float32 // of each task: the largest y, and the most that a logit may be
	reach  []float32
	wide   [8*lengths + 1]float32 // a logit may be y + step·wide[class] + slack
	slack  float32
	count  []int32 // of each task: rows computed exactly
	some   []float32
	mu     sync.Mutex
	err    error // of reading a row
}

// newScreen makes room for the codes of h.
func (m *Model) newScreen() *screen {
	h := &m.head
	tasks := (h.rows + screenRun - 1) / screenRun
	c := &screen{w: m.alloc(h.rows * h.cols / 2), step: make([]float32, h.rows), norm: make([]float32, h.rows), lean: make([]int32, h.rows), class: make([]uint8, h.rows),
		offset: make([]float32, h.cols), back: make([]float32, h.cols), dither: make([]int8, h.cols), ones: make([]float32, h.cols),
		mean: make([]float32, h.cols), spread: make([]float32, h.cols), narrow: make([]float32, h.cols), q: make([]int8, h.cols), x: make([]float32, h.cols),
		approx: make([]float32, h.rows), best: make([]float32, tasks), reach: make([]float32, tasks), count: make([]int32, tasks)}
	r := rand.New(rand.NewPCG(0x7472697473, 4))
	for j := range c.offset {
		c.offset[j], c.dither[j], c.ones[j] = 7+r.Float32(), int8(r.IntN(256)-128), 1
		c.back[j] = -c.offset[j]
	}
	return c
}

// columns looks at the columns of a sample of the head's rows, as wide as the head is in the file. They only have to be
// about right: what they are decides how many rows are ruled out, not whether rightly.
func (c *screen) columns(vocab, width int, read func(row []float32, i int) error) error {
	const sample = 1024
	row, sum, squares := make([]float32, width), make([]float64, width), make([]float64, width)
	n := min(sample, vocab)
	for i := range n {
		if err := read(row, i*vocab/n); err != nil {
			return err
		}
		for j, v := range row {
			sum[j] += float64(v)
			squares[j] += float64(v) * float64(v)
		}
	}
	total := 0.0
	for j := range sum {
		sum[j] /= float64(n)
		squares[j] = max(squares[j]/float64(n)-sum[j]*sum[j], 0)
		total += squares[j]
	}
	least := 0.1 * math.Sqrt(total/float64(width)) // a column of nearly equal numbers has no say, and may have one that is not
	for j := range c.spread {
		c.spread[j], c.narrow[j] = 1, 1
		if j < width && least > 1e-12 {
			c.mean[j] = float32(-sum[j])
			c.spread[j] = float32(max(math.Sqrt(squares[j]), least))
			c.narrow[j] = 1 / c.spread[j]
		}
	}
	return nil
}

// tiny is below what a row, scaled, is all zeros.
const tiny = 1e-30

// pack makes codes 0 to 15 of row i into q, and overwrites the row. The step is a little larger than the largest number
// over 7.5, so that no offset and no rounding leads beyond them.
func (c *screen) pack(m *Model, i int, q []int8, row []float32) {
	const half = 7.499
	c.norm[i] = float32(math.Sqrt(m.k.Squares(row)))
	m.k.Add(row, c.mean)
	most := float64(m.k.Norm(row, row, c.narrow, 1))
	if most < tiny {
		clear(q)
		return
	}
	m.k.Norm(row, row, c.ones, float32(half/most))
	m.k.Add(row, c.offset)
	m.k.Quantize(q, row, 1)
	c.step[i] = float32(most / half)
	m.k.Widen8(row, q)
	m.k.Add(row, c.back)
	c.class[i] = uint8(min(math.Ceil(lengths*math.Sqrt(m.k.Squares(row)/float64(len(row)))), 8*lengths))
}

// leans sets Σ code·v of the block of rows from a on, which is packed.
func (c *screen) leans(m *Model, a, cols int) {
	d := c.lean[a : a+m.k.Rows]
	m.k.Screen(d, c.w[a*cols/2:(a+m.k.Rows)*cols/2], c.dither)
	for i := range d {
		d[i] = (d[i] + 128) >> 8
	}
}

// screened writes the logits of one hidden row into out: the top largest as the exact head has them, and perhaps a few
// more; -Inf for all others.
func (m *Model) screened(out, hidden []float32, top int) error {
	h, c := &m.head, m.head.screen
	top = min(top, h.vocab)
	cols, same := float64(h.cols), 0.0 // same: what all rows have in common
	for j, v := range hidden {
		same -= float64(c.mean[j]) * float64(v)
		c.x[j] = v * c.spread[j]
	}
	long := math.Sqrt(m.k.Squares(hidden))
	x2, s := m.k.Squares(c.x), float32(126/float64(max(m.k.AbsMax(c.x), 1e-5)))
	for j := range c.x {
		c.x[j] += float32(c.dither[j]) / 256 / s
	}
	m.k.Quantize(c.q, c.x, s)
	shift := 0.0 // Σ o·(v - q)
	for j, o := range c.offset {
		shift += float64(o) * (float64(c.dither[j])/256 - float64(c.q[j]))
	}
	// The offsets of x are multiples of 1/256, so its errors have a mean of up to 1/512 that may all point one way. A
	// hundredth is for rounding y and lean; slack for that of the exact head, whose lanes have cols/16 sums.
	unit := 1 / float64(s)
	for i := range c.wide {
		w := float64(i) / lengths // |ŵ|/(step·√cols)
		c.wide[i] = float32(1.01 * (sigmas*math.Sqrt((x2+w*w*cols*unit*unit)/12) + w*cols*unit/512))
	}
	c.slack = float32((cols/16+32)/(1<<24)*float64(c.long)*long + tiny*cols*math.Sqrt(x2))
	base, all, step1 := float32(shift), float32(same), float32(unit)

	tasks := len(c.best)
	m.pool.run(tasks, func(worker, task int) {
		lo, hi := task*screenRun, min((task+1)*screenRun, h.rows)
		d := m.sums(worker, hi-lo)
		m.k.Screen(d, c.w[lo*h.cols/2:hi*h.cols/2], c.q)
		best, reach := float32(math.Inf(-1)), float32(math.Inf(-1))
		n := max(min(hi, h.vocab)-lo, 0)
		steps, leans, classes, ys, outs := c.step[lo:lo+n], c.lean[lo:lo+n], c.class[lo:lo+n], c.approx[lo:lo+n], out[lo:lo+n]
		for i, step := range steps {
			y := float32((float32(d[i]-leans[i])+base)*float32(step*step1)) + all
			ys[i], outs[i] = y, float32(math.Inf(-1))
			best, reach = max(best, y), max(reach, y+float32(step*c.wide[classes[i]])+c.slack)
		}
		c.best[task], c.reach[task], c.count[task] = best, reach, 0
	})

	// At least n rows are at or above the n-th best of the tasks, or of all rows where tasks are few. The top-th of their
	// logits is nearly the final one.
	floor := float32(math.Inf(-1))
	if n := 4 * top; tasks > 2*n {
		floor = c.nth(c.best, n)
	} else if h.vocab > n {
		floor = c.nth(c.approx[:h.vocab], n)
	}
	m.rescore(out, hidden, c.best, floor, func(i int) bool { return c.approx[i] >= floor })
	known := c.some[:0]
	for task, best := range c.best {
		for i := task * screenRun; best >= floor && i < min((task+1)*screenRun, h.vocab); i++ {
			if out[i] > float32(math.Inf(-1)) {
				known = append(known, out[i])
			}
		}
	}
	c.some = known
	err := c.err
	c.err = nil
	if len(known) < top {
		return err // or m.pool.failed tells why
	}
	if least := nth(known, top); least > float32(math.Inf(-1)) {
		m.rescore(out, hidden, c.reach, least, func(i int) bool { return c.approx[i]+float32(c.step[i]*c.wide[c.class[i]])+c.slack >= least })
	}
	if err == nil {
		err, c.err = c.err, nil
	}
	return err
}

// rescore computes the rows that want asks for and that have not been, in the tasks whose bound is at least floor.
func (m *Model) rescore(out, hidden, bound []float32, floor float32, want func(i int) bool) {
	h, c := &m.head, m.head.screen
	m.pool.run(len(bound), func(worker, task int) {
		if !(bound[task] >= floor) {
			return
		}
		for i := task * screenRun; i < min((task+1)*screenRun, h.vocab); i++ {
			if !want(i) || out[i] > float32(math.Inf(-1)) {
				continue
			}
			if err := m.exactRow(worker, out[i:i+1], hidden, i); err != nil {
				c.mu.Lock()
				c.err = err
				c.mu.Unlock()
				return
			}
			c.count[task]++
		}
	})
}

// exactRow is the exact head's logit of row i.
func (m *Model) exactRow(worker int, y, hidden []float32, i int) error {
	halves := m.halves(worker, m.head.cols)
	if err := m.head.screen.row(worker, halves, i); err != nil {
		return err
	}
	m.k.DotF16(y, halves, hidden)
	return nil
}

// rowsOf returns what reads a row of w in half precision: as the file has it, or rounded as the exact head's is.
//
// Rows are read, not looked at in the mapping. A text touches ever other ones, and the system would count all of them and
// their neighbours as memory of this process, 0.6 GB in the end; and looking at a page for the first time costs more than
// reading a row.
func (m *Model) rowsOf(w *checkpoint.Weight, f *dtype.Format) func(worker int, dst []uint16, i int) error {
	width := int(w.Cols())
	if f.Type == dtype.F16 && littleEndian {
		return func(_ int, dst []uint16, i int) error {
			raw := unsafe.Slice((*byte)(unsafe.Pointer(&dst[0])), 2*len(dst))
			clear(raw[2*width:])
			return m.ckpt.ReadAt(w.Tensor.File, raw[:2*width], w.Tensor.Offset+2*int64(i)*int64(width))
		}
	}
	return func(worker int, dst []uint16, i int) error {
		row := m.floats(worker, len(dst))
		clear(row)
		if err := m.readRow(row[:width], w, f, i); err != nil {
			return err
		}
		m.k.Narrow(dst, row)
		return nil
	}
}

// nth returns the n-th largest of x, which stays as it is.
func (c *screen) nth(x []float32, n int) float32 {
	c.some = append(c.some[:0], x...)
	return nth(c.some, n)
}

// nth returns the n-th largest of x, and changes the order of x: quickselect by the middle element.
func nth(x []float32, n int) float32 {
	for len(x) > 16 {
		pivot := x[len(x)/2]
		i, j := 0, len(x)-1
		for i <= j {
			for x[i] > pivot {
				i++
			}
			for x[j] < pivot {
				j--
			}
			if i <= j {
				x[i], x[j] = x[j], x[i]
				i++
				j--
			}
		}
		switch {
		case n <= j+1:
			x = x[:j+1]
		case n > i:
			x, n = x[i:], n-i
		default:
			return pivot
		}
	}
	slices.Sort(x)
	return x[len(x)-n]
}

// Need says how many of the largest logits the caller of Forward looks at; the others may be -Inf. It matters with
// HeadInt4 alone, which gives 64 without it and up to MaxTop with it. 0, for all, and more are a fault of class Usage there.
func (s *Session) Need(top int) error {
	if s.m.Head == HeadInt4 && (top < 1 || top > MaxTop) {
		return fault.New("infer", fault.Usage, "the int4 head knows the largest logits only, and not what is asked of it here").
			Try("take --head int8 or --head f16, or sample greedily (--temp 0) or with --top-k of 1 to 64")
	}
	s.top = top
	return nil
}

// Screened is what the screen made of one position, beside the truth.
type Screened struct {
	Logits []float32 // what Forward returns
	Exact  []float32 // what the exact head says
	Approx []float32 // what the 4-bit copy says
	Rows   int       // how many rows were computed exactly
}

// EachScreened is Each for HeadInt4, with the exact head's logits computed as well.
func (s *Session) EachScreened(ctx context.Context, tokens []tokenizer.Token, want func(i int) bool, do func(i int, x Screened) error) error {
	m, h := s.m, &s.m.head
	if h.screen == nil {
		return fault.New("infer", fault.Usage, "only the int4 head is screened").Try("take --head int4")
	}
	exact := make([]float32, h.vocab)
	return s.Each(ctx, tokens, want, func(i int, logits []float32) error {
		x := Screened{Logits: logits, Exact: exact, Approx: h.screen.approx[:h.vocab]}
		for _, n := range h.screen.count {
			x.Rows += int(n)
		}
		var failed atomic.Pointer[error]
		m.pool.run(len(h.screen.count), func(worker, task int) {
			if lo, hi := task*screenRun, min((task+1)*screenRun, h.vocab); h.screen.view != nil && lo < hi {
				m.k.DotF16(exact[lo:hi], h.screen.view[lo*h.cols:hi*h.cols], s.hidden)
				return
			}
			for i := task * screenRun; i < min((task+1)*screenRun, h.vocab); i++ {
				if err := m.exactRow(worker, exact[i:i+1], s.hidden, i); err != nil {
					failed.Store(&err)
					return
				}
			}
		})
		if e := failed.Load(); e != nil {
			return *e
		}
		if err := m.pool.failed(); err != nil {
			return err
		}
		return do(i, x)
	})
}
