package inspect

// Two checkpoints, tensor by tensor, whatever packs them.

import (
	"context"
	"math"

	"github.com/tritkit/tritkit/core/checkpoint"
	"github.com/tritkit/tritkit/core/dtype"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/json"
	"github.com/tritkit/tritkit/core/model"
	"github.com/tritkit/tritkit/core/ternary"
)

// Level is how much of a ternary weight must agree.
type Level string

// Levels. Scales: within 2^-10 relative, which f16 rounding keeps. Plain floats must agree within 2^-7 at codes and
// scales (bf16 and f16 roundings of the same value), and exactly at bytes.
const (
	LevelCodes  Level = "codes"
	LevelScales Level = "scales"
	LevelBytes  Level = "bytes"
)

const (
	scaleTolerance = 1.0 / 1024
	floatTolerance = 1.0 / 128
)

// TensorDiff is how one tensor differs.
type TensorDiff struct {
	Name                           string
	Verdict                        string // equal, same-codes, flipped, differs, only-a, only-b
	Flipped, Total                 int64
	ScaleError, MaxError, RMSError float64 // scale: relative; plain floats: relative to the largest magnitude
}

// Difference is the result of Diff.
type Difference struct {
	Level   Level
	Same    bool
	Tensors []TensorDiff
}

// Diff compares the weights of a and b by their GGUF names. Both must be models we know.
func Diff(ctx context.Context, a, b *checkpoint.Checkpoint, level Level, o Options) (*Difference, error) {
	for _, c := range []*checkpoint.Checkpoint{a, b} {
		if c.Unknown != nil {
			return nil, c.Unknown
		}
	}
	if level != LevelCodes && level != LevelScales && level != LevelBytes {
		return nil, fault.New("inspect", fault.Usage, "no such level: ", fault.Quote(string(level))).Try("--level codes, scales or bytes")
	}
	d := &Difference{Level: level, Same: true}
	ra := a.NewReader(checkpoint.ReadOptions{Rule: o.Rule, Parallel: o.Parallel})
	rb := b.NewReader(checkpoint.ReadOptions{Rule: o.Rule, Parallel: o.Parallel})
	for i := range a.Weights {
		wa := &a.Weights[i]
		wb := b.Weight(wa.Name)
		if wa.Tensor == nil {
			continue
		}
		if wb == nil || wb.Tensor == nil {
			d.add(TensorDiff{Name: wa.Name, Verdict: "only-a"})
			continue
		}
		t := TensorDiff{Name: wa.Name}
		var err error
		if wa.Kind == model.Linear && !wa.Kept && !wb.Kept {
			err = t.ternary(ctx, ra, rb, wa, wb)
		} else {
			err = t.plain(ctx, a, b, wa, wb)
		}
		if err != nil {
			return nil, err
		}
		d.add(t)
	}
	for i := range b.Weights {
		if w := &b.Weights[i]; w.Tensor != nil && a.Weight(w.Name) == nil {
			d.add(TensorDiff{Name: w.Name, Verdict: "only-b"})
		}
	}
	return d, nil
}

// add records a tensor and whether it breaks the level.
func (d *Difference) add(t TensorDiff) {
	d.Tensors = append(d.Tensors, t)
	same := t.Verdict == "equal"
	if t.Verdict == "same-codes" {
		same = d.Level == LevelCodes || d.Level == LevelScales && t.ScaleError <= scaleTolerance
	}
	if t.Verdict == "differs" && d.Level != LevelBytes {
		same = t.MaxError <= floatTolerance
	}
	d.Same = d.Same && same
}

