// Reading a ternary weight: its scale first, then any of its rows, in any order and from several goroutines.

package checkpoint

import (
	"context"
	"errors"
	"math"
	"strconv"
	"sync"

	"github.com/tritkit/tritkit/core/dtype"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/tensor"
	"github.com/tritkit/tritkit/core/ternary"
)

// piece is how many bytes one ReadAt asks for, and about how many one unit of parallel work covers.
const piece = 1 << 20

// Parallel runs do(0) … do(n-1), starting them in that order, and returns the error of the lowest index that failed.
// Native code supplies threads; nil is a plain loop.
type Parallel func(n int, do func(i int) error) error

// Run runs the n pieces of work, in a plain loop where p is nil.
func (p Parallel) Run(n int, do func(i int) error) error {
	if p != nil {
		return p(n, do)
	}
	for i := range n {
		if err := do(i); err != nil {
			return err
		}
	}
	return nil
}

// ReadOptions say how weights are read.
type ReadOptions struct {
	Rule     ternary.Rule // how floats that nothing declares ternary are snapped; Declared refuses them
	HFOrder  bool         // rows of permuted weights in Hugging Face order instead of GGUF order
	Parallel Parallel     // nil: a plain loop
	View     bool         // look at the bytes of files that show them instead of reading (Checkpoint.View); Check at the end
	Memory   int64        // keep a tensor's bytes in memory up to this size, else read them twice; 0: always keep
}

// Reader reads ternary weights one after another into memory that it reuses. One weight at a time; not safe for
// concurrent use, but the rows of the current weight are.
type Reader struct {
	c       *Checkpoint
	opts    ReadOptions
	src     [][]byte // pieces of memory for the rows of one weight
	sums    []float64
	scratch sync.Pool
	seen    *tensor.Tensor // the last that was opened: its bytes may have been looked at
}

// NewReader returns a reader of c's ternary weights.
func (c *Checkpoint) NewReader(opts ReadOptions) *Reader {
	return &Reader{c: c, opts: opts, scratch: sync.Pool{New: func() any { return new(scratch) }}}
}

type scratch struct {
	bytes  []byte
	of     *tensor.Tensor // whose bytes these are, from offset at on; nil: nobody's
	at     int64
	floats []float32
}

// Matrix is a ternary weight opened for reading; it is valid until its Reader opens the next one, or longer (Lasts).
type Matrix struct {
	Weight     *Weight
	Rows, Cols int
	Scale      []float32 // one, or one per Group consecutive elements of a row, in source row order
	Group      int
	Rule       ternary.Rule // of floats: how they were snapped; Declared where they were ternary already
	Threshold  uint32       // of floats: the smallest magnitude, as float32 bits, that is a ±1

	r      *Reader
	src    [][]byte // the tensor's bytes, per rows each; nil when they are read on demand
	per    int
	tail   []byte // of I2_S: its last bytes, the scale
	format *dtype.Format
}

// Open reads what is needed to know the scale of w, which must stand in the place of a ternary weight.
//
// The errors are faults: NotTernary for floats that are neither declared nor {0, ±v} (naming the first such element),
// NotFinite, Scale and Code for broken numbers, Changed when the file ends early.
func (r *Reader) Open(ctx context.Context, w *Weight) (*Matrix, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if r.seen != nil && r.opts.View {
		r.c.Forget(r.seen.File, r.seen.Offset, r.seen.Bytes)
	}
	r.seen = w.Tensor
	m := &Matrix{Weight: w, Rows: int(w.Rows()), Cols: int(w.Cols()), r: r, format: dtype.Lookup(w.Tensor.Type)}
	if err := m.load(); err != nil {
		return nil, m.wrap(err)
	}
	if err := m.settle(); err != nil {
		return nil, m.wrap(err)
	}
	return m, nil
}

