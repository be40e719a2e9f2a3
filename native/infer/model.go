// Package infer runs ternary language models: it loads any checkpoint that opens and computes logits from tokens.
//
// What a model computes does not depend on the machine, the number of threads or how a prompt is split: docs/numerics.md.
package infer

import (
	"context"
	"runtime"
	"strconv"
	"sync"

	"github.com/tritkit/tritkit/core/checkpoint"
	"github.com/tritkit/tritkit/core/dtype"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/model"
	"github.com/tritkit/tritkit/core/ternary"
	"github.com/tritkit/tritkit/native/files"
	"github.com/tritkit/tritkit/native/kernel"
)

// Head is how the output layer is computed.
type Head string

const (
	HeadAuto Head = ""     // HeadInt4 where Options.Top allows it, HeadInt8 elsewhere
	HeadInt8 Head = "int8" // weights and hidden row in int8, a scale per row
	HeadF16  Head = "f16"  // half precision weights by the float hidden row: exact
	HeadInt4 Head = "int4" // the largest logits of HeadF16, found through a copy in 4 bits; all others are -Inf (Session.Need)
)

// Match makes a model round where another runtime does, so that numbers can be compared; it is slower.
type Match string

const (
	MatchNone      Match = ""
	MatchBitnetCPP Match = "bitnet.cpp" // microsoft/BitNet 01eb415: Q, softmax P and the final hidden row in half precision; of a batch, Q only
)

// Options change how a model is loaded. The zero value is the sensible default.
type Options struct {
	Threads  int            // workers; 0: one per processor
	Kernel   *kernel.Kernel // nil: the best
	Head     Head
	Top      int  // the most logits that sessions will look at (Session.Need), for HeadAuto; 0: all
	Second   Head // "": none; HeadInt8 or HeadF16 beside Head, to compare the two (Session.EachWith)
	KV       KV   // "": f16
	Match    Match
	InPlace  bool                // multiply I2_S weights, and the exact head, where a mapped file has them: a faster start, slower prompts, the same numbers. Their codes are not checked
	Rule     ternary.Rule        // how floats that nothing declares ternary are snapped; Declared refuses them
	Parallel checkpoint.Parallel // threads for loading
	Progress func(done, total int64)
}

// Model is a loaded model. It serves any number of sessions, one Forward at a time; Close ends its threads.
type Model struct {
	Config *model.Config
	Kernel *kernel.Kernel
	Head   Head
	KV     KV

	ckpt    *checkpoint.Checkpoint // the embedding's rows are read from it
	k       *kernel.Kernel
	match   Match
	inPlace bool
	embd    *checkpoint.Weight
	format  *dtype.Format // of the embedding
	layers  []layer
	norm    []float32
	head    head
	second  head // Options.Second
	rope    rope
	pool    *pool
	scratch []scratch
	mu      sync.Mutex // one forward pass at a time
	bufs    buffers
	memory
}

// layer is one block.
type layer struct {
	attnNorm, attnSub, ffnNorm, ffnSub []float32 // padded with zeros; the sub-norms nil where the architecture has none
	qkv, o, gateUp, down               *linear
}

// maxHeadDim bounds the heads that an int8 cache takes; those of the models that exist are 64 to 256.
const maxHeadDim = 512

// scratch belongs to one worker.
type scratch struct {
	sums   []int32
	floats []float32
	halves []uint16
	packed []byte
}

// Load reads the model that c holds: ternary GGUF types as they are, floats snapped by the rules of conversion. c stays
// open as long as the model is used, because the rows of the embedding are read when they are needed.
//
// The errors are faults: of the checkpoint (Problems, Unknown), of weights that are not ternary, of numbers that are not finite.
func Load(ctx context.Context, c *checkpoint.Checkpoint, opts Options) (*Model, error) {
	if c.Unknown != nil {
		return nil, c.Unknown
	}
	if len(c.Problems) > 0 {
		return nil, c.Problems[0]
	}
	if c.Config.Activation != c.Config.Arch.Activation {
		return nil, fault.New("infer", fault.Arch, "activation ", string(c.Config.Activation), " is not the one of ", c.Config.Arch.Name)
	}
	m := &Model{Config: c.Config, Kernel: opts.Kernel, Head: opts.Head, KV: opts.KV, ckpt: c, match: opts.Match, inPlace: opts.InPlace}
	if m.Kernel == nil {
		m.Kernel = kernel.Best()
	}
	if m.Head == HeadAuto {
		m.Head = HeadInt8
		if opts.Top >= 1 && opts.Top <= MaxTop {
			m.Head = HeadInt4
		}
	}
	if m.KV == "" {
		m.KV = KVF16
	}
	if m.KV == KVInt8 && (m.match != MatchNone || c.Config.HeadDim > maxHeadDim) {
		return nil, fault.New("infer", fault.Usage, "an int8 KV cache goes with no --match, and with heads of at most ", strconv.Itoa(maxHeadDim))
	}
	m.k = m.Kernel
	if opts.Threads < 1 {
		opts.Threads = runtime.GOMAXPROCS(0)
	}
	l := &loader{ctx: ctx, m: m, c: c, run: opts.Parallel, progress: opts.Progress,
		inPlace: opts.InPlace, second: opts.Second,
		r:       c.NewReader(checkpoint.ReadOptions{Rule: opts.Rule, Parallel: opts.Parallel}),
		scratch: sync.Pool{New: func() any { return new(panel) }}}
	err := files.Guard(l.load)
	if err == nil {
		err = c.Check()
	}
	if err != nil {
		m.release()
		return nil, err
	}
	m.pool = newPool(opts.Threads)
	m.scratch = make([]scratch, opts.Threads)
	return m, nil
}

