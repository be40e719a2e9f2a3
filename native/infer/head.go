package infer

// The output layer: the embedding again where the checkpoint has no head of its own.

import (
	"strconv"

	"github.com/tritkit/tritkit/core/checkpoint"
	"github.com/tritkit/tritkit/core/dtype"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/native/kernel"
)

// head is vocab rows of width cols; either q with its scales and sums, or f16.
type head struct {
	vocab, rows, cols int // rows: padded to whole blocks and lanes
	q                 []int8
	sums              []int32
	scales            []float32
	f16               []uint16 // vocab rows
}

func (h *head) bytes() int64 { return int64(len(h.q)) + 2*int64(len(h.f16)) }

// headPanel is how many rows are read at once; a multiple of every kernel's rows and of the lanes.
const headPanel = 64

// head reads the output layer row by row into the form that is asked for.
func (l *loader) head() error {
	m := l.m
	w := l.c.Weight("output.weight")
	if w == nil {
		w = m.embd
	}
	h := &m.head
	h.vocab, h.cols = int(w.Rows()), pad(int(w.Cols()))
	h.rows = pad(m.k.PaddedRows(h.vocab))
	if m.Head == HeadF16 {
		h.f16 = make([]uint16, h.vocab*h.cols)
	} else {
		h.q, h.sums, h.scales = make([]int8, h.rows*h.cols), make([]int32, h.rows), make([]float32, h.rows)
	}
	f := dtype.Lookup(w.Tensor.Type)
	return l.run.Run((h.vocab+headPanel-1)/headPanel, func(i int) error {
		if err := l.ctx.Err(); err != nil {
			return err
		}
		return l.headRows(h, w, f, i*headPanel, min(headPanel, h.vocab-i*headPanel))
	})
}

// headRows reads n rows from row a on.
func (l *loader) headRows(h *head, w *checkpoint.Weight, f *dtype.Format, a, n int) error {
	k, cols := l.m.k, int(w.Cols())
	x := make([]float32, n*cols)
	raw := make([]byte, len(x)/f.Block*f.Bytes)
	if err := l.c.ReadAt(w.Tensor.File, raw, w.Tensor.Offset+int64(a*cols/f.Block*f.Bytes)); err != nil {
		return err
	}
	f.Decode(x, raw)
	for i, v := range x {
		if v-v != 0 {
			return fault.New("infer", fault.NotFinite, "element ", strconv.Itoa(a*cols+i), " is not finite").In(w.Tensor.Name)
		}
	}
	row := make([]float32, h.cols)
	if h.f16 != nil {
		for r := range n {
			copy(row, x[r*cols:(r+1)*cols])
			k.Narrow(h.f16[(a+r)*h.cols:(a+r+1)*h.cols], row)
		}
		return nil
	}
	q := make([]int8, n*h.cols)
	for r := range n {
		copy(row, x[r*cols:(r+1)*cols])
		most := k.AbsMax(row)
		if most == 0 {
			continue
		}
		k.Quantize(q[r*h.cols:(r+1)*h.cols], row, float32(127/float64(most)))
		h.scales[a+r] = most / 127
	}
	for b := 0; b < n; b += k.Rows {
		rows := min(k.Rows, n-b)
		k.PackHead(h.q[(a+b)*h.cols:(a+b+k.Rows)*h.cols], h.sums[a+b:a+b+k.Rows], q[b*h.cols:(b+rows)*h.cols], rows, h.cols)
	}
	return nil
}

// logits writes the logits of one hidden row, padded to h.cols, into out: h.vocab numbers. out has room for h.rows.
func (m *Model) logits(out, hidden []float32) {
	h := &m.head
	if h.f16 != nil {
		const per = 512
		m.pool.run((h.vocab+per-1)/per, func(_, task int) {
			lo, hi := task*per, min(task*per+per, h.vocab)
			m.k.DotF16(out[lo:hi], h.f16[lo*h.cols:hi*h.cols], hidden)
		})
		return
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
}
