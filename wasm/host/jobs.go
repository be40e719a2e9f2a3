package host

// The jobs: what the command does, over the files of an fs.FS.

import (
	"context"
	"io"
	"io/fs"
	"strings"

	"github.com/tritkit/tritkit/core/convert"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/inspect"
	"github.com/tritkit/tritkit/core/json"
)

// Reading says how a model is read; the zero value is right for a folder or an fs.FS of one file.
type Reading struct {
	Names      []string // the files of weights, where the folder holds several models; nil: what is in the folder decides
	FromLayout string   // layout of i2_s tensors: x86, arm64 or rows4; "": x86
	Assume     []string // what an ambiguous type number means: NUMBER=TYPE
	Tokenizer  fs.FS    // the folder of the tokenizer, where it is not beside the weights

	Progress func(done, total int64) // in bytes; called between steps by the goroutine that called the job
}

// InspectOptions are those of trit show.
type InspectOptions struct {
	Reading
	Stats bool   // read the weights
	Snap  string // with Stats, snap floats that nothing declares ternary: absmean or nonzero-mean
}

// ConvertOptions are those of trit convert.
type ConvertOptions struct {
	Reading
	Type string // i2_s, tq1_0, tq2_0, q2_0, f16, bf16, f32, hf-packed or hf-float; "": what the architecture is used in
	Embd string // type of embedding and head
	Snap string // snap floats that nothing declares ternary: absmean or nonzero-mean
	Name string // general.name
	For  string // a runtime that must load the result
}

// VerifyOptions are those of trit verify.
type VerifyOptions struct {
	Reading
	Quick bool // headers only
}

// DiffOptions are those of trit diff. Reading holds for both models, its Names for the first.
type DiffOptions struct {
	Reading
	NamesB []string      // as Names, of the second model
	Level  inspect.Level // what must agree; "": LevelScales
	Snap   string        // snap floats that nothing declares ternary: absmean or nonzero-mean
}

// EditOptions are those of trit edit.
type EditOptions struct {
	Reading
	Set, Unset []string // KEY=VALUE, KEY
	As         string   // type of new values: u32, i32, u64, f32, bool, str; "": the present one's, else str
}

// PeekOptions are those of trit peek: a Tensor or a Key.
type PeekOptions struct {
	Reading
	inspect.PeekOptions
}

// Inspect says what a model is.
func (h *Host) Inspect(ctx context.Context, fsys fs.FS, o InspectOptions) (*Report, error) {
	j, err := newJob(kindShow, fsys, &o.Reading)
	if err != nil {
		return nil, err
	}
	j.headers = !o.Stats
	j.flag("stats", o.Stats)
	j.text("snap", o.Snap)
	return decoded(h, ctx, j, (*decoder).report)
}

// Plan decides a conversion and writes nothing.
func (h *Host) Plan(ctx context.Context, fsys fs.FS, o ConvertOptions) (*Plan, error) {
	j, err := newJob(kindPlan, fsys, &o.Reading)
	if err != nil {
		return nil, err
	}
	j.headers = true
	j.conversion(&o)
	return decoded(h, ctx, j, (*decoder).plan)
}

// Convert writes a GGUF to w, strictly forward, and returns the plan with what writing found out. After an error the
// bytes written so far are no file. How many there will be, Plan says.
func (h *Host) Convert(ctx context.Context, fsys fs.FS, w io.Writer, o ConvertOptions) (*Plan, error) {
	if o.Type == convert.HFPacked || o.Type == convert.HFFloat {
		return nil, fault.New("host", fault.Usage, o.Type, " is a folder, not one file").Try("ConvertFolder")
	}
	return h.convert(ctx, fsys, single(w), &o)
}

// ConvertFolder writes a Hugging Face folder: create opens each of its files in turn, by its plain name, and each is
// closed before the next is opened. Of a type that is a GGUF, the one file has no name.
func (h *Host) ConvertFolder(ctx context.Context, fsys fs.FS, create func(name string, bytes int64) (io.WriteCloser, error), o ConvertOptions) (*Plan, error) {
	quiet := o
	quiet.Progress = nil
	p, err := h.Plan(ctx, fsys, quiet) // the files' names
	if err != nil {
		return nil, err
	}
	files := p.Files
	if files == nil {
		files = []convert.Output{{Bytes: p.Bytes}}
	}
	for _, f := range p.Files {
		if !fs.ValidPath(f.Name) || f.Name == "." || strings.ContainsAny(f.Name, `/\:`) {
			return nil, fault.New("host", fault.Usage, fault.Quote(f.Name), " is not the name of a file in a folder").Because(ErrModule)
		}
	}
	return h.convert(ctx, fsys, &sink{files: len(files), create: func(i int) (io.Writer, error) { return create(files[i].Name, files[i].Bytes) }}, &o)
}

