// Package convert writes a checkpoint in another form: a GGUF of any type we write, or a Hugging Face folder of packed
// or snapped weights.
//
// NewPlan reads headers and decides everything: every output tensor is named, typed, sized and placed, every choice is
// said, every refusal made. Plan.Write decides nothing; it writes strictly forward.
package convert

import (
	"sort"
	"strconv"

	"github.com/tritkit/tritkit/core/checkpoint"
	"github.com/tritkit/tritkit/core/dtype"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/gguf"
	"github.com/tritkit/tritkit/core/model"
	"github.com/tritkit/tritkit/core/safetensors"
	"github.com/tritkit/tritkit/core/tensor"
	"github.com/tritkit/tritkit/core/ternary"
)

// Target types that are not a GGUF element format: Hugging Face folders.
const (
	HFPacked = "hf-packed" // uint8 codes and weight_scale, autobitlinear offline
	HFFloat  = "hf-float"  // floats ±b/(1-z), which transformers' online quantiser snaps back to the same codes and b
)

// Options are the choices of a conversion, in the command's own words. The zero value is the sensible default.
type Options struct {
	Type string       // i2_s tq1_0 tq2_0 q2_0 f16 bf16 f32, HFPacked or HFFloat; "": what the architecture is used in
	Embd string       // f16 bf16 q8_0 q6_k f32, of embedding and head; "": f16, or the type itself where that is a float
	Snap ternary.Rule // for floats that nothing declares ternary; Declared refuses them
	Name string       // general.name; "": what the source calls itself
	For  string       // a runtime that must load the result; "": none in particular

	Prune     float64           // percent of codes to set to 0, 0: none; needs latents
	PruneBy   ternary.Criterion // which codes
	PruneSeed uint64            // of ternary.Random

	Count    bool                           // count the trits of every ternary tensor while writing, for a report
	Parallel checkpoint.Parallel            // nil: a plain loop; the bytes do not depend on it
	Progress func(done, total int64)        // source bytes; called from one goroutine at a time
	Ahead    func(now, next *tensor.Tensor) // before each source tensor that Write reads: which one, and which large one after it (nil: none), for who fetches ahead
	Memory   int64                          // see checkpoint.ReadOptions
	View     bool                           // see checkpoint.ReadOptions; Parallel and the caller of Write must be ready for a file that is cut short
}

// Plan is a conversion that is decided. It is printable, and free: no weight has been read.
type Plan struct {
	Container string // checkpoint.GGUF or checkpoint.Safetensors
	Type      string // the target type that was chosen
	Steps     []Step // one per output tensor, in the order of the output
	KV        []gguf.KV
	Files     []File       // of a Hugging Face folder: everything but the weights
	Notes     []string     // what a person should know before: assumptions, roundings, choices
	Loads     []model.Load // which applications will load the result

	c    *checkpoint.Checkpoint
	opts Options
	head []byte
	size int64

	straight bool  // for tests: without the fast ways of recode.go
	batch    int64 // for tests: bytes of a batch; 0: batchBytes
}

// File is a small file beside the weights.
type File struct {
	Name string
	Data []byte
}

// Step is one output tensor.
type Step struct {
	Name   string // in the output
	From   string // type in the source: "bf16", "packed", "computed"
	Action string // what is done: "snap absmean", "repack", "copy", "round", …
	To     dtype.Type
	Bytes  int64

	// Counts are filled in by Write when Options.Count is set, for ternary tensors.
	Counts *Counts
	// Flushed is filled in by Write: how many non-zero floats became zero in f16.
	Flushed int64
	// ScaleError is filled in by Write: the relative error of the scale, or the largest of several, as the target keeps it.
	ScaleError float64

	out    tensor.Tensor
	weight *checkpoint.Weight
	form   form
}

// Counts is what writing a ternary tensor found.
type Counts struct {
	ternary.Counts
	Scale   float32
	Flipped int64 // codes that pruning set to 0
}

// form says how a step's bytes are made.
type form uint8

const (
	plain    form = iota // floats to floats
	packed               // a ternary weight to a ternary format
	spread               // a ternary weight to floats, trit * scale
	hfPacked             // a ternary weight to the packed form of Hugging Face
	hfScale              // its weight_scale
	hfFloat              // a ternary weight to floats ±b/(1-z)
	computed             // rope_freqs
)