// load brings the tensor's bytes into memory when they fit and will be read more than once: floats, whose scale takes
// a pass of its own, and blocks with a scale each. The rest is read when it is asked for.
func (m *Matrix) load() error {
	t, r := m.Weight.Tensor, m.r
	if once := m.Weight.Source == Packed || m.Weight.Source == Codes || m.format.Tail > 0; once || r.opts.Memory > 0 && t.Bytes > r.opts.Memory {
		return nil
	}
	if b := r.view(t, t.Offset, t.Bytes); b != nil {
		m.src, m.per = [][]byte{b}, m.Rows
		return nil
	}
	row := m.rowBytes()
	m.per = max(4, int(piece/row)/4*4)
	pieces := (m.Rows + m.per - 1) / m.per
	r.room(pieces, int64(m.per)*row)
	m.src = r.src[:pieces]
	return r.opts.Parallel.Run(pieces, func(i int) error {
		lo := int64(i) * int64(m.per) * row
		n := min(int64(m.per)*row, t.Bytes-lo)
		m.src[i] = m.src[i][:n]
		return r.c.ReadAt(t.File, m.src[i], t.Offset+lo)
	})
}

// room makes src n pieces of memory of at least size bytes. In pieces, because where memory never shrinks (WebAssembly)
// what planning left free has room for many pieces, and not for one tensor.
func (r *Reader) room(n int, size int64) {
	if len(r.src) < n {
		r.src = append(r.src, make([][]byte, n-len(r.src))...)
	}
	for i := range r.src[:n] {
		if int64(cap(r.src[i])) < size {
			r.src[i] = make([]byte, max(size, piece))
		}
	}
}

// Lasts reports whether m can be read after its Reader has opened the next weight: nothing of it is in memory, so each
// reading goes to the file.
func (m *Matrix) Lasts() bool { return m.src == nil }

// settle finds the scale.
func (m *Matrix) settle() error {
	switch m.Weight.Source {
	case Packed, Codes:
		v, err := m.scalar()
		if err == nil && m.Weight.Inverse {
			v = 1 / v
		}
		m.Scale = []float32{v}
		return err
	case Online:
		return m.snap(ternary.AbsMean)
	case Floats:
		if m.r.opts.Rule != ternary.Declared {
			return m.snap(m.r.opts.Rule)
		}
		return m.values()
	case Ternary:
		return m.ternaryScales()
	}
	return fault.New("checkpoint", fault.NotTernary, "a plain float that the config keeps out of quantisation (modules_to_not_convert)")
}

// scalar reads the one positive finite element of the weight's scale tensor.
func (m *Matrix) scalar() (float32, error) {
	s := m.Weight.Scale
	var raw [8]byte
	if err := m.r.c.ReadAt(s.File, raw[:s.Bytes], s.Offset); err != nil {
		return 0, err
	}
	var v [1]float32
	dtype.Lookup(s.Type).Decode(v[:], raw[:s.Bytes])
	if !(v[0] > 0) || math.IsInf(float64(v[0]), 0) || math.IsInf(float64(1/v[0]), 0) {
		return 0, fault.At("checkpoint", fault.Scale, s.Offset, "a scale must be positive and finite").In(s.Name)
	}
	return v[0], nil
}

// snap finds the scale of floats by a rule: the sums of all rows, each in column order, then in row order.
func (m *Matrix) snap(rule ternary.Rule) error {
	sum, nonzero, err := m.absSum(rule == ternary.NonzeroMean)
	if err != nil {
		return err
	}
	var scale float32
	if rule == ternary.NonzeroMean {
		scale = ternary.NonzeroMeanScale(sum, nonzero)
		m.Threshold = ternary.ThresholdDiv(scale)
	} else {
		var s float32
		s, scale = ternary.AbsMeanScale(sum, int64(m.Rows)*int64(m.Cols))
		m.Threshold = ternary.Threshold(s)
	}
	m.Rule = rule
	m.Scale = []float32{dtype.RoundTo(m.r.c.Config.DType, scale)}
	if !(m.Scale[0] > 0) || math.IsInf(float64(m.Scale[0]), 0) {
		return fault.New("checkpoint", fault.Scale, "the weights are so large that their scale is not finite")
	}
	return nil
}

