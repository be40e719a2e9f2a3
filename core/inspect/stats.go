package inspect

// Every byte of the weights, read once: trits counted and hashed, scales and floats checked.

import (
	"context"
	"encoding/hex"
	"errors"
	"hash"
	"math"
	"strconv"

	"github.com/tritkit/tritkit/core/checkpoint"
	"github.com/tritkit/tritkit/core/dtype"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/json"
	"github.com/tritkit/tritkit/core/model"
	"github.com/tritkit/tritkit/core/ternary"
)

// Options of reading weights.
type Options struct {
	Hash     func() hash.Hash // SHA-256; nil: no trit hash
	Rule     ternary.Rule     // for floats that nothing declares ternary
	Parallel checkpoint.Parallel
	Progress func(done, total int64)
}

// Stats is what the weights are.
type Stats struct {
	TritHash string // hexadecimal; "" when some ternary weight could not be read
	Tensors  []TensorStats
	Total    ternary.Counts
}

// TensorStats is what one ternary weight is.
type TensorStats struct {
	Name  string
	Layer int
	ternary.Counts
	ScaleMin, ScaleMax float32
}

// Read reads every weight once. Broken weights are findings; the error is one of reading, or the context's.
func Read(ctx context.Context, c *checkpoint.Checkpoint, o Options) (*Stats, []Finding, error) {
	s := &Stats{}
	w := &walk{c: c, o: o, s: s, digests: map[string][]byte{}}
	for i := range c.Weights {
		if t := c.Weights[i].Tensor; t != nil {
			w.total += t.Bytes
		}
	}
	r := c.NewReader(checkpoint.ReadOptions{Rule: o.Rule, Parallel: o.Parallel})
	for i := range c.Weights {
		weight := &c.Weights[i]
		if weight.Tensor == nil {
			continue
		}
		if err := w.one(ctx, r, weight); err != nil {
			return nil, nil, err
		}
		w.done += weight.Tensor.Bytes
		if o.Progress != nil {
			o.Progress(w.done, w.total)
		}
	}
	if o.Hash != nil && !w.broken && len(w.digests) > 0 {
		s.TritHash = hex.EncodeToString(checkpoint.TritHash(w.digests, o.Hash()))
	}
	return s, w.findings, nil
}

type walk struct {
	c           *checkpoint.Checkpoint
	o           Options
	s           *Stats
	digests     map[string][]byte
	findings    []Finding
	broken      bool
	done, total int64
}

// one reads a weight; a fault of the weight becomes a finding, everything else is returned.
func (w *walk) one(ctx context.Context, r *checkpoint.Reader, weight *checkpoint.Weight) error {
	var err error
	if weight.Kind == model.Linear && !weight.Kept {
		if err = w.ternary(ctx, r, weight); err != nil {
			w.broken = true
		}
	} else {
		err = w.plain(ctx, weight)
	}
	var e *fault.Error
	if errors.As(err, &e) && e.Class != fault.Changed {
		f := fromFault(e)
		if e.Class == fault.NotTernary {
			f.Severity = Warning
		}
		w.findings = append(w.findings, f)
		return nil
	}
	return err
}

func (w *walk) ternary(ctx context.Context, r *checkpoint.Reader, weight *checkpoint.Weight) error {
	m, err := r.Open(ctx, weight)
	if err != nil {
		return err
	}
	t := TensorStats{Name: weight.Name, Layer: weight.Layer, ScaleMin: float32(math.Inf(1))}
	for _, s := range m.Scale {
		t.ScaleMin, t.ScaleMax = min(t.ScaleMin, s), max(t.ScaleMax, s)
	}
	h := hash.Hash(discard{})
	if w.o.Hash != nil {
		h = w.o.Hash()
	}
	digest, err := m.TensorHash(ctx, h, func(trits []int8) { t.Counts = t.Add(ternary.Count(trits)) })
	if err != nil {
		return err
	}
	w.digests[weight.Name] = digest
	w.s.Tensors = append(w.s.Tensors, t)
	w.s.Total = w.s.Total.Add(t.Counts)
	return nil
}

