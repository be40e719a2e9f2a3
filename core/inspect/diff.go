package inspect

// Two checkpoints, tensor by tensor, whatever packs them.

import (
	"context"
	"encoding/binary"
	"hash"
	"math"
	"math/bits"
	"sync"

	"github.com/tritkit/tritkit/core/checkpoint"
	"github.com/tritkit/tritkit/core/dtype"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/gguf"
	"github.com/tritkit/tritkit/core/json"
	"github.com/tritkit/tritkit/core/model"
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
	Level        Level
	Same         bool
	HashA, HashB string // the trit hashes, when all ternary weights could be read and hashing was asked for
	Tensors      []TensorDiff
	Metadata     []KeyDiff // for information: Same does not depend on it
}

// KeyDiff is a metadata key whose values differ, as short JSON; "" where a file lacks it.
type KeyDiff struct{ Key, A, B string }

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
	pairs := match(a, b)
	x := &comparison{a: a, b: b, o: o, readersA: readers{c: a, o: o}, readersB: readers{c: b, o: o}}
	for _, p := range pairs {
		x.total += p.bytes()
	}
	if err := o.Parallel.Run(len(pairs), func(i int) error { return x.compare(ctx, pairs[i]) }); err != nil {
		return nil, err
	}
	d := &Difference{Level: level, Same: true, Metadata: metadata(a, b)}
	hashA, hashB := map[string][]byte{}, map[string][]byte{}
	for _, p := range pairs { // in the order of the model, whoever was first
		d.add(p.diff)
		if p.digestA != nil {
			hashA[p.diff.Name], hashB[p.diff.Name] = p.digestA, p.digestB
		}
	}
	if o.Hash != nil && len(hashA) == ternaries(a) && len(hashB) == ternaries(b) {
		d.HashA = checkpoint.TritHash(hashA, o.Hash())
		d.HashB = checkpoint.TritHash(hashB, o.Hash())
	}
	return d, nil
}

// pair is one weight of the two checkpoints, and how it differs.
type pair struct {
	a, b             *checkpoint.Weight // one may be nil
	diff             TensorDiff
	digestA, digestB []byte
}

func (p *pair) bytes() (n int64) {
	for _, w := range []*checkpoint.Weight{p.a, p.b} {
		if w != nil {
			n += w.Tensor.Bytes
		}
	}
	return n
}

// match pairs the weights by name, in the order of a, then what only b has.
func match(a, b *checkpoint.Checkpoint) []*pair {
	var list []*pair
	for i := range a.Weights {
		w := &a.Weights[i]
		if w.Tensor == nil {
			continue
		}
		p := &pair{a: w, diff: TensorDiff{Name: w.Name, Verdict: "only-a"}}
		if other := b.Weight(w.Name); other != nil && other.Tensor != nil {
			p.b = other
		}
		list = append(list, p)
	}
	for i := range b.Weights {
		w := &b.Weights[i]
		if other := a.Weight(w.Name); w.Tensor != nil && (other == nil || other.Tensor == nil) {
			list = append(list, &pair{b: w, diff: TensorDiff{Name: w.Name, Verdict: "only-b"}})
		}
	}
	return list
}

func ternaries(c *checkpoint.Checkpoint) (n int) {
	for i := range c.Weights {
		if w := &c.Weights[i]; w.Kind == model.Linear && !w.Kept {
			n++
		}
	}
	return n
}

// comparison is the state of one Diff.
type comparison struct {
	a, b               *checkpoint.Checkpoint
	o                  Options
	readersA, readersB readers
	mu                 sync.Mutex
	done, total        int64
}