// absSum returns Σ|w| and, when asked, how many weights are not zero.
func (m *Matrix) absSum(count bool) (sum float64, nonzero int64, err error) {
	if cap(m.r.sums) < m.Rows {
		m.r.sums = make([]float64, m.Rows)
	}
	sums, rows := m.r.sums[:m.Rows], m.panelRows()
	panels := (m.Rows + rows - 1) / rows
	counts := make([]int64, panels)
	err = m.r.opts.Parallel.Run(panels, func(i int) error {
		a := i * rows
		b := min(a+rows, m.Rows)
		if done, err := m.sumsOfBF16(sums[a:b], a, count); done || err != nil {
			return err
		}
		return m.floats(a, b, func(first int, w []float32) error {
			n := len(w) / m.Cols
			if bad := ternary.RowSums(sums[first:first+n], w, m.Cols); bad >= 0 {
				return m.notFinite(first, bad, w[bad])
			}
			if count {
				counts[i] += nonzeros(w)
			}
			return nil
		})
	})
	for _, s := range sums {
		sum += s
	}
	for _, n := range counts {
		nonzero += n
	}
	return sum, nonzero, err
}

// sumsOfBF16 is absSum's fast way for rows of bf16 from row a on. It leaves to the plain way what it cannot do: other
// types, counting, and saying which weight is not finite.
func (m *Matrix) sumsOfBF16(sums []float64, a int, count bool) (done bool, err error) {
	if m.format.Type != dtype.BF16 || count {
		return false, nil
	}
	s := m.r.scratch.Get().(*scratch)
	defer m.r.scratch.Put(s)
	src, err := m.bytes(s, a, len(sums))
	return err == nil && dtype.RowSumsBF16(sums, src, m.Cols), err
}

// values takes floats that nothing declares ternary for what they are: exactly 0 or ±v within one bf16 step, or a fault.
// It is ternary.FromValues in panels.
func (m *Matrix) values() error {
	rows := m.panelRows()
	panels := (m.Rows + rows - 1) / rows
	all := make([]magnitudes, panels)
	err := m.r.opts.Parallel.Run(panels, func(i int) error {
		a := i * rows
		return m.floats(a, min(a+rows, m.Rows), func(_ int, w []float32) error {
			all[i].add(w)
			return nil
		})
	})
	if err != nil {
		return err
	}
	var mags magnitudes
	for _, x := range all {
		mags.merge(x)
	}
	if !mags.ternary() {
		return m.explain()
	}
	m.Threshold = 1
	v, exact := mags.value()
	if !exact {
		sum, nonzero, err := m.absSum(true)
		if err != nil {
			return err
		}
		v = float32(sum / float64(nonzero))
	}
	m.Scale = []float32{v}
	return nil
}

// explain finds the first weight that keeps the floats from being ternary; it reads them again, whole.
func (m *Matrix) explain() error {
	all := make([]float32, 0, m.Rows*m.Cols)
	if err := m.floats(0, m.Rows, func(_ int, w []float32) error { all = append(all, w...); return nil }); err != nil {
		return err
	}
	whole := ternary.Matrix{Rows: m.Rows, Cols: m.Cols}
	return ternary.FromValues(&whole, all)
}

// ReadRows fills dst, whose Rows and Cols are set, with the rows of m from row first on, and gives it m's scale.
//
// Of a permuted weight in the other order than its file's, first and dst.Rows must be multiples of Unit. Safe for
// concurrent use.
func (m *Matrix) ReadRows(dst *ternary.Matrix, first int) error {
	dst.Fit(m.Group)
	if m.Group > 0 {
		per := m.Cols / m.Group
		copy(dst.Scale, m.Scale[first*per:(first+dst.Rows)*per])
	} else {
		dst.Scale[0] = m.Scale[0]
	}
	if err := m.codes(dst, first); err != nil {
		return m.wrap(err)
	}
	if m.permuted() {
		m.permute(dst)
	}
	return nil
}

