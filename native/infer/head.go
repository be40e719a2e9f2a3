package infer

// The output layer: the embedding again where the checkpoint has no head of its own.

import (
	"slices"
	"strconv"
	"unsafe"

	"github.com/tritkit/tritkit/core/checkpoint"
	"github.com/tritkit/tritkit/core/dtype"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/native/files"
	"github.com/tritkit/tritkit/native/kernel"
)

// head is vocab rows of width cols; q with its scales and sums, or f16, or screen.
type head struct {
	vocab, rows, cols int // rows: padded to whole blocks and lanes
	q                 []int8
	sums              []int32
	scales            []float32
	f16               []uint16 // vocab rows
	screen            *screen
}

// weights returns the bytes that one product reads.
func (h *head) weights() []byte {
	if h.screen != nil {
		return h.screen.w
	}
	if h.f16 != nil {
		return unsafe.Slice((*byte)(unsafe.Pointer(&h.f16[0])), 2*len(h.f16))
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&h.q[0])), len(h.q))
}

// together is how many hidden rows go through the head in one pass over its weights.
func (h *head) together() int {
	if h.f16 != nil {
		return together
	}
	return 1
}

// headPanel is how many rows are read at once; a multiple of every kernel's rows and of the lanes.
const headPanel = 64

// head reads the output layer row by row into the form of kind.
func (l *loader) head(h *head, kind Head) error {
	m := l.m
	w := l.c.Weight("output.weight")
	if w == nil {
		w = m.embd
	}
	h.vocab, h.cols = int(w.Rows()), pad(int(w.Cols()))
	h.rows = pad(m.k.PaddedRows(h.vocab))
	f := dtype.Lookup(w.Tensor.Type)
	var view []uint16 // the rows where they lie
	if f.Type == dtype.F16 && h.cols == int(w.Cols()) && littleEndian {
		if raw := l.c.View(w.Tensor.File, w.Tensor.Offset, w.Tensor.Bytes); raw != nil && uintptr(unsafe.Pointer(&raw[0]))%2 == 0 {
			view = asHalves(raw)
		}
	}
	switch {
	case kind == HeadInt4:
		h.screen = m.newScreen()
		h.screen.row, h.screen.view = m.rowsOf(w, f), view
		if err := h.screen.columns(h.vocab, int(w.Cols()), func(row []float32, i int) error { return m.readRow(row, w, f, i) }); err != nil {
			return err
		}
	case kind == HeadF16 && l.inPlace && view != nil:
		h.f16 = view
		return nil
	case kind == HeadF16:
		h.f16 = asHalves(m.alloc(2 * h.vocab * h.cols))
	default:
		h.q, h.sums, h.scales = asInt8(m.alloc(h.rows*h.cols)), make([]int32, h.rows), make([]float32, h.rows)
	}
	err := l.run.Run((h.vocab+headPanel-1)/headPanel, func(i int) error {
		if err := l.ctx.Err(); err != nil {
			return err
		}
		return l.headRows(h, w, f, i*headPanel, min(headPanel, h.vocab-i*headPanel))
	})
	if h.screen != nil {
		h.screen.long = slices.Max(h.screen.norm)
		h.screen.norm = nil
	}
	return err
}

