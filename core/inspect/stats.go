package inspect

// Every byte of the weights, read once: trits counted and hashed, scales and floats checked.

import (
	"context"
	"errors"
	"hash"
	"math"
	"strconv"
	"sync"

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
	Detail   bool             // a second pass: dead rows and columns, and of floats the histogram and the distance
	Parallel checkpoint.Parallel
	Progress func(done, total int64)
	Memory   int64 // see checkpoint.ReadOptions
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
	Detail             *Detail // nil unless asked for
}

// Read reads every weight once. Broken weights are findings; the error is one of reading, or the context's.
func Read(ctx context.Context, c *checkpoint.Checkpoint, o Options) (*Stats, []Finding, error) {
	w := &walk{c: c, o: o, readers: readers{c: c, o: o}}
	jobs := w.plan()
	err := o.Parallel.Run(len(jobs), func(i int) error { return w.do(ctx, jobs[i]) })
	if err != nil {
		return nil, nil, err
	}
	s := &Stats{}
	digests := map[string][]byte{}
	var findings []Finding
	complete := true
	for _, j := range jobs { // in the order of the model, whoever was first
		if j.finding != nil {
			findings = append(findings, *j.finding)
			complete = complete && !j.ternary
		} else if j.ternary {
			digests[j.weight.Name] = j.digest
			s.Tensors = append(s.Tensors, j.stats)
			s.Total = s.Total.Add(j.stats.Counts)
		}
	}
	if o.Hash != nil && complete && len(digests) > 0 {
		s.TritHash = checkpoint.TritHash(digests, o.Hash())
	}
	return s, findings, nil
}

// job is a ternary weight, or a stretch of a plain one.
type job struct {
	weight   *checkpoint.Weight
	ternary  bool
	from, to int64 // elements of a plain weight
	stats    TensorStats
	digest   []byte
	finding  *Finding
}

type walk struct {
	c           *checkpoint.Checkpoint
	o           Options
	readers     readers
	mu          sync.Mutex
	done, total int64
}

// stretch is how many elements of a plain weight one job looks at: a whole number of every block.
const stretch = 1 << 22

func (w *walk) plan() []*job {
	var jobs []*job
	for i := range w.c.Weights {
		weight := &w.c.Weights[i]
		if weight.Tensor == nil {
			continue
		}
		w.total += weight.Tensor.Bytes
		if weight.Kind == model.Linear && !weight.Kept {
			jobs = append(jobs, &job{weight: weight, ternary: true})
			continue
		}
		n := weight.Tensor.Elements()
		for at := int64(0); at < n; at += stretch {
			jobs = append(jobs, &job{weight: weight, from: at, to: min(at+stretch, n)})
		}
	}
	return jobs
}

// do carries out a job; a fault of the weight becomes a finding, everything else is returned.
func (w *walk) do(ctx context.Context, j *job) error {
	var err error
	bytes := j.weight.Tensor.Bytes
	if j.ternary {
		r := w.readers.take()
		err = w.ternary(ctx, r, j)
		w.readers.put(r)
	} else {
		err = w.plain(ctx, j)
		bytes = bytes * (j.to - j.from) / j.weight.Tensor.Elements()
	}
	w.advance(bytes)
	if e, ok := errors.AsType[*fault.Error](err); ok && e.Class != fault.Changed {
		f := fromFault(e)
		if e.Class == fault.NotTernary {
			f.Severity = Warning
		}
		j.finding = &f
		return nil
	}
	return err
}

func (w *walk) advance(n int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.done += n
	if w.o.Progress != nil {
		w.o.Progress(w.done, w.total)
	}
}

// readers are the idle readers of a checkpoint: there are as many as jobs run at once.
type readers struct {
	c    *checkpoint.Checkpoint
	o    Options
	mu   sync.Mutex
	idle []*checkpoint.Reader
}

func (r *readers) take() *checkpoint.Reader {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n := len(r.idle); n > 0 {
		x := r.idle[n-1]
		r.idle = r.idle[:n-1]
		return x
	}
	return r.c.NewReader(checkpoint.ReadOptions{Rule: r.o.Rule, Memory: r.o.Memory})
}