func (t *TensorDiff) ternary(ctx context.Context, ra, rb *checkpoint.Reader, wa, wb *checkpoint.Weight) error {
	a, err := ra.Open(ctx, wa)
	if err != nil {
		return err
	}
	b, err := rb.Open(ctx, wb)
	if err != nil {
		return err
	}
	if a.Rows != b.Rows || a.Cols != b.Cols {
		t.Verdict = "differs"
		t.MaxError = math.Inf(1)
		return nil
	}
	unit := max(a.Unit(), b.Unit())
	rows := max(unit, (1<<20)/a.Cols/unit*unit)
	x, y := ternary.Matrix{Cols: a.Cols}, ternary.Matrix{Cols: a.Cols}
	for r := 0; r < a.Rows; r += rows {
		x.Rows = min(rows, a.Rows-r)
		y.Rows = x.Rows
		if err := a.ReadRows(&x, r); err != nil {
			return err
		}
		if err := b.ReadRows(&y, r); err != nil {
			return err
		}
		for i, v := range x.Trits {
			if v != y.Trits[i] {
				t.Flipped++
			}
		}
		t.Total += int64(len(x.Trits))
		if a.Group == b.Group {
			for i, s := range x.Scale {
				t.ScaleError = max(t.ScaleError, relative(s, y.Scale[i]))
			}
		} else if a.Group != b.Group {
			t.ScaleError = math.Inf(1)
		}
	}
	switch {
	case t.Flipped > 0:
		t.Verdict = "flipped"
	case t.ScaleError > 0:
		t.Verdict = "same-codes"
	default:
		t.Verdict = "equal"
	}
	return nil
}

func relative(a, b float32) float64 {
	if a == b {
		return 0
	}
	return math.Abs(float64(a)-float64(b)) / math.Max(math.Abs(float64(a)), math.Abs(float64(b)))
}

// plain compares floats of any two types.
func (t *TensorDiff) plain(ctx context.Context, a, b *checkpoint.Checkpoint, wa, wb *checkpoint.Weight) error {
	n := wa.Tensor.Elements()
	if n != wb.Tensor.Elements() {
		t.Verdict, t.MaxError = "differs", math.Inf(1)
		return nil
	}
	const most = 1 << 18
	x, y := make([]float32, most), make([]float32, most)
	var largest, worst, sum float64
	for at := int64(0); at < n; at += most {
		if err := ctx.Err(); err != nil {
			return err
		}
		k := int(min(most, n-at))
		if err := decode(a, wa, x[:k], at); err != nil {
			return err
		}
		if err := decode(b, wb, y[:k], at); err != nil {
			return err
		}
		for i := range x[:k] {
			e := math.Abs(float64(x[i]) - float64(y[i]))
			largest = math.Max(largest, math.Abs(float64(x[i])))
			worst = math.Max(worst, e)
			sum += e * e
		}
	}
	t.Verdict, t.Total = "equal", n
	if worst != 0 {
		t.Verdict = "differs"
		t.MaxError, t.RMSError = worst/largest, math.Sqrt(sum/float64(n))/largest
	}
	return nil
}

func decode(c *checkpoint.Checkpoint, w *checkpoint.Weight, dst []float32, at int64) error {
	f := dtype.Lookup(w.Tensor.Type)
	b := make([]byte, len(dst)/f.Block*f.Bytes)
	if err := c.ReadAt(w.Tensor.File, b, w.Tensor.Offset+at/int64(f.Block)*int64(f.Bytes)); err != nil {
		return err
	}
	f.Decode(dst, b)
	return nil
}

// AppendJSON appends {"same","level","tensors":[{"tensor","verdict","flipped","total","scale_error","max_error","rms_error"}]}.
func (d *Difference) AppendJSON(b []byte) []byte {
	b = json.AppendBool(json.AppendKey(append(b, '{'), "same"), d.Same)
	b = json.AppendString(json.AppendKey(b, "level"), string(d.Level))
	b = json.AppendArray(json.AppendKey(b, "tensors"), len(d.Tensors), func(b []byte, i int) []byte {
		t := &d.Tensors[i]
		b = json.AppendString(json.AppendKey(append(b, '{'), "tensor"), t.Name)
		b = json.AppendString(json.AppendKey(b, "verdict"), t.Verdict)
		b = json.AppendInt(json.AppendKey(b, "flipped"), t.Flipped)
		b = json.AppendInt(json.AppendKey(b, "total"), t.Total)
		b = json.AppendFloat(json.AppendKey(b, "scale_error"), t.ScaleError)
		b = json.AppendFloat(json.AppendKey(b, "max_error"), t.MaxError)
		b = json.AppendFloat(json.AppendKey(b, "rms_error"), t.RMSError)
		return append(b, '}')
	})
	return append(b, '}')
}
