package inspect

// What a second look at a ternary weight tells: rows and columns without a single trit, and of weights held as floats
// how they lie around the thresholds of the snap.

import (
	"context"
	"encoding/binary"
	"math"

	"github.com/tritkit/tritkit/core/checkpoint"
	"github.com/tritkit/tritkit/core/json"
	"github.com/tritkit/tritkit/core/ternary"
)

// Bins of a Histogram, each BinWidth wide; the last takes everything above as well. The snap's threshold, 0.5, is an
// edge.
const (
	Bins     = 24
	BinWidth = 0.125
)

// Histogram counts weights by |w|/scale.
type Histogram [Bins]int64

// Detail is what a tensor's trits, and where it has them its floats, tell beyond their number.
type Detail struct {
	DeadRows, DeadCols int        // outputs and inputs that no trit connects
	Histogram          *Histogram // nil where the weights are codes already
	square, miss       float64    // Σw² and Σ(w - trit*scale)²
}

// Distance returns how far floats are from their trits: the root of Σ(w - trit*scale)²/Σw²; 0 of codes.
func (d *Detail) Distance() float64 {
	if d.square == 0 {
		return 0
	}
	return math.Sqrt(d.miss / d.square)
}

func (d *Detail) clone() *Detail {
	c := *d
	if d.Histogram != nil {
		h := *d.Histogram
		c.Histogram = &h
	}
	return &c
}

func (d *Detail) add(e *Detail) {
	d.DeadRows += e.DeadRows
	d.DeadCols += e.DeadCols
	d.square += e.square
	d.miss += e.miss
	if d.Histogram == nil || e.Histogram == nil {
		d.Histogram = nil
		return
	}
	for i, n := range e.Histogram {
		d.Histogram[i] += n
	}
}

func (d *Detail) append(b []byte) []byte {
	b = json.AppendInt(json.AppendKey(b, "dead_rows"), int64(d.DeadRows))
	b = json.AppendInt(json.AppendKey(b, "dead_columns"), int64(d.DeadCols))
	if d.Histogram != nil {
		b = json.AppendFloat(json.AppendKey(b, "distance"), d.Distance())
		b = json.AppendArray(json.AppendKey(b, "histogram"), Bins, func(b []byte, i int) []byte { return json.AppendInt(b, d.Histogram[i]) })
	}
	return b
}

// detail reads m panel by panel.
func detail(ctx context.Context, m *checkpoint.Matrix) (*Detail, error) {
	d := &Detail{}
	if m.Weight.HasLatents() {
		d.Histogram = &Histogram{}
	}
	live := make([]byte, m.Cols)
	part := ternary.Matrix{Cols: m.Cols}
	var w []float32
	rows := m.Panel()
	for a := 0; a < m.Rows; a += rows {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		part.Rows = min(rows, m.Rows-a)
		if err := m.ReadRows(&part, a); err != nil {
			return nil, err
		}
		d.dead(part.Trits, live)
		if d.Histogram == nil {
			continue
		}
		if n := part.Rows * m.Cols; cap(w) < n {
			w = make([]float32, n)
		}
		w = w[:part.Rows*m.Cols]
		if err := m.ReadLatents(w, a, part.Rows); err != nil {
			return nil, err
		}
		d.floats(w, part.Trits, m.Scale[0])
	}
	for _, x := range live {
		if x == 0 {
			d.DeadCols++
		}
	}
	return d, nil
}

// dead counts rows of zeros and marks in live the columns that are not.
func (d *Detail) dead(t []int8, live []byte) {
	cols := len(live)
	for ; len(t) > 0; t = t[cols:] {
		any := uint64(0)
		i := 0
		for ; i+8 <= cols; i += 8 {
			x := ternary.Load8(t[i:])
			any |= x
			binary.LittleEndian.PutUint64(live[i:], binary.LittleEndian.Uint64(live[i:])|x)
		}
		for ; i < cols; i++ {
			any |= uint64(uint8(t[i]))
			live[i] |= byte(t[i])
		}
		if any == 0 {
			d.DeadRows++
		}
	}
}

func (d *Detail) floats(w []float32, t []int8, scale float32) {
	by := 1 / (scale * BinWidth)
	var square, miss float64
	for i, x := range w {
		k := min(float32(math.Abs(float64(x)))*by, Bins-1)
		d.Histogram[int(k)]++
		e := x - float32(float32(t[i])*scale)
		square += float64(float64(x) * float64(x))
		miss += float64(float64(e) * float64(e))
	}
	d.square += square
	d.miss += miss
}
