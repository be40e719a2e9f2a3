// Package checkpoint opens a model whatever holds it — a folder, shards, one safetensors file, one GGUF — reading
// headers only, and says what each tensor is, where it lies and how its numbers are meant.
package checkpoint

import (
	"errors"
	"io"
	"io/fs"

	"github.com/tritkit/tritkit/core/dtype"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/gguf"
	"github.com/tritkit/tritkit/core/model"
	"github.com/tritkit/tritkit/core/safetensors"
	"github.com/tritkit/tritkit/core/tensor"
	"github.com/tritkit/tritkit/core/tokenizer"
)

// Containers.
const (
	GGUF        = "gguf"
	Safetensors = "safetensors"
)

// maxSide bounds a side file (config.json, tokenizer.json, …): tokenizer.json of Llama-3 shape is 9 MB.
const maxSide = 64 << 20

// Options change how a checkpoint is opened. The zero value is the sensible default.
type Options struct {
	Assume    map[uint32]dtype.Type // the user's word for ambiguous GGUF type numbers
	Layout    dtype.Layout          // of I2_S tensors: the file does not say; zero is x86
	Tokenizer fs.FS                 // where the tokenizer files are, when not beside the weights
}

// Checkpoint is an opened model. It reads through the files it was opened with until Close. Safe for concurrent use
// as far as those files' ReadAt is.
type Checkpoint struct {
	Container string
	Files     []File
	Tensors   []tensor.Tensor    // as the files hold them, by file and offset
	Metadata  []safetensors.Pair // of the safetensors files, without "format"
	GGUF      *gguf.File         // nil for safetensors

	Config   *model.Config  // nil when this is no model that we know; then Unknown says why
	Unknown  error          // a fault, or nil
	Weights  []Weight       // the tensors of the architecture that are there, in canonical order; nil without Config
	Problems []*fault.Error // missing, extra and misshapen tensors; converting refuses them, looking does not

	fsys   fs.FS
	layout dtype.Layout
	vocab  fs.FS
	byName map[string]int
}

// File is one file of weights.
type File struct {
	Name string
	Size int64
	r    io.ReaderAt
	c    io.Closer
}

// Open opens the checkpoint that names make up in fsys: one GGUF file, one safetensors file or all shards of a model.
// Without names it finds the checkpoint in the folder fsys. Side files (config.json, the tokenizer's) are looked for
// beside the weights. It reads headers and config.json only.
//
// A file that is broken is an error; one that is sound but no model we know opens, with Unknown set.
func Open(fsys fs.FS, opts Options, names ...string) (*Checkpoint, error) {
	if len(names) == 0 {
		var err error
		if names, err = find(fsys); err != nil {
			return nil, err
		}
	}
	c := &Checkpoint{fsys: fsys, layout: opts.Layout, vocab: opts.Tokenizer}
	if c.vocab == nil {
		c.vocab = fsys
	}
	if err := c.open(names, opts); err != nil {
		c.Close()
		return nil, err
	}
	c.byName = make(map[string]int, len(c.Tensors))
	for i := range c.Tensors {
		c.byName[c.Tensors[i].Name] = i
	}
	c.Config, c.Unknown = c.config()
	if c.Unknown == nil {
		c.assign()
	}
	return c, nil
}

// Close closes the files.
func (c *Checkpoint) Close() error {
	var errs []error
	for _, f := range c.Files {
		errs = append(errs, f.c.Close())
	}
	c.Files = nil
	return errors.Join(errs...)
}

// Tensor returns the tensor of that name in the files, or nil.
func (c *Checkpoint) Tensor(name string) *tensor.Tensor {
	i, ok := c.byName[name]
	if !ok {
		return nil
	}
	return &c.Tensors[i]
}

// Weight returns the weight of that GGUF name, or nil.
func (c *Checkpoint) Weight(name string) *Weight {
	for i := range c.Weights {
		if c.Weights[i].Name == name {
			return &c.Weights[i]
		}
	}
	return nil
}

// Bytes returns the size of all files of weights.
func (c *Checkpoint) Bytes() int64 {
	var n int64
	for _, f := range c.Files {
		n += f.Size
	}
	return n
}