func (r *readers) put(x *checkpoint.Reader) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.idle = append(r.idle, x)
}

func (w *walk) ternary(ctx context.Context, r *checkpoint.Reader, j *job) error {
	weight := j.weight
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
	if j.digest, t.Counts, err = m.TensorHash(ctx, h); err != nil {
		return err
	}
	if w.o.Detail {
		t.Detail, err = detail(ctx, m)
	}
	j.stats = t
	return err
}

// plain looks for NaN and Inf.
func (w *walk) plain(ctx context.Context, j *job) error {
	t := j.weight.Tensor
	f := dtype.Lookup(t.Type)
	const most = 1 << 16 // elements, a whole number of every block
	x := make([]float32, most)
	b := make([]byte, most/f.Block*f.Bytes)
	for at := j.from; at < j.to; at += most {
		if err := ctx.Err(); err != nil {
			return err
		}
		k := int(min(most, j.to-at))
		part := b[:k/f.Block*f.Bytes]
		if err := w.c.ReadAt(t.File, part, t.Offset+at/int64(f.Block)*int64(f.Bytes)); err != nil {
			return err
		}
		if dtype.AllFinite(t.Type, part) {
			continue
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

// AppendJSON appends {"trit_hash","sparsity","entropy","layers":[{"layer",counts…}],"tensors":[{"tensor","layer",counts…,
// details…}]}.
func (s *Stats) AppendJSON(b []byte) []byte {
	b = json.AppendString(json.AppendKey(append(b, '{'), "trit_hash"), s.TritHash)
	b = json.AppendFloat(json.AppendKey(b, "sparsity"), s.Total.Sparsity())
	b = json.AppendFloat(json.AppendKey(b, "entropy"), s.Total.Entropy())
	layers := s.Layers()
	b = json.AppendArray(json.AppendKey(b, "layers"), len(layers), func(b []byte, i int) []byte {
		return append(layers[i].append(append(b, '{')), '}')
	})
	b = json.AppendArray(json.AppendKey(b, "tensors"), len(s.Tensors), func(b []byte, i int) []byte {
		b = json.AppendString(json.AppendKey(append(b, '{'), "tensor"), s.Tensors[i].Name)
		return append(s.Tensors[i].append(b), '}')
	})
	return append(b, '}')
}

func (t *TensorStats) append(b []byte) []byte {
	b = json.AppendInt(json.AppendKey(b, "layer"), int64(t.Layer))
	b = json.AppendInt(json.AppendKey(b, "negative"), t.Neg)
	b = json.AppendInt(json.AppendKey(b, "zero"), t.Zero)
	b = json.AppendInt(json.AppendKey(b, "positive"), t.Pos)
	b = json.AppendFloat(json.AppendKey(b, "sparsity"), t.Sparsity())
	b = json.AppendFloat(json.AppendKey(b, "entropy"), t.Entropy())
	b = json.AppendFloat32(json.AppendKey(b, "scale_min"), t.ScaleMin)
	b = json.AppendFloat32(json.AppendKey(b, "scale_max"), t.ScaleMax)
	if t.Detail != nil {
		b = t.Detail.append(b)
	}
	return b
}

// Layers adds the tensors up by layer, in order.
func (s *Stats) Layers() []TensorStats {
	var list []TensorStats
	for _, t := range s.Tensors {
		if n := len(list); n == 0 || list[n-1].Layer != t.Layer {
			t.Name = ""
			if t.Detail != nil {
				t.Detail = t.Detail.clone()
			}
			list = append(list, t)
			continue
		}
		l := &list[len(list)-1]
		l.Counts = l.Add(t.Counts)
		l.ScaleMin, l.ScaleMax = min(l.ScaleMin, t.ScaleMin), max(l.ScaleMax, t.ScaleMax)
		if l.Detail != nil && t.Detail != nil {
			l.Detail.add(t.Detail)
		}
	}
	return list
}
