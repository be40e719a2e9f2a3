// Package model holds architectures as data: which Hugging Face classes they come from, what their configuration means,
// which tensors they have under which names, and which applications load them.
package model

import "github.com/tritkit/tritkit/core/dtype"

// Activation is the function between gate and up.
type Activation string

const (
	ReLU2 Activation = "relu2" // max(x, 0)²
	SiLU  Activation = "silu"
)

// RoPE is the pairing of rotary position embedding.
type RoPE string

const (
	NEOX RoPE = "neox" // pairs (i, i + head_dim/2)
	NORM RoPE = "norm" // pairs (2i, 2i+1); Hugging Face rows of q and k are permuted for it
)

// Arch is an architecture.
type Arch struct {
	Name       string     // general.architecture: "bitnet-b1.58"
	Label      string     // for people: "BitNet b1.58"
	Activation Activation // of the graph that runtimes run under this name
	SubNorms   bool       // attn_sub_norm and ffn_sub_norm exist
	RoPE       RoPE
	Classes    []Class // Hugging Face sources; empty: read from GGUF only
}

// Class is one way Hugging Face names a model of an architecture.
type Class struct {
	Architecture string     // config.json architectures[0], exactly
	Activation   Activation // config.json hidden_act, exactly
	BitNetQuant  bool       // a quantization_config with quant_method bitnet must be there
	AltNames     bool       // 1bitLLM's names: self_attn.inner_attn_ln, mlp.ffn_layernorm
	Online       bool       // float weights are snapped in every forward even without a quantization_config (1bitLLM)
}

// Kind says what a tensor is for.
type Kind uint8

const (
	Embd      Kind = iota // token_embd.weight
	Norm                  // any RMSNorm gain
	Linear                // a projection that is ternary in this architecture
	Head                  // output.weight
	RopeFreqs             // rope_freqs.weight: no source tensor in a Hugging Face checkpoint, computed from the config
	Scale                 // an optional one-element .scale beside a linear (GGUF of arch bitnet)
)

// Slot is one tensor that an architecture has, or may have.
type Slot struct {
	Name     string // in GGUF: "blk.0.attn_q.weight"
	HF       string // in a Hugging Face checkpoint: "model.layers.0.self_attn.q_proj.weight"; "" if it has none
	Kind     Kind
	Layer    int     // -1 outside the blocks
	Shape    []int64 // slowest dimension first
	Heads    int     // > 0: the Hugging Face rows are permuted per head for RoPE NORM, this many heads
	Optional bool
}

// Config is what a model's configuration says, whatever holds it.
type Config struct {
	Arch       *Arch
	Class      *Class // nil when it came from GGUF
	Activation Activation
	Vocab      int
	Context    int
	Embd       int // hidden size
	Layers     int
	FFN        int // intermediate size
	Heads      int
	KVHeads    int
	HeadDim    int
	NormEps    float32
	RopeBase   float32
	Llama3     *Llama3Rope // nil: no scaling
	Tied       bool        // config.json tie_word_embeddings; false when absent
	DType      dtype.Type  // compute dtype: dtype or torch_dtype; F32 when absent (see Assumed)
	BOS        []int       // -1 or empty: not given
	EOS        []int
	PAD        int // -1: not given
	Quant      *Quant
	NameOrPath string   // _name_or_path
	Assumed    []string // sentences: what was missing and which value was taken instead
	Warnings   []string // sentences: e.g. hidden_activation disagrees with the architecture
}

// Llama3Rope is rope_scaling of type llama3.
type Llama3Rope struct {
	Factor, LowFreqFactor, HighFreqFactor float64
	OriginalContext                       int
}

// Quant is quantization_config with quant_method bitnet; absent fields hold their defaults.
type Quant struct {
	LinearClass string   // "bitlinear" or "autobitlinear"
	Mode        string   // "offline" or "online"
	NotConvert  []string // modules_to_not_convert
	UseRMSNorm  bool
}
