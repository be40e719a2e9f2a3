package model

// Reading config.json: strictly, naming what is missing, and choosing the architecture by class and activation.

import (
	"math"
	"slices"
	"strconv"

	"github.com/tritkit/tritkit/core/dtype"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/json"
)

// Ranges of hyperparameters: anything beyond is no model that exists, and would only cost memory.
const (
	maxLayers = 4096
	maxWidth  = 1 << 20
	maxVocab  = 1 << 24
	maxCtx    = 1 << 28
)

// raw is config.json as it stands; -1 and NaN mean that a field is absent.
type raw struct {
	architectures                                               []string
	act, nameOrPath, dtype                                      string
	vocab, ctx, embd, layers, ffn, heads, kvHeads, headDim, pad int64
	eps, theta                                                  float64
	tied                                                        bool
	bos, eos                                                    []int
	scaling                                                     *scaling
	quant                                                       *Quant
}

type scaling struct {
	kind                     string
	factor, low, high, theta float64
	original                 int64
}

// ReadConfig reads config.json, and generation_config.json (nil: there is none), whose end-of-text ids win.
//
// The architecture follows from architectures[0] and hidden_act, never from model_type. A field that is missing and
// matters is a fault; one with a safe meaning is noted in Assumed.
func ReadConfig(data, generation []byte) (*Config, error) {
	r := raw{vocab: -1, ctx: -1, embd: -1, layers: -1, ffn: -1, heads: -1, kvHeads: -1, headDim: -1, pad: -1, eps: math.NaN(), theta: math.NaN()}
	d := json.NewDecoder(data, json.Limits{})
	err := d.Object(func(name string) error { return r.field(d, name) })
	if err == nil {
		err = d.End()
	}
	if err != nil {
		return nil, err
	}
	class, arch, err := r.class()
	if err != nil {
		return nil, err
	}
	c := &Config{Arch: arch, Class: class, Activation: arch.Activation, Tied: r.tied, PAD: int(r.pad), BOS: r.bos, EOS: r.eos, Quant: r.quant, NameOrPath: r.nameOrPath}
	if err := r.sizes(c); err != nil {
		return nil, err
	}
	if err := r.numbers(c); err != nil {
		return nil, err
	}
	if r.quant != nil && r.quant.UseRMSNorm {
		return nil, unsupported("quantization_config.use_rms_norm is true: an extra norm in every projection, which no runtime of ternary files computes")
	}
	return c, c.generation(generation)
}

func (r *raw) field(d *json.Decoder, name string) (err error) {
	switch name {
	case "architectures":
		err = d.Array(func(int) error {
			s, err := d.String()
			r.architectures = append(r.architectures, s)
			return err
		})
	case "hidden_act":
		r.act, err = d.String()
	case "_name_or_path":
		r.nameOrPath, err = optionalString(d)
	case "torch_dtype", "dtype":
		r.dtype, err = optionalString(d)
	case "vocab_size":
		r.vocab, err = d.Int()
	case "max_position_embeddings":
		r.ctx, err = d.Int()
	case "hidden_size":
		r.embd, err = d.Int()
	case "num_hidden_layers":
		r.layers, err = d.Int()
	case "intermediate_size":
		r.ffn, err = d.Int()
	case "num_attention_heads":
		r.heads, err = d.Int()
	case "num_key_value_heads":
		r.kvHeads, err = optionalInt(d)
	case "head_dim":
		r.headDim, err = optionalInt(d)
	case "pad_token_id":
		r.pad, err = optionalInt(d)
	case "rms_norm_eps":
		r.eps, err = d.Float()
	case "rope_theta":
		r.theta, err = d.Float()
	case "tie_word_embeddings":
		r.tied, err = d.Bool()
	case "bos_token_id":
		r.bos, err = ids(d)
	case "eos_token_id":
		r.eos, err = ids(d)
	case "rope_scaling", "rope_parameters":
		err = r.readScaling(d)
	case "quantization_config":
		err = r.readQuant(d)
	default:
		return d.Skip()
	}
	if e, ok := err.(*fault.Error); ok && e.Tensor == "" {
		e.Tensor = name
	}
	return err
}

func optionalString(d *json.Decoder) (string, error) {
	if null, err := d.Null(); null || err != nil {
		return "", err
	}
	return d.String()
}

func optionalInt(d *json.Decoder) (int64, error) {
	if null, err := d.Null(); null || err != nil {
		return -1, err
	}
	return d.Int()
}

