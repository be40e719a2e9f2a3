package model

// A configuration in the metadata of a GGUF: read strictly typed, written in the official order.

import (
	"strconv"
	"strings"

	"github.com/tritkit/tritkit/core/dtype"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/gguf"
)

// metadata reads typed hyperparameters and keeps the first fault.
type metadata struct {
	f    *gguf.File
	arch string
	err  error
}

// FromGGUF reads the configuration of a GGUF. An architecture, activation or basis that is not ours is a fault.
func FromGGUF(f *gguf.File) (*Config, error) {
	v, ok := f.Get("general.architecture")
	if !ok {
		return nil, missing("general.architecture")
	}
	name, err := v.Text()
	if err != nil {
		return nil, err
	}
	arch := ByName(name)
	if arch == nil {
		return nil, unsupported("general.architecture = ", fault.Quote(name), "; known: bitnet-b1.58, bitnet-25, bitnet, llama")
	}
	for _, kv := range f.KV {
		if strings.HasPrefix(kv.Key, "prism.hadamard.") {
			return nil, unsupported("the weights are in a rotated basis (", kv.Key, "): another runtime's graph").In(kv.Key)
		}
	}
	m := &metadata{f: f, arch: arch.Name + "."}
	c := &Config{Arch: arch, Activation: arch.Activation, DType: dtype.F32, PAD: -1}
	c.Context = m.size("context_length", maxCtx, -1)
	c.Embd = m.size("embedding_length", maxWidth, -1)
	c.Layers = m.size("block_count", maxLayers, -1)
	c.FFN = m.size("feed_forward_length", maxWidth, -1)
	c.Heads = m.size("attention.head_count", maxWidth, -1)
	c.KVHeads = m.size("attention.head_count_kv", maxWidth, c.Heads)
	c.HeadDim = m.size("attention.key_length", maxWidth, m.size("rope.dimension_count", maxWidth, c.Embd/max(c.Heads, 1)))
	c.NormEps = m.number("attention.layer_norm_rms_epsilon")
	c.RopeBase = m.number("rope.freq_base")
	c.Vocab = m.size("vocab_size", maxVocab, m.tokens())
	if m.err == nil {
		m.err = m.activation(c)
	}
	if m.err == nil && (c.Heads%c.KVHeads != 0 || c.HeadDim%2 != 0) {
		m.err = fault.New("model", fault.Config, strconv.Itoa(c.Heads), " heads over ", strconv.Itoa(c.KVHeads), " kv heads do not divide up")
	}
	return c, m.err
}

// size reads a positive whole number; fallback -1 makes it mandatory.
func (m *metadata) size(key string, most, fallback int) int {
	v, ok := m.f.Get(m.arch + key)
	if !ok {
		if fallback < 1 && m.err == nil {
			m.err = missing(m.arch + key)
		}
		return max(fallback, 1)
	}
	n, err := v.Uint()
	if err == nil && (n < 1 || n > uint64(most)) {
		err = fault.New("model", fault.Config, strconv.FormatUint(n, 10), " is outside 1 to ", strconv.Itoa(most)).In(m.arch + key)
	}
	if err != nil {
		m.fail(err, key)
		return 1
	}
	return int(n)
}

func (m *metadata) number(key string) float32 {
	v, ok := m.f.Get(m.arch + key)
	if !ok {
		m.fail(missing(m.arch+key), key)
		return 1
	}
	x, err := v.Float()
	if err == nil && !(x > 0 && x < 1e12) {
		err = fault.New("model", fault.Config, "is out of range").In(m.arch + key)
	}
	m.fail(err, key)
	return float32(x)
}

func (m *metadata) fail(err error, key string) {
	if err == nil || m.err != nil {
		return
	}
	if e, ok := err.(*fault.Error); ok && e.Tensor == "" {
		e.Tensor = m.arch + key
	}
	m.err = err
}

// tokens is the length of the vocabulary where vocab_size is not given.
func (m *metadata) tokens() int {
	if v, ok := m.f.Get("tokenizer.ggml.tokens"); ok {
		return v.Len()
	}
	return -1
}

// activation lets A.hidden_activation win, and says when runtimes will see it differently.
func (m *metadata) activation(c *Config) error {
	v, ok := m.f.Get(m.arch + "hidden_activation")
	if !ok {
		if c.Arch == BitNetB158 && c.Heads == c.KVHeads {
			c.Warnings = append(c.Warnings, "hidden_activation is missing and every head has its own keys: some converters write 1bitLLM's SiLU models under this name")
		}
		return nil
	}
	s, err := v.Text()
	if err != nil {
		return err
	}
	if a := Activation(s); a != ReLU2 && a != SiLU {
		return unsupported("hidden_activation = ", fault.Quote(s), "; known: relu2, silu").In(m.arch + "hidden_activation")
	}
	c.Activation = Activation(s)
	if c.Activation != c.Arch.Activation {
		c.Warnings = append(c.Warnings, "hidden_activation is "+s+", but runtimes compute "+string(c.Arch.Activation)+" under "+c.Arch.Name)
	}
	return nil
}

// KV returns the keys of the architecture in the order of Microsoft's official file; hidden_activation is ours.
func KV(c *Config) []gguf.KV {
	a := c.Arch.Name + "."
	u := func(key string, n int) gguf.KV { return gguf.KV{Key: a + key, Value: gguf.Uint32(uint32(n))} }
	kv := []gguf.KV{
		u("vocab_size", c.Vocab), u("context_length", c.Context), u("embedding_length", c.Embd), u("block_count", c.Layers),
		u("feed_forward_length", c.FFN), u("rope.dimension_count", c.HeadDim), u("attention.head_count", c.Heads), u("attention.head_count_kv", c.KVHeads),
		{Key: a + "attention.layer_norm_rms_epsilon", Value: gguf.Float32(c.NormEps)}, {Key: a + "rope.freq_base", Value: gguf.Float32(c.RopeBase)},
	}
	if c.HeadDim*c.Heads != c.Embd {
		kv = append(kv, u("attention.key_length", c.HeadDim), u("attention.value_length", c.HeadDim))
	}
	if c.Arch != Llama {
		kv = append(kv, gguf.KV{Key: a + "hidden_activation", Value: gguf.String(string(c.Activation))})
	}
	return kv
}