// plain looks for NaN and Inf.
func (w *walk) plain(ctx context.Context, weight *checkpoint.Weight) error {
	t := weight.Tensor
	f := dtype.Lookup(t.Type)
	const most = 1 << 18 // elements, a whole number of every block
	x := make([]float32, most)
	b := make([]byte, most/f.Block*f.Bytes)
	n := t.Elements()
	for at := int64(0); at < n; at += most {
		if err := ctx.Err(); err != nil {
			return err
		}
		k := int(min(most, n-at))
		part := b[:k/f.Block*f.Bytes]
		if err := w.c.ReadAt(t.File, part, t.Offset+at/int64(f.Block)*int64(f.Bytes)); err != nil {
			return err
		}
		f.Decode(x[:k], part)
		for i, v := range x[:k] {
			if v-v != 0 {
				return fault.New("inspect", fault.NotFinite, "weight ", strconv.FormatInt(at+int64(i), 10), " is ", strconv.FormatFloat(float64(v), 'g', -1, 32)).In(t.Name)
			}
		}
	}
	return nil
}

// discard is a hash that is not wanted.
type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
func (discard) Sum(b []byte) []byte         { return b }
func (discard) Reset()                      {}
func (discard) Size() int                   { return 0 }
func (discard) BlockSize() int              { return 1 }

// AppendJSON appends {"trit_hash","sparsity","entropy","tensors":[{"tensor","layer","negative","zero","positive","sparsity","entropy","scale_min","scale_max"}]}.
func (s *Stats) AppendJSON(b []byte) []byte {
	b = json.AppendString(json.AppendKey(append(b, '{'), "trit_hash"), s.TritHash)
	b = json.AppendFloat(json.AppendKey(b, "sparsity"), s.Total.Sparsity())
	b = json.AppendFloat(json.AppendKey(b, "entropy"), s.Total.Entropy())
	b = json.AppendArray(json.AppendKey(b, "tensors"), len(s.Tensors), func(b []byte, i int) []byte {
		t := &s.Tensors[i]
		b = json.AppendString(json.AppendKey(append(b, '{'), "tensor"), t.Name)
		b = json.AppendInt(json.AppendKey(b, "layer"), int64(t.Layer))
		b = json.AppendInt(json.AppendKey(b, "negative"), t.Neg)
		b = json.AppendInt(json.AppendKey(b, "zero"), t.Zero)
		b = json.AppendInt(json.AppendKey(b, "positive"), t.Pos)
		b = json.AppendFloat(json.AppendKey(b, "sparsity"), t.Sparsity())
		b = json.AppendFloat(json.AppendKey(b, "entropy"), t.Entropy())
		b = json.AppendFloat32(json.AppendKey(b, "scale_min"), t.ScaleMin)
		b = json.AppendFloat32(json.AppendKey(b, "scale_max"), t.ScaleMax)
		return append(b, '}')
	})
	return append(b, '}')
}

// Verification is the result of reading every byte.
type Verification struct {
	Bytes    int64
	TritHash string
	Findings []Finding
}

// Verify checks structure, and unless quick every code, scale and float.
func Verify(ctx context.Context, c *checkpoint.Checkpoint, quick bool, o Options) (*Verification, error) {
	v := &Verification{Bytes: c.Bytes(), Findings: Structure(c)}
	if _, err := c.Vocab(); c.Config != nil && err != nil {
		v.Findings = append(v.Findings, fromFault(err))
	}
	if quick {
		return v, nil
	}
	s, findings, err := Read(ctx, c, o)
	if err != nil {
		return nil, err
	}
	v.TritHash, v.Findings = s.TritHash, append(v.Findings, findings...)
	return v, nil
}

// Failed reports whether there is an error, or in strict mode a warning.
func (v *Verification) Failed(strict bool) bool {
	for _, f := range v.Findings {
		if f.Severity == Error || strict && f.Severity == Warning {
			return true
		}
	}
	return false
}

// AppendJSON appends {"ok","bytes","trit_hash","findings"}.
func (v *Verification) AppendJSON(b []byte) []byte {
	b = json.AppendBool(json.AppendKey(append(b, '{'), "ok"), !v.Failed(false))
	b = json.AppendInt(json.AppendKey(b, "bytes"), v.Bytes)
	b = json.AppendString(json.AppendKey(b, "trit_hash"), v.TritHash)
	return append(AppendFindings(json.AppendKey(b, "findings"), v.Findings), '}')
}
