package main

// What the commands that run a model share: how it is loaded, and how tokens are chosen.

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"strings"

	"github.com/spf13/cobra"
	"github.com/tritkit/tritkit/core/checkpoint"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/gguf"
	"github.com/tritkit/tritkit/core/ternary"
	"github.com/tritkit/tritkit/core/tokenizer"
	"github.com/tritkit/tritkit/native/infer"
	"github.com/tritkit/tritkit/native/kernel"
	"github.com/tritkit/tritkit/native/sample"
)

// runner holds the flags of every command that runs a model.
type runner struct {
	source
	kernel, head, kv, match string
	context                 int
	noRepack                bool
	second                  infer.Head // measured beside head
}

func (r *runner) flags(cmd *cobra.Command) {
	r.source.flags(cmd)
	f := cmd.Flags()
	f.StringVar(&r.snap, "snap", "", "snap floats that nothing declares ternary: absmean or nonzero-mean")
	f.StringVar(&r.kernel, "kernel", "", "force a kernel that this processor has: generic, avx2, avxvnni, avx512vnni, neon, dotprod")
	f.StringVar(&r.head, "head", headAuto, "output layer: f16, the exact one; int4, its largest logits alone, which greedy choice and top-k need, and fastest; int8, all logits, nearly exact; auto: int4 where that is enough, else int8")
	f.StringVar(&r.kv, "kv", "f16", "KV cache: f16, or int8 for half the memory")
	f.BoolVar(&r.noRepack, "no-repack", false, "multiply i2_s weights where the mapped file has them: a faster start and less memory, slower prompts, the same numbers")
	f.StringVar(&r.match, "match", "", "round where another runtime does, to compare numbers: bitnet.cpp")
	f.IntVarP(&r.context, "context", "c", 0, "tokens of context; 0 is the model's own")
}

// headAuto lets infer choose.
const headAuto = "auto"

// allLogits refuses the head that knows the largest logits only.
func (r *runner) allLogits(what string) error {
	if infer.Head(r.head) == infer.HeadInt4 {
		return usage(what + " needs all logits, and --head int4 computes the largest: take f16 or int8")
	}
	return nil
}

// loaded is a model that is ready to run.
type loaded struct {
	*infer.Model
	ckpt *checkpoint.Checkpoint
	enc  *tokenizer.Encoder // nil when it was not asked for
	voc  *tokenizer.Vocab
}

func (l *loaded) close() {
	l.Model.Close()
	l.ckpt.Close()
}

// load opens and loads a model, and its tokenizer where text is needed. top says, of the open checkpoint, how many of the
// largest logits will be looked at; nil is all.
func (r *runner) load(a *app, cmd *cobra.Command, path string, text bool, top func(l *loaded) (int, error)) (*loaded, error) {
	o := infer.Options{Threads: a.threads, Head: infer.Head(r.head), Second: r.second, KV: infer.KV(r.kv), Match: infer.Match(r.match), InPlace: r.noRepack, Parallel: a.parallel()}
	if !cmd.Flags().Changed("threads") {
		o.Threads = min(o.Threads, kernel.Cores())
	}
	switch o.Head {
	case infer.HeadInt8, infer.HeadF16, infer.HeadInt4:
	case headAuto:
		o.Head = infer.HeadAuto
	default:
		return nil, usage("--head is auto, int8, f16 or int4")
	}
	if o.KV != infer.KVF16 && o.KV != infer.KVInt8 {
		return nil, usage("--kv is f16 or int8")
	}
	if o.Match != infer.MatchNone && o.Match != infer.MatchBitnetCPP {
		return nil, usage("--match is bitnet.cpp")
	}
	var err error
	if r.kernel != "" {
		if o.Kernel, err = kernel.ByName(r.kernel); err != nil {
			return nil, err
		}
	}
	if o.Rule, err = ternary.ParseRule(r.snap); err != nil {
		return nil, err
	}
	c, err := r.open(path)
	if err != nil {
		return nil, err
	}
	l := &loaded{ckpt: c}
	if top != nil {
		if o.Top, err = top(l); err != nil {
			c.Close()
			return nil, err
		}
	}
	encoder := make(chan error, 1) // a vocabulary of 128,000 takes a while, too
	go func() { encoder <- l.vocabulary(text) }()
	p := a.progress("loading")
	defer p.stop()
	o.Progress = p.update
	l.Model, err = infer.Load(cmd.Context(), c, o)
	if e := <-encoder; err == nil && e != nil {
		l.Model.Close()
		err = e
	}
	if err != nil {
		c.Close()
		return nil, err
	}
	return l, nil
}

