// Package inspect says what a checkpoint is, whether it is sound, and how two of them differ.
package inspect

import (
	"strconv"

	"github.com/tritkit/tritkit/core/checkpoint"
	"github.com/tritkit/tritkit/core/dtype"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/gguf"
	"github.com/tritkit/tritkit/core/json"
	"github.com/tritkit/tritkit/core/model"
	"github.com/tritkit/tritkit/core/tensor"
)

// Severity of a finding.
type Severity string

// Severities: an Error makes verify fail, a Warning only in strict mode.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Info    Severity = "info"
)

// Finding is one thing worth knowing about a checkpoint.
type Finding struct {
	Severity                   Severity
	Code, Message, Tensor, Fix string
}

// AppendJSON appends {"severity","code","message","tensor","fix"}.
func (f Finding) AppendJSON(b []byte) []byte {
	b = json.AppendString(json.AppendKey(append(b, '{'), "severity"), string(f.Severity))
	b = json.AppendString(json.AppendKey(b, "code"), f.Code)
	b = json.AppendString(json.AppendKey(b, "message"), f.Message)
	b = json.AppendString(json.AppendKey(b, "tensor"), f.Tensor)
	b = json.AppendString(json.AppendKey(b, "fix"), f.Fix)
	return append(b, '}')
}

func fromFault(err error) Finding {
	if e, ok := err.(*fault.Error); ok {
		return Finding{Error, e.Class.ErrorCode(), e.Error(), e.Tensor, e.Next}
	}
	return Finding{Error, "internal", err.Error(), "", ""}
}

// Report is what headers say of a checkpoint, and with Stats what its weights are.
type Report struct {
	Format, Arch, Name string
	Parameters         int64
	FileType           string // the type most ternary weights have
	Bytes              int64
	Metadata           []gguf.KV
	Files              []string
	Tensors            []tensor.Tensor
	Loads              []model.Load
	Findings           []Finding
	Config             *model.Config // nil when this is no model we know
	Vocab              string        // of a GGUF, for people: "gpt2 (llama-bpe), 128256 tokens, chat template"
	Stats              *Stats        // nil unless asked for
}

// Show reads nothing but what opening has read.
func Show(c *checkpoint.Checkpoint) *Report {
	r := &Report{Format: c.Container, Arch: "unknown", Bytes: c.Bytes(), Tensors: c.Tensors}
	for _, f := range c.Files {
		r.Files = append(r.Files, f.Name)
	}
	for i := range c.Tensors {
		r.Parameters += c.Tensors[i].Elements()
	}
	if c.GGUF != nil {
		r.Metadata, r.Vocab = c.GGUF.KV, vocab(c.GGUF)
	}
	for _, p := range c.Metadata {
		r.Metadata = append(r.Metadata, gguf.KV{Key: p.Key, Value: gguf.String(p.Value)})
	}
	if c.Config != nil {
		r.model(c)
	}
	r.Findings = Structure(c)
	return r
}

// vocab says what a GGUF's metadata tells of its tokenizer, without reading the tokens.
func vocab(f *gguf.File) string {
	text := func(key string) string {
		v, _ := f.Get(key)
		s, _ := v.Text()
		return s
	}
	s := text("tokenizer.ggml.model")
	if s == "" {
		return ""
	}
	if pre := text("tokenizer.ggml.pre"); pre != "" {
		s += " (" + pre + ")"
	}
	if v, ok := f.Get("tokenizer.ggml.tokens"); ok {
		s += ", " + strconv.Itoa(v.Len()) + " tokens"
	}
	if text("tokenizer.chat_template") != "" {
		s += ", chat template"
	}
	return s
}

// model adds what only a known architecture tells.
func (r *Report) model(c *checkpoint.Checkpoint) {
	r.Config, r.Arch, r.Name = c.Config, c.Config.Arch.Name, c.Config.NameOrPath
	if c.GGUF != nil {
		if v, ok := c.GGUF.Get("general.name"); ok {
			r.Name, _ = v.Text()
		}
	}
	s := model.Subject{Config: c.Config, Container: c.Container, Quant: c.Config.Quant}
	counts := map[dtype.Type]int{}
	r.Parameters = 0
	for i := range c.Weights {
		w := &c.Weights[i]
		if w.Tensor == nil {
			continue
		}
		r.Parameters += elements(w)
		switch w.Kind {
		case model.Linear:
			t := w.Tensor.Type
			s.Types = append(s.Types, t)
			if counts[t]++; 2*counts[t] > len(s.Types) {
				r.FileType = t.String()
			}
		case model.Embd:
			s.Embd = w.Tensor.Type
		case model.Head:
			s.Head, s.Untied = w.Tensor.Type, true
		}
	}
	r.Loads = model.Loads(s)
}

func elements(w *checkpoint.Weight) int64 {
	n := int64(1)
	for _, d := range w.Shape {
		n *= d
	}
	return n
}