// Close ends the model's threads and gives its memory back. No session may be in use, nor be used again.
func (m *Model) Close() {
	m.pool.close()
	m.release()
}

// Threads returns how many workers the model has.
func (m *Model) Threads() int { return m.pool.workers }

// StepBytes returns the bytes of weights that one token reads: all layers, and the head.
func (m *Model) StepBytes() int64 {
	var n int64
	for _, w := range m.weights() {
		n += int64(len(w))
	}
	return n
}

// weights returns all weights that one token reads.
func (m *Model) weights() (all [][]byte) {
	for i := range m.layers {
		l := &m.layers[i]
		for _, w := range []*linear{l.qkv, l.o, l.gateUp, l.down} {
			all = append(all, w.weights()...)
		}
	}
	return append(all, m.head.weights())
}

// loader reads one checkpoint.
type loader struct {
	ctx      context.Context
	m        *Model
	c        *checkpoint.Checkpoint
	r        *checkpoint.Reader
	run      checkpoint.Parallel
	progress func(done, total int64)
	done     int64
	inPlace  bool
	second   Head
	scratch  sync.Pool // of *panel
}

func (l *loader) load() error {
	m, c := l.m, l.c
	m.embd = c.Weight("token_embd.weight")
	m.format = dtype.Lookup(m.embd.Tensor.Type)
	var freqs []float32
	if w := c.Weight("rope_freqs.weight"); w != nil && w.Tensor == nil {
		freqs = model.RopeFactors(c.Config)
	} else if w != nil {
		var err error
		if freqs, err = l.floats(w.Name, c.Config.HeadDim/2); err != nil {
			return err
		}
	}
	m.rope = newRope(c.Config, freqs)
	m.layers = make([]layer, c.Config.Layers)
	for i := range m.layers {
		if err := l.layer(&m.layers[i], "blk."+strconv.Itoa(i)+"."); err != nil {
			return err
		}
	}
	var err error
	if m.norm, err = l.floats("output_norm.weight", c.Config.Embd); err != nil {
		return err
	}
	if err := l.head(&m.head, m.Head); err != nil || l.second == "" || l.second == m.Head {
		return err
	}
	return l.head(&m.second, l.second)
}

func (l *loader) layer(b *layer, at string) error {
	cfg := l.m.Config
	for _, n := range []struct {
		to    *[]float32
		name  string
		width int
	}{{&b.attnNorm, "attn_norm", cfg.Embd}, {&b.attnSub, "attn_sub_norm", cfg.Heads * cfg.HeadDim}, {&b.ffnNorm, "ffn_norm", cfg.Embd}, {&b.ffnSub, "ffn_sub_norm", cfg.FFN}} {
		if l.c.Weight(at+n.name+".weight") == nil {
			continue // an architecture without sub-norms; a missing one is among the Problems
		}
		var err error
		if *n.to, err = l.floats(at+n.name+".weight", n.width); err != nil {
			return err
		}
	}
	for _, n := range []struct {
		to    **linear
		names []string
	}{{&b.qkv, []string{"attn_q", "attn_k", "attn_v"}}, {&b.o, []string{"attn_output"}}, {&b.gateUp, []string{"ffn_gate", "ffn_up"}}, {&b.down, []string{"ffn_down"}}} {
		var ws []*checkpoint.Weight
		for _, name := range n.names {
			w := l.c.Weight(at + name + ".weight")
			ws = append(ws, w)
			l.done += w.Tensor.Bytes
		}
		var err error
		if *n.to, err = l.linear(ws...); err != nil {
			return err
		}
		if l.progress != nil {
			l.progress(l.done, l.c.Bytes())
		}
	}
	return nil
}

// floats reads a vector of width numbers, padded with zeros to whole lanes.
func (l *loader) floats(name string, width int) ([]float32, error) {
	w := l.c.Weight(name)
	x := make([]float32, pad(width))
	return x, l.m.readRow(x[:width], w, dtype.Lookup(w.Tensor.Type), 0)
}

// readRow reads row i of a plain weight and demands that it is finite.
func (m *Model) readRow(dst []float32, w *checkpoint.Weight, f *dtype.Format, i int) error {
	size := len(dst) / f.Block * f.Bytes
	raw := make([]byte, size)
	if err := m.ckpt.ReadAt(w.Tensor.File, raw, w.Tensor.Offset+int64(i)*int64(size)); err != nil {
		return err
	}
	f.Decode(dst, raw)
	return finite(dst, i*len(dst), w.Tensor.Name)
}