// headRows makes n rows of the head from row a on: panels of whole blocks, but for the last.
func (l *loader) headRows(h *head, w *checkpoint.Weight, f *dtype.Format, a, n int) error {
	m, k, cols := l.m, l.m.k, int(w.Cols())
	size := cols / f.Block * f.Bytes
	at := w.Tensor.Offset + int64(a*size)
	s := l.scratch.Get().(*panel)
	defer l.scratch.Put(s)
	raw := l.c.View(w.Tensor.File, at, int64(n*size))
	if raw == nil {
		s.raw = fit(s.raw, n*size)
		raw = s.raw
		if err := l.c.ReadAt(w.Tensor.File, raw, at); err != nil {
			return err
		}
	} else {
		defer files.Forget(raw)
	}
	s.row, s.q = fit(s.row, h.cols), fit(s.q, headPanel*h.cols)
	clear(s.row)
	clear(s.q[n*h.cols:])
	for r := range n {
		decodeRow(k, f, s.row[:cols], raw[r*size:(r+1)*size])
		if sum := k.Squares(s.row); sum-sum != 0 {
			if err := finite(s.row[:cols], (a+r)*cols, w.Tensor.Name); err != nil {
				return err
			}
		}
		if h.f16 != nil {
			k.Narrow(h.f16[(a+r)*h.cols:(a+r+1)*h.cols], s.row)
			continue
		}
		q := s.q[r*h.cols : (r+1)*h.cols]
		if h.screen != nil {
			h.screen.pack(m, a+r, q, s.row)
			clear(s.row[cols:]) // which have codes
			continue
		}
		most := k.AbsMax(s.row)
		if most == 0 {
			clear(q)
			continue
		}
		h.sums[a+r] = 128 * k.Quantize(q, s.row, float32(127/float64(most)))
		h.scales[a+r] = most / 127
	}
	for b := 0; b < n && h.screen != nil; b += k.Rows {
		k.PackScreen(h.screen.w[(a+b)*h.cols/2:(a+b+k.Rows)*h.cols/2], s.q[b*h.cols:(b+k.Rows)*h.cols], h.cols)
		h.screen.leans(m, a+b, h.cols)
	}
	for b := 0; b < n && h.q != nil; b += k.Rows {
		k.PackHead(h.q[(a+b)*h.cols:(a+b+k.Rows)*h.cols], s.q[b*h.cols:(b+k.Rows)*h.cols], h.cols)
	}
	return nil
}

// panel is what one piece of loading needs.
type panel struct {
	raw, codes []byte
	row        []float32
	q          []int8
}

// fit returns s with n elements, of any value.
func fit[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// decodeRow is f.Decode, by the kernel where it is half precision.
func decodeRow(k *kernel.Kernel, f *dtype.Format, dst []float32, raw []byte) {
	if f.Type != dtype.F16 || len(dst)%kernel.Lanes != 0 || uintptr(unsafe.Pointer(&raw[0]))%2 != 0 || !littleEndian {
		f.Decode(dst, raw)
		return
	}
	k.Widen(dst, unsafe.Slice((*uint16)(unsafe.Pointer(&raw[0])), len(dst)))
}

// littleEndian: the bytes of a half in a file are those of a uint16 in memory.
var littleEndian = *(*byte)(unsafe.Pointer(&[]uint16{1}[0])) == 1

// finite finds the number that is not; x are those from element first on.
func finite(x []float32, first int, name string) error {
	for i, v := range x {
		if v-v != 0 {
			return fault.New("infer", fault.NotFinite, "element ", strconv.Itoa(first+i), " is not finite").In(name)
		}
	}
	return nil
}

// logits writes the logits of one hidden row, padded to h.cols, into out: h.vocab numbers, of which HeadInt4 gives the
// top largest. out has room for h.rows.
func (m *Model) logits(h *head, out, hidden []float32, top int) error {
	switch {
	case h.screen != nil:
		return m.screened(out, hidden, top)
	case h.f16 != nil:
		const per = 512
		m.pool.run((h.vocab+per-1)/per, func(_, task int) {
			lo, hi := task*per, min(task*per+per, h.vocab)
			m.k.DotF16(out[lo:hi], h.f16[lo*h.cols:hi*h.cols], hidden)
		})
		return nil
	}
	q := m.bufs.headQ
	s := scaleFor(m.k.AbsMax(hidden))
	m.k.Quantize(q, hidden, s)
	per := max(kernel.Lanes, (128<<10)/h.cols/kernel.Lanes*kernel.Lanes)
	m.pool.run((h.rows+per-1)/per, func(worker, task int) {
		lo, hi := task*per, min(task*per+per, h.rows)
		d := m.sums(worker, hi-lo)
		m.k.Head(d, h.q[lo*h.cols:hi*h.cols], q, h.sums[lo:hi])
		m.k.ScaleEach(out[lo:hi], d, h.scales[lo:hi], s)
	})
	return nil
}

// together is how many hidden rows the exact head multiplies in one pass over its weights.
const together = 4

// logits4 is logits of the exact head for four hidden rows, one after another; so are the outputs, h.rows apart.
func (m *Model) logits4(h *head, out, hidden []float32) {
	const per = 128
	m.pool.run((h.vocab+per-1)/per, func(worker, task int) {
		lo, hi := task*per, min(task*per+per, h.vocab)
		n := hi - lo
		y := m.floats(worker, together*n)
		m.k.DotF16x4(y, h.f16[lo*h.cols:hi*h.cols], hidden)
		for i := range together {
			copy(out[i*h.rows+lo:i*h.rows+hi], y[i*n:(i+1)*n])
		}
	})
}