func (h *Host) convert(ctx context.Context, fsys fs.FS, out *sink, o *ConvertOptions) (*Plan, error) {
	j, err := newJob(kindConvert, fsys, &o.Reading)
	if err != nil {
		return nil, err
	}
	j.out = out
	j.conversion(o)
	return decoded(h, ctx, j, (*decoder).plan)
}

// Verify checks a model: unless Quick, every byte of it.
func (h *Host) Verify(ctx context.Context, fsys fs.FS, o VerifyOptions) (*inspect.Verification, error) {
	j, err := newJob(kindVerify, fsys, &o.Reading)
	if err != nil {
		return nil, err
	}
	j.headers = o.Quick
	j.flag("quick", o.Quick)
	return decoded(h, ctx, j, (*decoder).verification)
}

// Diff compares the weights of two models.
func (h *Host) Diff(ctx context.Context, a, b fs.FS, o DiffOptions) (*inspect.Difference, error) {
	j, err := newJob(kindDiff, a, &o.Reading)
	if err != nil {
		return nil, err
	}
	more, err := gather(b, groupB, o.NamesB)
	if err != nil {
		return nil, err
	}
	j.inputs = append(j.inputs, more...)
	j.text("level", string(o.Level))
	j.text("snap", o.Snap)
	return decoded(h, ctx, j, (*decoder).difference)
}

// Edit writes a copy of a GGUF with other metadata to w, and returns its size.
func (h *Host) Edit(ctx context.Context, fsys fs.FS, w io.Writer, o EditOptions) (bytes int64, err error) {
	j, err := newJob(kindEdit, fsys, &o.Reading)
	if err != nil {
		return 0, err
	}
	j.out = single(w)
	j.list("set", o.Set)
	j.list("unset", o.Unset)
	j.text("as", o.As)
	n, err := decoded(h, ctx, j, (*decoder).edited)
	if err != nil {
		return 0, err
	}
	return *n, nil
}

// Peek looks at single values.
func (h *Host) Peek(ctx context.Context, fsys fs.FS, o PeekOptions) (*inspect.Slice, error) {
	j, err := newJob(kindPeek, fsys, &o.Reading)
	if err != nil {
		return nil, err
	}
	j.headers = true
	j.text("tensor", o.Tensor)
	j.text("key", o.Key)
	j.text("find", o.Find)
	j.number("first", o.First)
	j.number("count", o.Count)
	return decoded(h, ctx, j, (*decoder).slice)
}

func newJob(kind uint32, fsys fs.FS, r *Reading) (*job, error) {
	inputs, err := gather(fsys, groupA, r.Names)
	if err != nil {
		return nil, err
	}
	if r.Tokenizer != nil {
		more, err := gather(r.Tokenizer, groupTokenizer, nil)
		if err != nil {
			return nil, err
		}
		inputs = append(inputs, more...)
	}
	j := &job{kind: kind, inputs: inputs, progress: r.Progress}
	j.text("from-layout", r.FromLayout)
	j.list("assume", r.Assume)
	return j, nil
}

func (j *job) conversion(o *ConvertOptions) {
	j.text("type", o.Type)
	j.text("embd", o.Embd)
	j.text("snap", o.Snap)
	j.text("name", o.Name)
	j.text("for", o.For)
}

// key begins a member of the options.
func (j *job) key(name string) []byte {
	if len(j.options) > 0 {
		j.options = append(j.options, ',')
	}
	return append(json.AppendString(j.options, name), ':')
}

func (j *job) text(name, value string) {
	if value != "" {
		j.options = json.AppendString(j.key(name), value)
	}
}

func (j *job) list(name string, values []string) {
	if len(values) > 0 {
		j.options = json.AppendStrings(j.key(name), values)
	}
}

func (j *job) number(name string, value int64) {
	if value != 0 {
		j.options = json.AppendInt(j.key(name), value)
	}
}

func (j *job) flag(name string, value bool) {
	if value {
		j.options = json.AppendBool(j.key(name), value)
	}
}

// decoded runs a job and reads its result.
func decoded[T any](h *Host, ctx context.Context, j *job, read func(*decoder, *T) error) (*T, error) {
	b, err := h.run(ctx, j)
	if err != nil {
		return nil, err
	}
	r := new(T)
	if err := decode(b, r, read); err != nil {
		return nil, err
	}
	return r, nil
}