// ViewRows returns the bytes of n rows from row first on as they lie in a GGUF, whole blocks and no tail, or nil where
// they cannot be seen (Checkpoint.View) or the rows are not in GGUF order. layout is that of I2_S. Nothing has been
// checked of them: a code may be 3.
func (m *Matrix) ViewRows(first, n int) (b []byte, layout dtype.Layout) {
	if m.Weight.Source != Ternary || m.permuted() {
		return nil, 0
	}
	t, row := m.Weight.Tensor, int64(m.Cols)/int64(m.format.Block)*int64(m.format.Bytes)
	return m.r.c.View(t.File, t.Offset+int64(first)*row, int64(n)*row), m.r.c.layout
}

// Unit is how many rows ReadRows goes by: a head where rows must be permuted, else 4.
func (m *Matrix) Unit() int {
	if m.permuted() {
		return m.Rows / m.Weight.Heads
	}
	return 4
}

// codes fills dst.Trits in source row order.
func (m *Matrix) codes(dst *ternary.Matrix, first int) error {
	switch m.Weight.Source {
	case Packed:
		return m.unpackHF(dst, first)
	case Ternary:
		return m.unpack(dst, first)
	}
	return m.floats(first, first+dst.Rows, func(row int, w []float32) error {
		t := dst.Trits[(row-first)*m.Cols:][:len(w)]
		if m.Weight.Source == Codes {
			return m.exactCodes(t, w, row)
		}
		ternary.Codes(t, w, m.Threshold)
		return nil
	})
}

// floats decodes the source rows from a to b, a few at a time, and hands them to do with the number of the first.
func (m *Matrix) floats(a, b int, do func(first int, w []float32) error) error {
	const most = 16 << 10 // floats: they stay in the innermost caches
	s := m.r.scratch.Get().(*scratch)
	defer m.r.scratch.Put(s)
	step := max(1, most/m.Cols)
	step = max(step/4*4, min(step, 4)) // whole fours, for RowSums
	if cap(s.floats) < step*m.Cols {
		s.floats = make([]float32, step*m.Cols)
	}
	for ; a < b; a += step {
		n := min(step, b-a)
		src, err := m.bytes(s, a, n)
		if err != nil {
			return err
		}
		w := s.floats[:n*m.Cols]
		m.format.Decode(w, src)
		if err := do(a, w); err != nil {
			return err
		}
	}
	return nil
}

// bytes returns the n source rows from row a on, as they lie in the file: contiguous blocks.
func (m *Matrix) bytes(s *scratch, a, n int) ([]byte, error) {
	row := m.rowBytes()
	lo, size := int64(a)*row, int64(n)*row
	if m.src != nil {
		return m.inMemory(s, a, n), nil
	}
	t := m.Weight.Tensor
	if b := m.r.view(m.Weight.Tensor, t.Offset+lo, size); b != nil {
		return b, nil
	}
	if s.of == t && s.at == lo && int64(len(s.bytes)) == size {
		return s.bytes, nil // the next quarter of packed rows is in the bytes of the last
	}
	s.fit(int(size))
	s.of = nil
	if err := m.r.c.ReadAt(t.File, s.bytes, t.Offset+lo); err != nil {
		return nil, err
	}
	s.of, s.at = t, lo
	return s.bytes, nil
}

// rowBytes returns the bytes of one source row, without a tail.
func (m *Matrix) rowBytes() int64 {
	return int64(m.Cols) / int64(m.format.Block) * int64(m.format.Bytes)
}