func (x *comparison) compare(ctx context.Context, p *pair) error {
	var err error
	switch {
	case p.a == nil || p.b == nil:
	case p.a.Kind == model.Linear && !p.a.Kept && !p.b.Kept:
		err = x.ternary(ctx, p)
	default:
		err = p.diff.plain(ctx, x.a, x.b, p.a, p.b)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.done += p.bytes()
	if x.o.Progress != nil {
		x.o.Progress(x.done, x.total)
	}
	return err
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

// ternary compares codes, and hashes them on the way; then the scales.
func (x *comparison) ternary(ctx context.Context, p *pair) error {
	ra, rb := x.readersA.take(), x.readersB.take()
	defer x.readersA.put(ra)
	defer x.readersB.put(rb)
	a, err := ra.Open(ctx, p.a)
	if err != nil {
		return err
	}
	b, err := rb.Open(ctx, p.b)
	if err != nil {
		return err
	}
	t := &p.diff
	if a.Rows != b.Rows || a.Cols != b.Cols {
		t.Verdict, t.MaxError = "differs", math.Inf(1)
		return nil
	}
	if err := x.codes(ctx, p, a, b); err != nil {
		return err
	}
	t.Total = int64(a.Rows) * int64(a.Cols)
	t.ScaleError = scaleError(a, b)
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

func (x *comparison) codes(ctx context.Context, p *pair, a, b *checkpoint.Matrix) error {
	ha, hb := hash.Hash(discard{}), hash.Hash(discard{})
	if x.o.Hash != nil {
		ha, hb = x.o.Hash(), x.o.Hash()
	}
	a.HashHead(ha)
	b.HashHead(hb)
	var ca, cb checkpoint.Canonical
	unit := max(a.Unit(), b.Unit())
	rows := max(unit, min(a.Panel(), b.Panel())/unit*unit)
	for r := 0; r < a.Rows; r += rows {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := min(rows, a.Rows-r)
		if _, err := ca.Read(a, r, n); err != nil {
			return err
		}
		if _, err := cb.Read(b, r, n); err != nil {
			return err
		}
		ha.Write(ca.Codes)
		hb.Write(cb.Codes)
		p.diff.Flipped += unequal(ca.Codes, cb.Codes)
	}
	if x.o.Hash != nil {
		p.digestA, p.digestB = ha.Sum(nil), hb.Sum(nil)
	}
	return nil
}

// unequal counts the 2-bit codes in which a and b, equally long, differ.
func unequal(a, b []byte) (n int64) {
	const low = 0x5555555555555555
	for ; len(a) >= 8; a, b = a[8:], b[8:] {
		x := binary.LittleEndian.Uint64(a) ^ binary.LittleEndian.Uint64(b)
		n += int64(bits.OnesCount64((x | x>>1) & low))
	}
	for i := range a {
		x := a[i] ^ b[i]
		n += int64(bits.OnesCount8((x | x>>1) & 0x55))
	}
	return n
}

// scaleError returns the largest relative difference of the scales: of whole tensors, or group by group.
func scaleError(a, b *checkpoint.Matrix) (worst float64) {
	if a.Group != b.Group {
		return math.Inf(1)
	}
	for i, s := range a.Scale {
		worst = max(worst, relative(s, b.Scale[i]))
	}
	return worst
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

// metadata lists the keys in which two GGUF differ; long values are told apart by their whole, and shown by their beginning.
func metadata(a, b *checkpoint.Checkpoint) []KeyDiff {
	if a.GGUF == nil || b.GGUF == nil {
		return nil
	}
	inA, inB := values(a.GGUF), values(b.GGUF)
	var list []KeyDiff
	for _, kv := range a.GGUF.KV {
		other, ok := inB[kv.Key]
		if !ok {
			list = append(list, KeyDiff{Key: kv.Key, A: brief(kv.Value)})
		} else if kv.Value != other {
			list = append(list, KeyDiff{kv.Key, brief(kv.Value), brief(other)})
		}
	}
	for _, kv := range b.GGUF.KV {
		if _, ok := inA[kv.Key]; !ok {
			list = append(list, KeyDiff{Key: kv.Key, B: brief(kv.Value)})
		}
	}
	return list
}

func values(f *gguf.File) map[string]gguf.Value {
	m := make(map[string]gguf.Value, len(f.KV))
	for _, kv := range f.KV {
		m[kv.Key] = kv.Value
	}
	return m
}

func brief(v gguf.Value) string { return string(v.AppendJSON(nil, 4)) }

// AppendJSON appends {"same","level","trit_hash_a","trit_hash_b","tensors":[{"tensor","verdict","flipped","total",
// "scale_error","max_error","rms_error"}],"metadata":[{"key","a","b"}]}, a and b as JSON text.
func (d *Difference) AppendJSON(b []byte) []byte {
	b = json.AppendBool(json.AppendKey(append(b, '{'), "same"), d.Same)
	b = json.AppendString(json.AppendKey(b, "level"), string(d.Level))
	b = json.AppendString(json.AppendKey(b, "trit_hash_a"), d.HashA)
	b = json.AppendString(json.AppendKey(b, "trit_hash_b"), d.HashB)
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
	b = json.AppendArray(json.AppendKey(b, "metadata"), len(d.Metadata), func(b []byte, i int) []byte {
		b = json.AppendString(json.AppendKey(append(b, '{'), "key"), d.Metadata[i].Key)
		b = json.AppendString(json.AppendKey(b, "a"), d.Metadata[i].A)
		return append(json.AppendString(json.AppendKey(b, "b"), d.Metadata[i].B), '}')
	})
	return append(b, '}')
}