// ids reads a token id, a list of them, or null.
func ids(d *json.Decoder) (list []int, err error) {
	one := func(int) error {
		n, err := d.Int()
		if err == nil && (n < 0 || n >= maxVocab) {
			return fault.At("model", fault.Config, d.Offset(), "token id ", strconv.FormatInt(n, 10), " is out of range")
		}
		list = append(list, int(n))
		return err
	}
	switch d.Kind() {
	case 'n':
		return nil, d.Skip()
	case '[':
		return list, d.Array(one)
	}
	return list, one(0)
}

func (r *raw) readScaling(d *json.Decoder) error {
	if null, err := d.Null(); null || err != nil {
		return err
	}
	s := &scaling{theta: math.NaN(), original: -1}
	err := d.Object(func(name string) (err error) {
		switch name {
		case "type", "rope_type":
			s.kind, err = d.String()
		case "factor":
			s.factor, err = d.Float()
		case "low_freq_factor":
			s.low, err = d.Float()
		case "high_freq_factor":
			s.high, err = d.Float()
		case "original_max_position_embeddings":
			s.original, err = d.Int()
		case "rope_theta":
			s.theta, err = d.Float()
		default:
			return d.Skip()
		}
		return err
	})
	r.scaling = s
	return err
}

func (r *raw) readQuant(d *json.Decoder) error {
	if null, err := d.Null(); null || err != nil {
		return err
	}
	q, method := &Quant{LinearClass: "bitlinear", Mode: "offline"}, ""
	err := d.Object(func(name string) (err error) {
		switch name {
		case "quant_method":
			method, err = d.String()
		case "linear_class":
			q.LinearClass, err = d.String()
		case "quantization_mode":
			q.Mode, err = d.String()
		case "use_rms_norm":
			q.UseRMSNorm, err = d.Bool()
		case "modules_to_not_convert":
			if d.Kind() == 'n' {
				return d.Skip()
			}
			q.NotConvert = []string{} // a list, if an empty one
			err = d.Array(func(int) error {
				s, err := d.String()
				q.NotConvert = append(q.NotConvert, s)
				return err
			})
		default:
			return d.Skip()
		}
		return err
	})
	if err != nil {
		return err
	}
	known := (q.LinearClass == "bitlinear" || q.LinearClass == "autobitlinear") && (q.Mode == "offline" || q.Mode == "online")
	if method != "bitnet" || !known {
		return unsupported("quantization_config: quant_method ", fault.Quote(method), ", linear_class ", fault.Quote(q.LinearClass), ", quantization_mode ", fault.Quote(q.Mode),
			"; known is bitnet with bitlinear or autobitlinear, offline or online")
	}
	r.quant = q
	return nil
}

// class finds the architecture, or says what is known.
func (r *raw) class() (*Class, *Arch, error) {
	if len(r.architectures) == 0 {
		return nil, nil, missing("architectures")
	}
	known, acts := "", ""
	for _, a := range Archs {
		for i := range a.Classes {
			c := &a.Classes[i]
			if c.Architecture == r.architectures[0] && string(c.Activation) == r.act && (!c.BitNetQuant || r.quant != nil) {
				return c, a, nil
			}
			if c.Architecture == r.architectures[0] {
				acts = string(c.Activation)
			}
			if known != "" {
				known += ", "
			}
			known += c.Architecture
		}
	}
	switch {
	case acts != "" && r.act == acts:
		return nil, nil, unsupported("architectures = [", fault.Quote(r.architectures[0]), "] without a bitnet quantization_config: not a ternary model").
			Try("Tritkit converts ternary models only; llama.cpp converts this one")
	case acts != "":
		return nil, nil, unsupported("hidden_act = ", fault.Quote(r.act), " in ", fault.Quote(r.architectures[0]), ", which has ", acts, ": another activation is another model")
	}
	return nil, nil, unsupported("architectures = [", fault.Quote(r.architectures[0]), "]; known: ", known).Try("trit show --kv prints the whole config")
}