// inMemory returns n source rows from row a on out of src; rows of several pieces are put together.
func (m *Matrix) inMemory(s *scratch, a, n int) []byte {
	row := int(m.rowBytes())
	i, first := a/m.per, a%m.per
	if first+n <= m.per {
		return m.src[i][first*row : (first+n)*row]
	}
	s.fit(n * row)
	s.of = nil
	for at := 0; at < len(s.bytes); i, first = i+1, 0 {
		at += copy(s.bytes[at:], m.src[i][first*row:])
	}
	return s.bytes
}

// view returns bytes of t where they are to be looked at.
func (r *Reader) view(t *tensor.Tensor, off, n int64) []byte {
	if !r.opts.View {
		return nil
	}
	return r.c.View(t.File, off, n)
}

func (s *scratch) fit(n int) {
	if cap(s.bytes) < n {
		s.bytes = make([]byte, n)
	}
	s.bytes = s.bytes[:n]
}

// exactCodes takes -1, 0 and 1 stored as numbers.
func (m *Matrix) exactCodes(t []int8, w []float32, row int) error {
	for i, x := range w {
		if x != 0 && x != 1 && x != -1 {
			at := row*m.Cols + i
			return fault.New("checkpoint", fault.Code, "weight ", strconv.Itoa(at), " is ", ftoa(x), ", but beside a weight_scale every weight is -1, 0 or 1")
		}
		t[i] = int8(x)
	}
	return nil
}

// panelRows is how many rows make about one piece of work.
func (m *Matrix) panelRows() int {
	rows := max(1, piece/2/m.Cols)
	return max(4, rows/4*4)
}

// Rows of q and k are permuted between Hugging Face and GGUF where RoPE pairs neighbours: in each head of hd rows, GGUF
// row 2i+b is Hugging Face row b*hd/2 + i. (ggml-org/llama.cpp conversion LlamaModel.permute.)

func (m *Matrix) permuted() bool {
	return m.Weight.Heads > 0 && (m.r.c.Container == Safetensors) != m.r.opts.HFOrder
}

func (m *Matrix) permute(dst *ternary.Matrix) {
	hd := m.Unit()
	head := make([]int8, hd*m.Cols)
	for a := 0; a < dst.Rows; a += hd {
		rows := dst.Trits[a*m.Cols : (a+hd)*m.Cols]
		copy(head, rows)
		for g := range hd {
			copy(rows[g*m.Cols:(g+1)*m.Cols], head[m.permutedRow(g, hd)*m.Cols:])
		}
	}
}

// permutedRow returns which row of the source's head is row g of the order that is read.
func (m *Matrix) permutedRow(g, hd int) int {
	if m.r.opts.HFOrder {
		return UnpermutedRow(g, hd)
	}
	return PermutedRow(g, hd)
}

// PermutedRow returns the Hugging Face row, within a head of hd rows, that is GGUF row g of a weight with Heads > 0.
func PermutedRow(g, hd int) int { return g%2*(hd/2) + g/2 }

// UnpermutedRow is the inverse of PermutedRow: the GGUF row that is Hugging Face row r of a head of hd rows.
func UnpermutedRow(r, hd int) int { return r%(hd/2)*2 + r/(hd/2) }

func (m *Matrix) notFinite(first, bad int, x float32) error {
	return fault.New("checkpoint", fault.NotFinite, "weight ", strconv.Itoa(first*m.Cols+bad), " (row ", strconv.Itoa(first+bad/m.Cols),
		", column ", strconv.Itoa(bad%m.Cols), ") is ", ftoa(x))
}

// wrap names the tensor and file in a fault.
func (m *Matrix) wrap(err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*fault.Error](err); ok && e.Tensor == "" {
		e.Tensor = m.Weight.Tensor.Name
	}
	return fault.InFile(err, m.r.c.Files[m.Weight.Tensor.File].Name)
}

func nonzeros(w []float32) (n int64) {
	for _, x := range w {
		if x != 0 {
			n++
		}
	}
	return n
}

func ftoa(x float32) string { return strconv.FormatFloat(float64(x), 'g', -1, 32) }
