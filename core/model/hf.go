package model

// Writing config.json for an exported checkpoint, and the frequencies that llama3 scaling makes of RoPE.

import (
	"math"
	"slices"

	"github.com/tritkit/tritkit/core/dtype"
	"github.com/tritkit/tritkit/core/json"
)

// AppendHF appends a config.json that transformers loads, with q as its quantization_config.
func AppendHF(b []byte, c *Config, q *Quant) []byte {
	class := c.hfClass()
	b = append(b, '{')
	b = json.AppendStrings(json.AppendKey(b, "architectures"), []string{class.Architecture})
	str := func(key, v string) { b = json.AppendString(json.AppendKey(b, key), v) }
	num := func(key string, n int) { b = json.AppendInt(json.AppendKey(b, key), int64(n)) }
	switch c.Arch {
	case Llama:
		str("model_type", "llama")
	default:
		str("model_type", "bitnet")
	}
	str("hidden_act", string(class.Activation))
	num("vocab_size", c.Vocab)
	num("max_position_embeddings", c.Context)
	num("hidden_size", c.Embd)
	num("num_hidden_layers", c.Layers)
	num("intermediate_size", c.FFN)
	num("num_attention_heads", c.Heads)
	num("num_key_value_heads", c.KVHeads)
	num("head_dim", c.HeadDim)
	b = json.AppendFloat32(json.AppendKey(b, "rms_norm_eps"), c.NormEps)
	b = json.AppendFloat32(json.AppendKey(b, "rope_theta"), c.RopeBase)
	if r := c.Llama3; r != nil {
		b = append(json.AppendKey(b, "rope_scaling"), '{')
		str("rope_type", "llama3")
		b = json.AppendFloat(json.AppendKey(b, "factor"), r.Factor)
		b = json.AppendFloat(json.AppendKey(b, "low_freq_factor"), r.LowFreqFactor)
		b = json.AppendFloat(json.AppendKey(b, "high_freq_factor"), r.HighFreqFactor)
		num("original_max_position_embeddings", r.OriginalContext)
		b = append(b, '}')
	}
	b = json.AppendBool(json.AppendKey(b, "tie_word_embeddings"), c.Tied)
	if len(c.BOS) > 0 {
		num("bos_token_id", c.BOS[0])
	}
	if len(c.EOS) > 0 {
		num("eos_token_id", c.EOS[0])
	}
	str("torch_dtype", torchName(c.DType))
	b = appendQuant(json.AppendKey(b, "quantization_config"), q)
	return append(b, "}\n"...)
}

// hfClass returns the class to write: the one the config came from, else the architecture's first, else b1.58's.
func (c *Config) hfClass() *Class {
	switch {
	case c.Class != nil:
		return c.Class
	case len(c.Arch.Classes) > 0:
		return &c.Arch.Classes[0]
	}
	return &BitNetB158.Classes[0]
}

func torchName(t dtype.Type) string {
	switch t {
	case dtype.BF16:
		return "bfloat16"
	case dtype.F16:
		return "float16"
	}
	return "float32"
}

func appendQuant(b []byte, q *Quant) []byte {
	b = json.AppendString(json.AppendKey(append(b, '{'), "quant_method"), "bitnet")
	b = json.AppendString(json.AppendKey(b, "linear_class"), q.LinearClass)
	b = json.AppendString(json.AppendKey(b, "quantization_mode"), q.Mode)
	return append(appendNotConvert(json.AppendKey(b, "modules_to_not_convert"), q.NotConvert), '}')
}

// appendNotConvert appends the list so that the head stays a float: null means transformers' own list, which has the head,
// and any list stands for itself, so that an empty one would quantise the head too. Source: huggingface/transformers 5
// quantizers/base.py get_modules_to_not_convert.
func appendNotConvert(b []byte, list []string) []byte {
	if len(list) == 0 {
		return append(b, "null"...)
	}
	if !slices.Contains(list, "lm_head") {
		list = append(slices.Clone(list), "lm_head")
	}
	return json.AppendStrings(b, list)
}

// EditHF returns source, a config.json, with q as its quantization_config and everything else as it stands.
func EditHF(source []byte, q *Quant) ([]byte, error) {
	d := json.NewDecoder(source, json.Limits{})
	b := []byte{'{'}
	err := d.Object(func(name string) error {
		v, err := d.Value()
		if name != "quantization_config" {
			b = append(json.AppendKey(b, name), v...)
		}
		return err
	})
	if err == nil {
		err = d.End()
	}
	if err != nil {
		return nil, err
	}
	b = append(appendQuant(json.AppendKey(b, "quantization_config"), q), '}')
	return append(json.AppendIndented(nil, b), '\n'), nil
}

// RopeFactors returns the head_dim/2 factors that RoPE's wave lengths are divided by under llama3 scaling: 1 for short
// waves, the factor for long ones, a blend between. Source: huggingface/transformers modeling_rope_utils.py
// _compute_llama3_parameters, as ggml-org/llama.cpp writes it to rope_freqs.weight.
func RopeFactors(c *Config) []float32 {
	r := c.Llama3
	out := make([]float32, c.HeadDim/2)
	for i := range out {
		wave := 2 * math.Pi * math.Pow(float64(c.RopeBase), float64(2*i)/float64(c.HeadDim))
		ctx := float64(r.OriginalContext)
		switch {
		case wave < ctx/r.HighFreqFactor:
			out[i] = 1
		case wave > ctx/r.LowFreqFactor:
			out[i] = float32(r.Factor)
		default:
			s := (ctx/wave - r.LowFreqFactor) / (r.HighFreqFactor - r.LowFreqFactor)
			out[i] = float32(1 / (float64((1-s)/r.Factor) + s))
		}
	}
	return out
}