// Structure returns the findings that need no weights.
func Structure(c *checkpoint.Checkpoint) []Finding {
	var list []Finding
	if c.Unknown != nil {
		list = append(list, fromFault(c.Unknown))
	}
	for _, p := range c.Problems {
		list = append(list, fromFault(p))
	}
	if c.Config != nil {
		for _, w := range c.Config.Warnings {
			list = append(list, Finding{Warning, "activation", w, "", ""})
		}
		for _, a := range c.Config.Assumed {
			list = append(list, Finding{Info, "assumed", a, "", ""})
		}
		list = append(list, sources(c)...)
	}
	if c.GGUF != nil {
		list = append(list, ggufFindings(c.GGUF)...)
	}
	return list
}

// sources says how the ternary weights are held, where that has consequences.
func sources(c *checkpoint.Checkpoint) []Finding {
	online, i2s := 0, 0
	for i := range c.Weights {
		if c.Weights[i].Source == checkpoint.Online {
			online++
		}
		if t := c.Weights[i].Tensor; t != nil && t.Type == dtype.I2_S {
			i2s++
		}
	}
	var list []Finding
	if online > 0 {
		list = append(list, Finding{Info, "latent-master", strconv.Itoa(online) + " ternary weights are held as floats and snapped in every forward: this is a master for training", "", "trit convert --type i2_s makes the file to run"})
	}
	if i2s > 0 {
		list = append(list, Finding{Info, "i2s-layout", "read in the x86 layout; nothing in a file proves which of the three i2_s layouts it has", "", "--from-layout arm64 or rows4 where the file was made so"})
	}
	return list
}

func ggufFindings(f *gguf.File) []Finding {
	var list []Finding
	for _, s := range f.Settled {
		list = append(list, Finding{Info, "type-settled", "type number " + strconv.FormatUint(uint64(s.Number), 10) + " read as " + s.Type.String() + ": " + s.How, "", ""})
	}
	if f.OutOfOrder {
		list = append(list, Finding{Warning, "out-of-order", "the tensor table is not in the order of the data; ggml refuses such files", "", "trit convert writes it again in order"})
	}
	if v, ok := f.Get("tokenizer.ggml.model"); ok {
		m, _ := v.Text()
		if _, ok := f.Get("tokenizer.ggml.pre"); !ok && m == "gpt2" {
			list = append(list, Finding{Warning, "no-pre-tokenizer", "tokenizer.ggml.pre is missing: runtimes guess how to split text", "", "trit convert adds it"})
		}
	} else {
		list = append(list, Finding{Warning, "no-tokenizer", "the file has no vocabulary", "", ""})
	}
	return list
}

// AppendJSON appends the report; offsets are absolute in the tensor's file, shapes slowest dimension first.
func (r *Report) AppendJSON(b []byte) []byte {
	b = json.AppendString(json.AppendKey(append(b, '{'), "format"), r.Format)
	b = json.AppendString(json.AppendKey(b, "arch"), r.Arch)
	b = json.AppendString(json.AppendKey(b, "name"), r.Name)
	b = json.AppendInt(json.AppendKey(b, "parameters"), r.Parameters)
	b = json.AppendString(json.AppendKey(b, "file_type"), r.FileType)
	b = json.AppendInt(json.AppendKey(b, "bytes"), r.Bytes)
	b = append(json.AppendKey(b, "metadata"), '{')
	for _, kv := range r.Metadata {
		b = kv.Value.AppendJSON(json.AppendKey(b, kv.Key), 8)
	}
	b = append(json.AppendKey(append(b, '}'), "metadata_types"), '{')
	for _, kv := range r.Metadata {
		b = json.AppendString(json.AppendKey(b, kv.Key), kv.Value.Type().String())
	}
	b = append(b, '}')
	b = json.AppendArray(json.AppendKey(b, "tensors"), len(r.Tensors), func(b []byte, i int) []byte { return r.appendTensor(b, &r.Tensors[i]) })
	b = json.AppendArray(json.AppendKey(b, "loads"), len(r.Loads), func(b []byte, i int) []byte { return r.Loads[i].AppendJSON(b) })
	b = AppendFindings(json.AppendKey(b, "findings"), r.Findings)
	if r.Stats != nil {
		b = r.Stats.AppendJSON(json.AppendKey(b, "stats"))
	}
	return append(b, '}')
}

// AppendFindings appends an array of findings.
func AppendFindings(b []byte, list []Finding) []byte {
	return json.AppendArray(b, len(list), func(b []byte, i int) []byte { return list[i].AppendJSON(b) })
}

func (r *Report) appendTensor(b []byte, t *tensor.Tensor) []byte {
	b = json.AppendString(json.AppendKey(append(b, '{'), "name"), t.Name)
	b = json.AppendString(json.AppendKey(b, "dtype"), t.Type.String())
	b = json.AppendArray(json.AppendKey(b, "shape"), len(t.Shape), func(b []byte, i int) []byte { return json.AppendInt(b, t.Shape[i]) })
	b = json.AppendString(json.AppendKey(b, "file"), r.Files[t.File])
	b = json.AppendInt(json.AppendKey(b, "offset"), t.Offset)
	b = json.AppendInt(json.AppendKey(b, "bytes"), t.Bytes)
	return append(b, '}')
}