// NewPlan decides how c is written. Every error is a fault that names what stands in the way and the next step.
func NewPlan(c *checkpoint.Checkpoint, opts Options) (*Plan, error) {
	if c.Unknown != nil {
		return nil, c.Unknown
	}
	if len(c.Problems) > 0 {
		return nil, firstProblem(c)
	}
	p := &Plan{c: c, opts: opts, Container: checkpoint.GGUF}
	if err := p.choose(); err != nil {
		return nil, err
	}
	if p.Type == HFPacked || p.Type == HFFloat {
		p.Container = checkpoint.Safetensors
	}
	for i := range c.Weights {
		if err := p.step(&c.Weights[i]); err != nil {
			return nil, err
		}
	}
	if err := p.pruning(); err != nil {
		return nil, err
	}
	if err := p.place(); err != nil {
		return nil, err
	}
	return p, p.judge()
}

// Size returns the exact size in bytes of what Write writes.
func (p *Plan) Size() int64 { return p.size }

// StepAt returns the step whose tensor lies at byte offset off of the output, or -1 in the header.
func (p *Plan) StepAt(off int64) int {
	return sort.Search(len(p.Steps), func(i int) bool { return p.Steps[i].out.Offset > off }) - 1
}

// SourceBytes returns how many bytes of tensors Write reads: the total of Progress.
func (p *Plan) SourceBytes() int64 {
	var n int64
	for i := range p.Steps {
		if t := p.Steps[i].source(); t != nil {
			n += t.Bytes
		}
	}
	return n
}

func firstProblem(c *checkpoint.Checkpoint) error {
	e := *c.Problems[0]
	if n := len(c.Problems); n > 1 {
		e.Msg += "; and " + strconv.Itoa(n-1) + " more problems"
	}
	if e.Next == "" {
		e.Next = "trit verify --quick lists them all"
	}
	return &e
}

// choose settles the target type.
func (p *Plan) choose() error {
	arch := p.c.Config.Arch
	p.Type = p.opts.Type
	if p.Type == "" {
		p.Type = dtype.I2_S.String()
		if arch == model.Llama {
			p.Type = dtype.TQ2_0.String()
		}
		p.note("type ", p.Type, ": what ", arch.Label, " models are mostly used in")
	}
	if p.Type == HFPacked || p.Type == HFFloat {
		return nil
	}
	t, ok := dtype.Parse(p.Type)
	f := dtype.Lookup(t)
	if ok && f.Pack != nil && f.Tail == 0 {
		p.note("codes are kept exactly; ", p.Type, " keeps scales as f16, within 2^-11 of what they are")
	}
	if ok && (f.Pack != nil || t == dtype.F32 || t == dtype.F16 || t == dtype.BF16) {
		return nil
	}
	e := fault.New("convert", fault.Usage, "cannot write weights as ", fault.Quote(p.Type))
	if ok {
		e = fault.New("convert", fault.TensorType, "cannot write weights as ", p.Type)
	}
	return e.Try("types: i2_s, tq1_0, tq2_0, q2_0, f16, bf16, f32, ", HFPacked)
}

// step plans the output tensor, or tensors, of one weight.
func (p *Plan) step(w *checkpoint.Weight) error {
	switch {
	case w.Kind == model.Linear && !w.Kept:
		return p.linear(w)
	case w.Kind == model.Linear:
		return p.kept(w)
	case w.Kind == model.RopeFreqs && w.Tensor == nil:
		if p.Container == checkpoint.GGUF {
			p.add(Step{Name: w.Name, From: "config", Action: "compute", To: dtype.F32, weight: w, form: computed}, w.Shape)
		}
		return nil
	case w.Kind == model.RopeFreqs && p.Container == checkpoint.Safetensors:
		return nil // the config says it
	}
	to, err := p.plainType(w)
	if err != nil {
		return err
	}
	action := "copy"
	if to != w.Tensor.Type {
		action = "convert"
	}
	p.add(Step{Name: p.name(w), From: w.Tensor.Type.String(), Action: action, To: to, weight: w, form: plain}, w.Shape)
	return nil
}

