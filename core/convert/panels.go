// A ternary weight in panels of rows, made in any order and in parallel.

package convert

import (
	"math"

	"github.com/tritkit/tritkit/core/checkpoint"
	"github.com/tritkit/tritkit/core/dtype"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/ternary"
)

// panelTrits is about how many trits one panel holds.
const panelTrits = 1 << 19

// panels is the writing of one ternary weight.
type panels struct {
	o     *writer
	s     *Step
	m     *checkpoint.Matrix
	rows  func(dst *ternary.Matrix, first int) error // the trits, perhaps pruned
	unit  int                                        // rows come in multiples of it
	value float32                                    // of hfFloat: the magnitude that is written
}

// prepare settles what must be known before the first byte: the pruned codes, the scale as it is stored, and of hfFloat
// the share of zeros.
func (j *panels) prepare() error {
	o, s := j.o, j.s
	if s.form == hfPacked {
		o.scale = dtype.RoundTo(dtype.BF16, j.m.Scale[0])
		if j.m.Group > 0 {
			return oneScale(s, "hf-packed")
		}
	}
	if j.m.Group > 0 && (s.form == hfFloat || s.To == dtype.I2_S) {
		return oneScale(s, s.To.String())
	}
	if o.p.opts.Count {
		s.Counts = &Counts{Scale: j.m.Scale[0]}
	}
	s.ScaleError = rounding(j.m.Scale, s.kept())
	if o.p.opts.Prune > 0 {
		if err := j.prune(); err != nil {
			return err
		}
	}
	if s.form != hfFloat {
		return nil
	}
	counts, err := j.count()
	j.value = onlineValue(j.m.Scale[0], counts, s.To)
	return err
}

// kept returns the type that the step's target keeps a scale in.
func (s *Step) kept() dtype.Type {
	switch f := dtype.Lookup(s.To); {
	case s.form == hfPacked:
		return dtype.BF16
	case s.form == packed && f.Tail == 0:
		return dtype.F16
	}
	return dtype.F32
}

// rounding returns the largest relative error that keeping the scales as t makes.
func rounding(scales []float32, t dtype.Type) (worst float64) {
	for _, s := range scales {
		if s > 0 {
			worst = max(worst, math.Abs(float64(dtype.RoundTo(t, s))-float64(s))/float64(s))
		}
	}
	return worst
}

func oneScale(s *Step, what string) error {
	return fault.New("convert", fault.NotTernary, what, " holds one scale a tensor, and the blocks of this one have several").In(s.weight.Tensor.Name).
		Try("--type tq2_0 or q2_0 keep a scale per block")
}

// panel is one piece of work: where its trits start and where its bytes go.
type panel struct {
	first, rows int
	out         []byte
	counts      ternary.Counts
}

// cut divides n rows into panels of about panelTrits, in multiples of unit.
func (j *panels) cut(n int) []panel {
	rows := max(j.unit, panelTrits/j.m.Cols/j.unit*j.unit)
	var list []panel
	for a := 0; a < n; a += rows {
		list = append(list, panel{first: a, rows: min(rows, n-a)})
	}
	return list
}

// order divides n rows, and says how many panels one piece of work makes: four of a packed source, whose bytes each hold
// rows of all four quarters; else one.
func (j *panels) order(n int) (list []panel, together int) {
	q := n / 4
	if j.m.Weight.Source != checkpoint.Packed || j.s.form == hfPacked || n%4 != 0 || q%j.unit != 0 {
		return j.cut(n), 1
	}
	for i := range 4 {
		for _, p := range j.cut(q) {
			p.first += i * q
			list = append(list, p)
		}
	}
	return list, 4
}

