package host

// Results that core's own types cannot carry, because JSON does not say all that they hold.

import (
	"github.com/tritkit/tritkit/core/convert"
	"github.com/tritkit/tritkit/core/inspect"
	"github.com/tritkit/tritkit/core/json"
	"github.com/tritkit/tritkit/core/model"
	"github.com/tritkit/tritkit/core/tensor"
	"github.com/tritkit/tritkit/core/ternary"
)

// Report is inspect.Report as far as its JSON goes. That one has metadata as GGUF values, which know their type and all
// elements of an array; of those JSON has the first.
type Report struct {
	Format, Arch, Name string
	Parameters         int64
	FileType           string
	Bytes              int64
	Metadata           []Pair
	Files              []string // those that hold tensors; tensor.Tensor.File is an index
	Tensors            []tensor.Tensor
	Loads              []model.Load
	Findings           []inspect.Finding
	Stats              *Stats // nil unless asked for
	JSON               []byte // as the module wrote it
}

// Pair is a metadata key, its value as JSON and its type: "u32", "array", …; an array of more than 8 elements is
// {"type","len","first"}.
type Pair struct{ Key, Value, Type string }

// Stats is inspect.Stats with sums that it works out when asked.
type Stats struct {
	TritHash          string
	Sparsity, Entropy float64
	Layers, Tensors   []TensorStats // of layers without a Name
}

// TensorStats is inspect.TensorStats with the figures that it works out when asked.
type TensorStats struct {
	Name               string
	Layer              int64
	Counts             ternary.Counts
	Sparsity, Entropy  float64
	ScaleMin, ScaleMax float32
	Detail             *Detail
}

// Detail is inspect.Detail with its distance, whose sums that one keeps to itself.
type Detail struct {
	DeadRows, DeadCols int64
	Distance           float64            // of floats from their trits
	Histogram          *inspect.Histogram // nil where the weights are codes already
}

// Plan is convert.Plan as far as its JSON goes: that one can write itself, and so holds the source.
type Plan struct {
	Steps []convert.Step
	Notes []string
	Loads []model.Load
	Bytes int64            // of all that is written
	Files []convert.Output // of a Hugging Face folder, in the order they are written; nil of a GGUF
	JSON  []byte           // as the module wrote it
}

// AppendJSON appends what trit show --json prints.
func (r *Report) AppendJSON(b []byte) []byte {
	b = json.AppendString(json.AppendKey(append(b, '{'), "format"), r.Format)
	b = json.AppendString(json.AppendKey(b, "arch"), r.Arch)
	b = json.AppendString(json.AppendKey(b, "name"), r.Name)
	b = json.AppendInt(json.AppendKey(b, "parameters"), r.Parameters)
	b = json.AppendString(json.AppendKey(b, "file_type"), r.FileType)
	b = json.AppendInt(json.AppendKey(b, "bytes"), r.Bytes)
	b = append(json.AppendKey(b, "metadata"), '{')
	for _, p := range r.Metadata {
		b = append(json.AppendKey(b, p.Key), p.Value...)
	}
	b = append(json.AppendKey(append(b, '}'), "metadata_types"), '{')
	for _, p := range r.Metadata {
		b = json.AppendString(json.AppendKey(b, p.Key), p.Type)
	}
	b = json.AppendArray(json.AppendKey(append(b, '}'), "tensors"), len(r.Tensors), func(b []byte, i int) []byte { return r.appendTensor(b, &r.Tensors[i]) })
	b = json.AppendArray(json.AppendKey(b, "loads"), len(r.Loads), func(b []byte, i int) []byte { return r.Loads[i].AppendJSON(b) })
	b = inspect.AppendFindings(json.AppendKey(b, "findings"), r.Findings)
	if r.Stats != nil {
		b = r.Stats.appendJSON(json.AppendKey(b, "stats"))
	}
	return append(b, '}')
}