// plainType returns the output type of a weight that is never ternary.
func (p *Plan) plainType(w *checkpoint.Weight) (dtype.Type, error) {
	if w.Kind == model.Norm || w.Kind == model.RopeFreqs {
		if p.Container == checkpoint.Safetensors {
			return p.hfType(w), nil
		}
		return dtype.F32, nil // gains as small as 1e-32 vanish in f16
	}
	if p.Container == checkpoint.Safetensors {
		return p.hfType(w), nil
	}
	name := p.opts.Embd
	if name == "" {
		name = "f16"
		if p.Type == "bf16" || p.Type == "f32" {
			name = p.Type
		}
	}
	t, ok := dtype.Parse(name)
	switch t {
	case dtype.F32, dtype.F16, dtype.BF16, dtype.Q8_0, dtype.Q6_K:
	default:
		ok = false
	}
	if !ok {
		return 0, fault.New("convert", fault.Usage, "embedding and head are never ternary; cannot write them as ", fault.Quote(name)).
			Try("--embd f16, bf16, q8_0, q6_k or f32")
	}
	if f := dtype.Lookup(t); w.Cols()%int64(f.Block) != 0 {
		return 0, fault.New("convert", fault.Shape, strconv.FormatInt(w.Cols(), 10), " columns are not a multiple of the ", strconv.Itoa(f.Block),
			" that ", f.Name, " needs").In(w.Name).Try("--embd f16")
	}
	return t, nil
}

// hfType is the type of a float in a Hugging Face folder: the source's own, but of a GGUF the compute type, because its
// f16 embedding and f32 norms do not go together in transformers, which leaves a packed model's floats as they are.
func (p *Plan) hfType(w *checkpoint.Weight) dtype.Type {
	if _, ok := safetensors.TypeName(w.Tensor.Type); ok && p.c.Container == checkpoint.Safetensors {
		return w.Tensor.Type
	}
	return p.c.Config.DType
}

// linear plans a weight that is ternary in this architecture.
func (p *Plan) linear(w *checkpoint.Weight) error {
	from, how := w.Tensor.Type.String(), "repack"
	switch w.Source {
	case checkpoint.Packed:
		from = "packed"
	case checkpoint.Codes:
		from += " codes"
	case checkpoint.Online:
		how = "snap absmean"
	case checkpoint.Floats:
		how = "take ±v"
		if p.opts.Snap != ternary.Declared {
			how = "snap " + ruleName(p.opts.Snap)
		}
	}
	switch p.Type {
	case HFPacked:
		if w.Rows()%4 != 0 {
			return fault.New("convert", fault.Shape, strconv.FormatInt(w.Rows(), 10), " rows are not a multiple of the 4 that hf-packed needs").In(w.Name)
		}
		p.add(Step{Name: w.HF, From: from, Action: how, To: dtype.U8, weight: w, form: hfPacked}, []int64{w.Rows() / 4, w.Cols()})
		p.add(Step{Name: scaleName(w), From: from, Action: "scale", To: dtype.BF16, weight: w, form: hfScale}, []int64{1})
		return nil
	case HFFloat:
		p.add(Step{Name: w.HF, From: from, Action: how, To: p.floatType(), weight: w, form: hfFloat}, w.Shape)
		return nil
	}
	t, _ := dtype.Parse(p.Type)
	f := dtype.Lookup(t)
	if f.Pack == nil {
		return p.floats(w, from, how, t)
	}
	if w.Cols()%int64(f.Block) != 0 {
		return p.misfit(w, f)
	}
	p.add(Step{Name: w.Name, From: from, Action: how, To: t, weight: w, form: packed}, w.Shape)
	return nil
}

// floats plans a weight of a float GGUF. What a model computes with is trit * scale, so that is written, except for
// floats that nothing declares ternary: those are kept.
func (p *Plan) floats(w *checkpoint.Weight, from, how string, t dtype.Type) error {
	s := Step{Name: w.Name, From: from, Action: how, To: t, weight: w, form: spread}
	if w.Source == checkpoint.Floats && p.opts.Snap == ternary.Declared {
		s.form, s.Action = plain, "copy"
		if t != w.Tensor.Type {
			s.Action = "convert"
		}
	}
	p.add(s, w.Shape)
	return nil
}

func (p *Plan) floatType() dtype.Type {
	if t := p.c.Config.DType; t == dtype.F16 || t == dtype.F32 {
		return t
	}
	return dtype.BF16
}