// ReadAt fills p from offset off of file i. A file that ends before p is full has changed since it was opened.
func (c *Checkpoint) ReadAt(file int, p []byte, off int64) error {
	f := &c.Files[file]
	n, err := f.r.ReadAt(p, off)
	if n == len(p) {
		return nil
	}
	if err == nil || err == io.EOF {
		return &fault.Error{Class: fault.Changed, Pkg: "checkpoint", File: f.Name, Offset: off + int64(n),
			Msg: "the file ends here now, and was longer when it was opened"}
	}
	return fault.InFile(err, f.Name)
}

// View returns n bytes of file i from offset off without copying them, or nil where its file cannot show its bytes: it
// can if it has a method View(off, n int64) []byte, as mapped files do. Whoever looks at them has to know what reading
// from a mapping means: the file may be cut short meanwhile.
func (c *Checkpoint) View(file int, off, n int64) []byte {
	if v, ok := c.Files[file].r.(interface{ View(off, n int64) []byte }); ok {
		return v.View(off, n)
	}
	return nil
}

// Forget says that bytes of a View will not be needed soon, where the file has a method Forget(off, n int64): they stop
// counting as this process's memory.
func (c *Checkpoint) Forget(file int, off, n int64) {
	if v, ok := c.Files[file].r.(interface{ Forget(off, n int64) }); ok {
		v.Forget(off, n)
	}
}

// Check compares the sizes of the files with what they were when they were opened. Whoever has looked at a View asks at
// the end: a file that was cut short within a page shows zeros there, and no fault.
func (c *Checkpoint) Check() error {
	for i := range c.Files {
		f := &c.Files[i]
		s, ok := f.r.(fs.File)
		if !ok {
			continue
		}
		info, err := s.Stat()
		if err != nil {
			return fault.InFile(err, f.Name)
		}
		if info.Size() != f.Size {
			return &fault.Error{Class: fault.Changed, Pkg: "checkpoint", File: f.Name, Offset: min(info.Size(), f.Size),
				Msg: "the file ends here now, and was of another size when it was opened"}
		}
	}
	return nil
}

// Vocab reads the tokenizer: the GGUF's own metadata, or the tokenizer files beside the weights.
func (c *Checkpoint) Vocab() (*tokenizer.Vocab, error) {
	if c.Container == GGUF {
		v, err := tokenizer.FromGGUF(c.GGUF)
		return v, fault.InFile(err, c.Files[0].Name)
	}
	return tokenizer.Read(func(name string) ([]byte, error) { return readSide(c.vocab, name) }, c.Config)
}

// Side reads a small file beside the weights (config.json, README.md, …); a missing one matches fs.ErrNotExist.
func (c *Checkpoint) Side(name string) ([]byte, error) { return readSide(c.fsys, name) }

func (c *Checkpoint) open(names []string, opts Options) error {
	for _, name := range names {
		if err := c.openFile(name); err != nil {
			return err
		}
		f := &c.Files[len(c.Files)-1]
		kind, err := sniff(f)
		if err != nil {
			return err
		}
		if c.Container != "" && (c.Container != kind || kind == GGUF) {
			return fault.New("checkpoint", fault.Usage, "several files make one checkpoint only when all are safetensors shards").
				Try("name one GGUF file, or the folder")
		}
		c.Container = kind
		if kind == GGUF {
			err = c.readGGUF(f, opts)
		} else {
			err = c.readSafetensors(f)
		}
		if err != nil {
			return fault.InFile(err, name)
		}
	}
	return nil
}

func (c *Checkpoint) openFile(name string) error {
	f, err := c.fsys.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return (&fault.Error{Class: fault.NotFound, Pkg: "checkpoint", File: name, Offset: -1, Msg: "no such file"}).Because(err)
	}
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return err
	}
	r, ok := f.(io.ReaderAt)
	if info.IsDir() || !ok {
		f.Close()
		return &fault.Error{Class: fault.Usage, Pkg: "checkpoint", File: name, Offset: -1, Msg: "not a file that can be read at an offset"}
	}
	c.Files = append(c.Files, File{Name: name, Size: info.Size(), r: r, c: f})
	return nil
}

