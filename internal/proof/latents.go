package main

// Where the codes that a bf16 master snaps to differ from the published ones, and why.
//
// A float32 weight close to half the scale may lie on one side of it before it is rounded to bf16 and on the other
// after. Whoever snapped before rounding has codes there that the bf16 file no longer tells. Such a weight's bf16 value
// is the one nearest the threshold, its codes are 0 on one side and ±1 on the other; everything else that differs
// would be another model, or a mistake.

import (
	"context"
	"math"
	"sync"

	"github.com/tritkit/tritkit/core/checkpoint"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/model"
	"github.com/tritkit/tritkit/core/ternary"
	"github.com/tritkit/tritkit/native/files"
)

// flips counts the codes of a tensor that differ.
type flips struct {
	Tensor      string `json:"tensor"`
	Total       int64  `json:"total"`
	Flipped     int64  `json:"flipped"`
	AtThreshold int64  `json:"at_threshold"` // of them: bf16 rounding may have moved the weight across
	Opposite    int64  `json:"opposite"`     // of them: +1 on one side, -1 on the other
}

func (f flips) share() float64 { return float64(f.Flipped) / float64(max(f.Total, 1)) }

// compareLatents compares the ternary weights of the official file with what the master's floats snap to.
func compareLatents(ctx context.Context, official, master string, threads int) ([]flips, error) {
	a, err := open(official)
	if err != nil {
		return nil, err
	}
	defer a.Close()
	b, err := open(master)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	var pairs [][2]*checkpoint.Weight
	for i := range a.Weights {
		if w := &a.Weights[i]; w.Kind == model.Linear {
			other := b.Weight(w.Name)
			if other == nil || !other.HasLatents() || other.Rows() != w.Rows() || other.Cols() != w.Cols() {
				return nil, fault.New("proof", fault.NotTernary, "the master has no floats for ", w.Name)
			}
			pairs = append(pairs, [2]*checkpoint.Weight{w, other})
		}
	}
	list := make([]flips, len(pairs))
	readers := sync.Pool{New: func() any {
		return &[2]*checkpoint.Reader{a.NewReader(checkpoint.ReadOptions{}), b.NewReader(checkpoint.ReadOptions{})}
	}}
	return list, checkpoint.Parallel(files.Parallel(threads)).Run(len(pairs), func(i int) error {
		r := readers.Get().(*[2]*checkpoint.Reader)
		defer readers.Put(r)
		codes, err := r[0].Open(ctx, pairs[i][0])
		if err != nil {
			return err
		}
		latents, err := r[1].Open(ctx, pairs[i][1])
		if err != nil {
			return err
		}
		list[i], err = compareTensor(ctx, codes, latents)
		return err
	})
}

func open(path string) (*checkpoint.Checkpoint, error) {
	root, err := files.Open(path)
	if err != nil {
		return nil, err
	}
	return checkpoint.Open(root, checkpoint.Options{}, root.Names...)
}

func compareTensor(ctx context.Context, codes, latents *checkpoint.Matrix) (flips, error) {
	f := flips{Tensor: codes.Weight.Name, Total: int64(codes.Rows) * int64(codes.Cols)}
	unit := max(codes.Unit(), latents.Unit())
	rows := max(unit, (1<<18)/codes.Cols/unit*unit)
	ta, tb := make([]int8, rows*codes.Cols), make([]int8, rows*codes.Cols)
	w := make([]float32, rows*codes.Cols)
	// Half the official scale is where the codes were decided, the master's threshold where they are now.
	then, now := float64(codes.Scale[0])/2, float64(math.Float32frombits(latents.Threshold))
	for r := 0; r < codes.Rows; r += rows {
		if err := ctx.Err(); err != nil {
			return f, err
		}
		n := min(rows, codes.Rows-r)
		x := ternary.Matrix{Rows: n, Cols: codes.Cols, Trits: ta[:n*codes.Cols]}
		y := ternary.Matrix{Rows: n, Cols: codes.Cols, Trits: tb[:n*codes.Cols]}
		if err := codes.ReadRows(&x, r); err != nil {
			return f, err
		}
		if err := latents.ReadRows(&y, r); err != nil {
			return f, err
		}
		if err := latents.ReadLatents(w[:n*codes.Cols], r, n); err != nil {
			return f, err
		}
		for i, t := range x.Trits {
			if t == y.Trits[i] {
				continue
			}
			f.Flipped++
			if t+y.Trits[i] == 0 {
				f.Opposite++
			} else if v := math.Abs(float64(w[i])); math.Abs(v-then) <= halfStep(v)+math.Abs(now-then) {
				f.AtThreshold++
			}
		}
	}
	return f, nil
}

// halfStep is how far rounding to bf16 can have moved a number to reach v > 0: half the distance of v's neighbours.
func halfStep(v float64) float64 {
	_, exp := math.Frexp(v) // v = f·2^exp, f in [0.5, 1): bf16 has 8 bits there
	return math.Ldexp(1, exp-9)
}