// sizes fills in the shape of the model and checks its ranges.
func (r *raw) sizes(c *Config) error {
	if r.kvHeads < 0 {
		r.kvHeads = r.heads
		c.Assumed = append(c.Assumed, "config.json has no num_key_value_heads: taken to be num_attention_heads")
	}
	if r.headDim < 0 && r.heads > 0 && r.embd%r.heads == 0 {
		r.headDim = r.embd / r.heads
	}
	for _, f := range [...]struct {
		name  string
		value int64
		most  int64
		to    *int
	}{
		{"vocab_size", r.vocab, maxVocab, &c.Vocab}, {"max_position_embeddings", r.ctx, maxCtx, &c.Context}, {"hidden_size", r.embd, maxWidth, &c.Embd},
		{"num_hidden_layers", r.layers, maxLayers, &c.Layers}, {"intermediate_size", r.ffn, maxWidth, &c.FFN}, {"num_attention_heads", r.heads, maxWidth, &c.Heads},
		{"num_key_value_heads", r.kvHeads, maxWidth, &c.KVHeads}, {"head_dim", r.headDim, maxWidth, &c.HeadDim},
	} {
		if f.value == -1 {
			return missing(f.name)
		}
		if f.value < 1 || f.value > f.most {
			return fault.New("model", fault.Config, strconv.FormatInt(f.value, 10), " is outside 1 to ", strconv.FormatInt(f.most, 10)).In(f.name)
		}
		*f.to = int(f.value)
	}
	if c.Heads%c.KVHeads != 0 || c.HeadDim%2 != 0 || int64(c.Heads)*int64(c.HeadDim) > maxWidth {
		return fault.New("model", fault.Config, strconv.Itoa(c.Heads), " heads of ", strconv.Itoa(c.HeadDim), " over ", strconv.Itoa(c.KVHeads), " kv heads do not divide up")
	}
	return nil
}

// numbers fills in the rest: norms, RoPE, compute type.
func (r *raw) numbers(c *Config) error {
	if r.scaling != nil && !math.IsNaN(r.scaling.theta) {
		r.theta = r.scaling.theta // rope_parameters of transformers 5
	}
	if math.IsNaN(r.eps) {
		return missing("rms_norm_eps")
	}
	if math.IsNaN(r.theta) {
		return missing("rope_theta")
	}
	if !(r.eps > 0 && r.eps < 1) || !(r.theta > 1 && r.theta < 1e12) {
		return fault.New("model", fault.Config, "rms_norm_eps or rope_theta is out of range")
	}
	c.NormEps, c.RopeBase = float32(r.eps), float32(r.theta)
	if err := r.scaled(c); err != nil {
		return err
	}
	if q := r.quant; q != nil && q.NotConvert != nil && !slices.Contains(q.NotConvert, "lm_head") {
		c.Assumed = append(c.Assumed, "modules_to_not_convert is a list without lm_head: transformers 5 quantises the head then; here it stays a float")
	}
	switch r.dtype {
	case "bfloat16":
		c.DType = dtype.BF16
	case "float16":
		c.DType = dtype.F16
	case "float32":
		c.DType = dtype.F32
	case "":
		c.DType = dtype.F32
		c.Assumed = append(c.Assumed, "config.json has no torch_dtype: scales are not rounded to a compute type")
	default:
		return unsupported("torch_dtype ", fault.Quote(r.dtype), "; known: bfloat16, float16, float32")
	}
	return nil
}

func (r *raw) scaled(c *Config) error {
	s := r.scaling
	if s == nil || s.kind == "" || s.kind == "default" {
		return nil
	}
	if s.kind != "llama3" {
		return unsupported("rope_scaling of type ", fault.Quote(s.kind), "; known: llama3")
	}
	if !(s.factor >= 1 && s.low > 0 && s.high > s.low) || s.original < 1 || s.original > maxCtx {
		return fault.New("model", fault.Config, "rope_scaling llama3 needs factor, low_freq_factor < high_freq_factor and original_max_position_embeddings")
	}
	c.Llama3 = &Llama3Rope{Factor: s.factor, LowFreqFactor: s.low, HighFreqFactor: s.high, OriginalContext: int(s.original)}
	return nil
}

// generation takes the end-of-text ids of generation_config.json, which is where chat models list all of theirs.
func (c *Config) generation(data []byte) error {
	if data == nil {
		return nil
	}
	d := json.NewDecoder(data, json.Limits{})
	err := d.Object(func(name string) error {
		if name != "eos_token_id" {
			return d.Skip()
		}
		list, err := ids(d)
		if len(list) > 0 {
			c.EOS = list
		}
		return err
	})
	if err == nil {
		err = d.End()
	}
	return fault.InFile(err, "generation_config.json")
}

func missing(field string) *fault.Error {
	return fault.New("model", fault.Config, "the field is missing, and guessing it would make another model").In(field)
}

func unsupported(msg ...string) *fault.Error { return fault.New("model", fault.Arch, msg...) }