// write leaves the panels to be made, all of them into one stretch of the output.
func (j *panels) write() error {
	f := dtype.Lookup(j.s.To)
	n := j.m.Rows
	if j.s.form == hfPacked {
		n, j.unit = n/4, max(1, j.unit/4)
	}
	if j.o.p.opts.Parallel == nil && f.Tail == 0 && j.s.form != packed && j.s.form != hfPacked {
		return j.writeEach(f)
	}
	out, err := j.o.take(j.s.Bytes)
	if err != nil {
		return err
	}
	body, tail := out[:len(out)-f.Tail], out[len(out)-f.Tail:]
	if f.Tail > 0 { // a tensor without rows is its tail
		if err := f.Pack(tail, &ternary.Matrix{Cols: j.m.Cols, Scale: j.m.Scale}); err != nil {
			return err
		}
	}
	list, together := j.order(n)
	for i := range list {
		row := len(body) / n
		list[i].out = body[list[i].first*row : (list[i].first+list[i].rows)*row]
	}
	jobs := len(list) / together
	for first := range jobs {
		j.o.queue(func() error { return named(j.fill(list, first, jobs, f), j.s) })
	}
	if j.s.Counts != nil {
		j.o.after(func() {
			for i := range list {
				j.s.Counts.Counts = j.s.Counts.Add(list[i].counts)
			}
		})
	}
	return nil
}

// writeEach makes and writes floats a panel at a time: without threads nothing is gained by holding a tensor that is eight
// times the size of its codes.
func (j *panels) writeEach(f *dtype.Format) error {
	row := j.s.Bytes / int64(j.m.Rows)
	for _, p := range j.cut(j.m.Rows) {
		var err error
		if p.out, err = j.o.take(int64(p.rows) * row); err != nil {
			return err
		}
		j.o.queue(func() error { return named(j.one(&p, f), j.s) })
		if err := j.o.flush(); err != nil {
			return err
		}
		if j.s.Counts != nil {
			j.s.Counts.Counts = j.s.Counts.Add(p.counts)
		}
	}
	return nil
}

// fill makes the bytes of every jobs-th panel from the first on: one, or the four that share their source's bytes.
func (j *panels) fill(list []panel, first, jobs int, f *dtype.Format) error {
	var four [4]*panel
	n := 0
	for i := first; i < len(list); i += jobs {
		four[n] = &list[i]
		n++
	}
	if n == 4 {
		if ok, err := j.quarters(&four, f); ok || err != nil {
			return err
		}
	}
	for _, p := range four[:n] {
		if err := j.one(p, f); err != nil {
			return err
		}
	}
	return nil
}

// one makes the bytes of a panel.
func (j *panels) one(p *panel, f *dtype.Format) error {
	if ok, err := j.recode(p, f); ok || err != nil {
		return err
	}
	t := getTrits()
	defer putTrits(t)
	if j.s.form == hfPacked {
		if err := j.fourRows(t, p); err != nil {
			return err
		}
	} else {
		t.m.Rows, t.m.Cols = p.rows, j.m.Cols
		if err := j.rows(&t.m, p.first); err != nil {
			return err
		}
	}
	if j.s.Counts != nil {
		p.counts = ternary.Count(t.m.Trits)
	}
	switch j.s.form {
	case packed:
		return pack(p.out, &t.m, f)
	case hfPacked:
		return dtype.PackHF(p.out, &t.m)
	case hfFloat:
		t.m.Scale[0] = j.value
	}
	return encodeWeights(p.out, &t.m, f)
}

// pack writes the rows of m without the tail that Pack ends them with.
func pack(out []byte, m *ternary.Matrix, f *dtype.Format) error {
	if f.Tail == 0 {
		return f.Pack(out, m)
	}
	whole := getBytes(len(out) + f.Tail)
	defer putBytes(whole)
	err := f.Pack(*whole, m)
	copy(out, *whole)
	return err
}