// vocabulary reads the tokenizer; without one, a model still runs from token to token.
func (l *loaded) vocabulary(text bool) (err error) {
	if l.voc, err = l.ckpt.Vocab(); err == nil && text {
		l.enc, err = l.voc.NewEncoder()
	}
	if !text {
		return nil
	}
	return err
}

// sampling holds the flags that choose tokens.
type sampling struct {
	temp, topP, minP, repeat, frequency, presence float32
	topK                                          int
	seed                                          uint64
}

func (s *sampling) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.Float32Var(&s.temp, "temp", 0.8, "temperature; 0 takes the likeliest token. Without the flag the model's own setting wins, as for the next three")
	f.IntVar(&s.topK, "top-k", 40, "choose among so many tokens; 0: all")
	f.Float32Var(&s.topP, "top-p", 0.95, "choose among the likeliest tokens that together reach this probability")
	f.Float32Var(&s.minP, "min-p", 0.05, "drop tokens less likely than this share of the likeliest")
	f.Float32Var(&s.repeat, "repeat-penalty", 1, "divide the logits of recent tokens by this")
	f.Float32Var(&s.frequency, "frequency-penalty", 0, "subtract this for each time a token is recent")
	f.Float32Var(&s.presence, "presence-penalty", 0, "subtract this from recent tokens once")
	f.Uint64Var(&s.seed, "seed", 0, "seed of the draw; 0 takes a new one each time")
}

// options settles what the user, the model and the defaults say, in this order.
func (s *sampling) options(cmd *cobra.Command, l *loaded) (sample.Options, error) {
	kv, err := l.sampling()
	if err != nil {
		return sample.Options{}, err
	}
	o := sample.Options{Temp: s.temp, TopK: s.topK, TopP: s.topP, MinP: s.minP, Repeat: s.repeat, Frequency: s.frequency, Presence: s.presence, Seed: s.seed}
	for _, x := range kv {
		name := strings.TrimPrefix(x.Key, "general.sampling.")
		if cmd.Flags().Changed(strings.ReplaceAll(name, "_", "-")) {
			continue
		}
		switch name {
		case "temp":
			err = number(&o.Temp, x.Value)
		case "top_p":
			err = number(&o.TopP, x.Value)
		case "min_p":
			err = number(&o.MinP, x.Value)
		case "top_k":
			var k float32
			err = number(&k, x.Value)
			o.TopK = int(k)
		}
		if err != nil {
			return o, err
		}
	}
	for o.Seed == 0 {
		o.Seed = rand.Uint64() >> 32 // short enough to be typed again
	}
	return o, nil
}

// settle is what load asks of a command that chooses tokens: it puts its options into o.
func (s *sampling) settle(cmd *cobra.Command, o *sample.Options) func(*loaded) (int, error) {
	return func(l *loaded) (top int, err error) {
		*o, err = s.options(cmd, l)
		return o.Depth(), err
	}
}

func number(to *float32, v gguf.Value) error {
	if x, err := v.Float(); err == nil {
		*to = float32(x)
		return nil
	}
	n, err := v.Int()
	*to = float32(n)
	return err
}

// sampling returns the model's own settings: general.sampling.* of a GGUF, generation_config.json of a folder.
func (l *loaded) sampling() ([]gguf.KV, error) {
	if l.ckpt.GGUF == nil {
		b, err := l.ckpt.Side("generation_config.json")
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		kv, err := tokenizer.Sampling(b)
		return kv, fault.InFile(err, "generation_config.json")
	}
	var kv []gguf.KV
	for _, x := range l.ckpt.GGUF.KV {
		if strings.HasPrefix(x.Key, "general.sampling.") {
			kv = append(kv, x)
		}
	}
	return kv, nil
}