// kept plans a linear that modules_to_not_convert keeps a float.
func (p *Plan) kept(w *checkpoint.Weight) error {
	if w.Source != checkpoint.Plain {
		return fault.New("convert", fault.Config, "modules_to_not_convert lists it, and it has a weight_scale: one of them is wrong").In(w.Tensor.Name)
	}
	if p.Container == checkpoint.Safetensors {
		p.add(Step{Name: w.HF, From: w.Tensor.Type.String(), Action: "copy", To: w.Tensor.Type, weight: w, form: plain}, w.Shape)
		return nil
	}
	t, _ := dtype.Parse(p.Type)
	if dtype.Lookup(t).Pack != nil {
		return fault.New("convert", fault.NotTernary, "modules_to_not_convert keeps it a plain float, so it cannot become ", p.Type).In(w.Tensor.Name).
			Try("--type f16 writes the whole model as floats")
	}
	p.add(Step{Name: w.Name, From: w.Tensor.Type.String(), Action: "convert", To: t, weight: w, form: plain}, w.Shape)
	return nil
}

// misfit refuses columns that the format's blocks do not divide, and lists the formats that fit.
func (p *Plan) misfit(w *checkpoint.Weight, f *dtype.Format) error {
	fits := ""
	for _, g := range dtype.Formats {
		if g.Pack != nil && w.Cols()%int64(g.Block) == 0 {
			fits += g.Name + ", "
		}
	}
	return fault.New("convert", fault.Shape, strconv.FormatInt(w.Cols(), 10), " columns are not a multiple of the ", strconv.Itoa(f.Block), " that ", f.Name, " needs").
		In(w.Name).Try("types that fit: ", fits, "f16, bf16, f32")
}

// pruning refuses what has no latents to choose codes by.
func (p *Plan) pruning() error {
	if p.opts.Prune == 0 {
		return nil
	}
	if !(p.opts.Prune > 0 && p.opts.Prune <= 100) {
		return fault.New("convert", fault.Usage, "the share to prune is a percentage above 0 and up to 100")
	}
	for i := range p.Steps {
		s := &p.Steps[i]
		if s.form != hfPacked && s.form != hfFloat && s.form != packed && s.form != spread {
			continue
		}
		if src := s.weight.Source; src != checkpoint.Online && src != checkpoint.Floats {
			return fault.New("convert", fault.NotTernary, "the source holds only codes (", s.From, "), no latent weights to choose the smallest of").In(s.weight.Tensor.Name).
				Try("prune the bf16 or f32 master checkpoint that this one was made from")
		}
		s.Action += ", prune"
	}
	return nil
}

func (p *Plan) add(s Step, shape []int64) {
	s.out = tensor.Tensor{Name: s.Name, Type: s.To, Shape: shape}
	p.Steps = append(p.Steps, s)
}

// place gives every output tensor its bytes and offset.
func (p *Plan) place() error {
	if p.Container == checkpoint.Safetensors {
		return p.placeHF()
	}
	var err error
	if p.KV, err = p.metadata(); err != nil {
		return err
	}
	outs := make([]tensor.Tensor, len(p.Steps))
	for i := range p.Steps {
		outs[i] = p.Steps[i].out
	}
	if p.head, outs, p.size, err = gguf.Header(p.KV, outs, p.alignment()); err != nil {
		return err
	}
	for i := range p.Steps {
		p.Steps[i].out = outs[i]
		p.Steps[i].Bytes = outs[i].Bytes
	}
	return nil
}

// alignment keeps a GGUF source's own; everything else has the default.
func (p *Plan) alignment() int64 {
	if p.c.GGUF != nil {
		return p.c.GGUF.Alignment
	}
	return 32
}

func (p *Plan) name(w *checkpoint.Weight) string {
	if p.Container == checkpoint.Safetensors {
		return w.HF
	}
	return w.Name
}

func scaleName(w *checkpoint.Weight) string { return w.HF + "_scale" } // …q_proj.weight → …q_proj.weight_scale

func ruleName(r ternary.Rule) string {
	if r == ternary.NonzeroMean {
		return "nonzero-mean"
	}
	return "absmean"
}

func (p *Plan) note(parts ...string) {
	s := ""
	for _, x := range parts {
		s += x
	}
	p.Notes = append(p.Notes, s)
}