// sniff tells the containers apart by their first bytes, not by their names.
func sniff(f *File) (string, error) {
	var head [9]byte
	n, err := f.r.ReadAt(head[:], 0)
	if err != nil && err != io.EOF {
		return "", err
	}
	if n == 9 && head[8] == '{' && head[7] == 0 {
		return Safetensors, nil
	}
	if n >= 8 && (head[4]|head[5]|head[6]|head[7]) == 0 && string(head[:4]) != "GGUF" {
		return Safetensors, nil // a header length below 4 GiB; its reader says what is wrong with it
	}
	return GGUF, nil
}

func (c *Checkpoint) readGGUF(f *File, opts Options) error {
	g, err := gguf.Read(f.r, f.Size, gguf.ReadOptions{Assume: opts.Assume})
	if err != nil {
		return err
	}
	if v, ok := g.Get("split.count"); ok {
		if n, err := v.Uint(); err == nil && n > 1 {
			return fault.New("checkpoint", fault.TensorType, "one part of a GGUF split in several files").
				Try("join the parts first: llama-gguf-split --merge FIRST-PART OUT.gguf")
		}
	}
	c.GGUF, c.Tensors = g, g.Tensors
	return nil
}

func (c *Checkpoint) readSafetensors(f *File) error {
	s, err := safetensors.Read(f.r, f.Size)
	if err != nil {
		return err
	}
	seen := make(map[string]bool, len(c.Tensors))
	for i := range c.Tensors {
		seen[c.Tensors[i].Name] = true
	}
	for _, t := range s.Tensors {
		if seen[t.Name] {
			return fault.New("checkpoint", fault.Tensor, "a second shard holds this tensor too").In(t.Name)
		}
		t.File = len(c.Files) - 1
		c.Tensors = append(c.Tensors, t)
	}
	for _, p := range s.Metadata {
		if p.Key != "format" {
			c.Metadata = append(c.Metadata, p)
		}
	}
	return nil
}

// config reads what the model says of itself.
func (c *Checkpoint) config() (*model.Config, error) {
	if c.Container == GGUF {
		cfg, err := model.FromGGUF(c.GGUF)
		return cfg, fault.InFile(err, c.Files[0].Name)
	}
	data, err := c.Side("config.json")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, (&fault.Error{Class: fault.NotFound, Pkg: "checkpoint", File: "config.json", Offset: -1,
			Msg: "not beside the weights: without it nobody knows what the tensors mean"}).
			Try("put the model's config.json into the same folder").Because(err)
	}
	if err != nil {
		return nil, err
	}
	generation, err := c.Side("generation_config.json")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	cfg, err := model.ReadConfig(data, generation)
	return cfg, fault.InFile(err, "config.json")
}

// readSide reads a whole small file. A size that a directory entry claims is believed when the byte that it ends with
// can be read: memory grows with what is there.
func readSide(fsys fs.FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if b, err := readExact(f); b != nil || err != nil {
		return b, fault.InFile(err, name)
	}
	b, err := io.ReadAll(io.LimitReader(f, maxSide+1))
	if err != nil {
		return nil, fault.InFile(err, name)
	}
	if len(b) > maxSide {
		return nil, &fault.Error{Class: fault.Limit, Pkg: "checkpoint", File: name, Offset: maxSide, Msg: "larger than 64 MiB"}
	}
	return b, nil
}

// readExact reads a file in one piece of memory where that can be done, else returns nil and has not moved in the file.
func readExact(f fs.File) ([]byte, error) {
	r, ok := f.(io.ReaderAt)
	info, err := f.Stat()
	if !ok || err != nil || info.Size() < 1 || info.Size() > maxSide {
		return nil, nil
	}
	var last [1]byte
	if n, err := r.ReadAt(last[:], info.Size()-1); n != 1 {
		return nil, unlessEOF(err)
	}
	b := make([]byte, info.Size())
	if n, err := r.ReadAt(b, 0); n < len(b) {
		return nil, unlessEOF(err)
	}
	return b, nil
}

// unlessEOF drops the error that only says that a file is shorter than its size.
func unlessEOF(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}