func (r *Report) appendTensor(b []byte, t *tensor.Tensor) []byte {
	b = json.AppendString(json.AppendKey(append(b, '{'), "name"), t.Name)
	b = json.AppendString(json.AppendKey(b, "dtype"), t.Type.String())
	b = json.AppendArray(json.AppendKey(b, "shape"), len(t.Shape), func(b []byte, i int) []byte { return json.AppendInt(b, t.Shape[i]) })
	b = json.AppendString(json.AppendKey(b, "file"), r.Files[t.File])
	b = json.AppendInt(json.AppendKey(b, "offset"), t.Offset)
	return append(json.AppendInt(json.AppendKey(b, "bytes"), t.Bytes), '}')
}

func (s *Stats) appendJSON(b []byte) []byte {
	b = json.AppendString(json.AppendKey(append(b, '{'), "trit_hash"), s.TritHash)
	b = json.AppendFloat(json.AppendKey(b, "sparsity"), s.Sparsity)
	b = json.AppendFloat(json.AppendKey(b, "entropy"), s.Entropy)
	b = json.AppendArray(json.AppendKey(b, "layers"), len(s.Layers), func(b []byte, i int) []byte {
		return append(s.Layers[i].append(append(b, '{')), '}')
	})
	b = json.AppendArray(json.AppendKey(b, "tensors"), len(s.Tensors), func(b []byte, i int) []byte {
		return append(s.Tensors[i].append(json.AppendString(json.AppendKey(append(b, '{'), "tensor"), s.Tensors[i].Name)), '}')
	})
	return append(b, '}')
}

func (t *TensorStats) append(b []byte) []byte {
	b = json.AppendInt(json.AppendKey(b, "layer"), t.Layer)
	b = json.AppendInt(json.AppendKey(b, "negative"), t.Counts.Neg)
	b = json.AppendInt(json.AppendKey(b, "zero"), t.Counts.Zero)
	b = json.AppendInt(json.AppendKey(b, "positive"), t.Counts.Pos)
	b = json.AppendFloat(json.AppendKey(b, "sparsity"), t.Sparsity)
	b = json.AppendFloat(json.AppendKey(b, "entropy"), t.Entropy)
	b = json.AppendFloat32(json.AppendKey(b, "scale_min"), t.ScaleMin)
	b = json.AppendFloat32(json.AppendKey(b, "scale_max"), t.ScaleMax)
	d := t.Detail
	if d == nil {
		return b
	}
	b = json.AppendInt(json.AppendKey(b, "dead_rows"), d.DeadRows)
	b = json.AppendInt(json.AppendKey(b, "dead_columns"), d.DeadCols)
	if d.Histogram == nil {
		return b
	}
	b = json.AppendFloat(json.AppendKey(b, "distance"), d.Distance)
	return json.AppendArray(json.AppendKey(b, "histogram"), len(d.Histogram), func(b []byte, i int) []byte { return json.AppendInt(b, d.Histogram[i]) })
}

// AppendJSON appends what trit convert --dry-run --json prints, and after Convert the same with what writing found out.
func (p *Plan) AppendJSON(b []byte) []byte {
	b = json.AppendArray(json.AppendKey(append(b, '{'), "plan"), len(p.Steps), func(b []byte, i int) []byte { return p.Steps[i].AppendJSON(b) })
	b = json.AppendStrings(json.AppendKey(b, "notes"), p.Notes)
	b = json.AppendArray(json.AppendKey(b, "loads"), len(p.Loads), func(b []byte, i int) []byte { return p.Loads[i].AppendJSON(b) })
	b = json.AppendInt(json.AppendKey(b, "bytes"), p.Bytes)
	if p.Files != nil {
		b = json.AppendArray(json.AppendKey(b, "files"), len(p.Files), func(b []byte, i int) []byte { return p.Files[i].AppendJSON(b) })
	}
	return append(b, '}')
}