// fourRows gathers, for byte rows first … of the packed Hugging Face form, the four rows each holds: of q byte rows,
// byte row i holds rows i, i+q, i+2q and i+3q.
func (j *panels) fourRows(t *trits, p *panel) error {
	cols, q := j.m.Cols, j.m.Rows/4
	all := ternary.Matrix{Rows: 4 * p.rows, Cols: cols, Trits: t.m.Trits, Scale: t.m.Scale}
	all.Fit(0)
	for i := range 4 {
		part := ternary.Matrix{Rows: p.rows, Cols: cols, Trits: all.Trits[i*p.rows*cols : (i+1)*p.rows*cols : (i+1)*p.rows*cols], Scale: all.Scale}
		if err := j.rowsAt(&part, i*q+p.first); err != nil {
			return err
		}
		copy(all.Trits[i*p.rows*cols:], part.Trits) // they are the same memory, unless Fit had to grow it
	}
	t.m = all
	return nil
}

// rowsAt reads rows that need not start or end at a multiple of the unit, by reading around them.
func (j *panels) rowsAt(dst *ternary.Matrix, first int) error {
	unit := j.m.Unit()
	lo, hi := first/unit*unit, min((first+dst.Rows+unit-1)/unit*unit, j.m.Rows)
	if lo == first && hi == first+dst.Rows {
		return j.rows(dst, first)
	}
	t := getTrits()
	defer putTrits(t)
	t.m.Rows, t.m.Cols = hi-lo, j.m.Cols
	if err := j.rows(&t.m, lo); err != nil {
		return err
	}
	copy(dst.Trits, t.m.Trits[(first-lo)*j.m.Cols:])
	dst.Scale = append(dst.Scale[:0], t.m.Scale...)
	return nil
}

// encodeWeights writes trit * scale as floats, in pieces that stay in the caches.
func encodeWeights(out []byte, m *ternary.Matrix, f *dtype.Format) error {
	var w [4096]float32
	n := m.Rows * m.Cols
	for i := 0; i < n; i += len(w) {
		part := w[:min(len(w), n-i)]
		m.Weights(part, i)
		if err := f.Encode(out[i*f.Bytes:(i+len(part))*f.Bytes], part); err != nil {
			return err
		}
	}
	return nil
}

// count counts the trits of the whole weight.
func (j *panels) count() (ternary.Counts, error) {
	list := j.cut(j.m.Rows)
	err := j.o.run(len(list), func(i int) error {
		t := getTrits()
		defer putTrits(t)
		t.m.Rows, t.m.Cols = list[i].rows, j.m.Cols
		if err := j.rows(&t.m, list[i].first); err != nil {
			return err
		}
		list[i].counts = ternary.Count(t.m.Trits)
		return nil
	})
	var sum ternary.Counts
	for i := range list {
		sum = sum.Add(list[i].counts)
	}
	return sum, err
}

// prune masks the weight's codes, which takes all of them and all latents in memory.
func (j *panels) prune() error {
	all := &ternary.Matrix{Rows: j.m.Rows, Cols: j.m.Cols}
	if err := j.m.ReadRows(all, 0); err != nil {
		return err
	}
	latents := make([]float32, j.m.Rows*j.m.Cols)
	if err := j.m.ReadLatents(latents, 0, j.m.Rows); err != nil {
		return err
	}
	opts := &j.o.p.opts
	masked, err := ternary.Mask(all, latents, opts.Prune, opts.PruneBy, opts.PruneSeed^seedOf(j.s.weight.Name))
	if err != nil {
		return err
	}
	if j.s.Counts != nil {
		j.s.Counts.Flipped = masked.Flipped
	}
	j.rows = func(dst *ternary.Matrix, first int) error {
		dst.Fit(0)
		dst.Scale[0] = all.Scale[0]
		copy(dst.Trits, all.Trits[first*all.Cols:])
		return nil
	}
	return nil
}

// seedOf makes each tensor's random mask its own: FNV-1a of its name.
func seedOf(name string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(name) {
		h = (h ^ uint64(name[i])) * 1099511628211
	}
	return h
}
