package model

// The architectures, one row each, and the tensors they have.

import "strconv"

// BitNetB158 is BitNet b1.58 2B-4T and its kin: relu² and a norm inside attention and inside the feed-forward.
var BitNetB158 = &Arch{
	Name: "bitnet-b1.58", Label: "BitNet b1.58", Activation: ReLU2, SubNorms: true, RoPE: NEOX,
	Classes: []Class{{Architecture: "BitNetForCausalLM", Activation: ReLU2}},
}

// BitNet25 is the same graph under an older name, found in GGUF files only.
var BitNet25 = &Arch{Name: "bitnet-25", Label: "BitNet 2.5", Activation: ReLU2, SubNorms: true, RoPE: NEOX}

// BitNet is 1bitLLM's reproduction: SiLU, other names for the norms, and floats that are snapped in every forward.
var BitNet = &Arch{
	Name: "bitnet", Label: "BitNet b1.58 (1bitLLM)", Activation: SiLU, SubNorms: true, RoPE: NEOX,
	Classes: []Class{{Architecture: "BitnetForCausalLM", Activation: SiLU, AltNames: true, Online: true}},
}

// Llama is a Llama decoder with ternary projections: Falcon3 1.58bit, Falcon-E, Llama3-8B-1.58.
var Llama = &Arch{
	Name: "llama", Label: "Llama (ternary)", Activation: SiLU, RoPE: NORM,
	Classes: []Class{{Architecture: "LlamaForCausalLM", Activation: SiLU, BitNetQuant: true}},
}

// Archs is every architecture, in the order in which errors list them.
var Archs = [...]*Arch{BitNetB158, BitNet25, BitNet, Llama}

// ByName returns the architecture of a general.architecture, or nil.
func ByName(name string) *Arch {
	for _, a := range Archs {
		if a.Name == name {
			return a
		}
	}
	return nil
}

// Slots returns the tensors of a model with configuration c, in the order in which they are written: token_embd,
// rope_freqs, the blocks in forward order, output_norm, output.
func (a *Arch) Slots(c *Config) []Slot {
	embd, ffn := int64(c.Embd), int64(c.FFN)
	q, kv := int64(c.Heads)*int64(c.HeadDim), int64(c.KVHeads)*int64(c.HeadDim)
	slots := []Slot{{Name: "token_embd.weight", HF: "model.embed_tokens.weight", Kind: Embd, Layer: -1, Shape: []int64{int64(c.Vocab), embd}}}
	slots = append(slots, Slot{Name: "rope_freqs.weight", Kind: RopeFreqs, Layer: -1, Shape: []int64{int64(c.HeadDim / 2)}, Optional: c.Llama3 == nil})
	if c.Llama3 == nil && c.Class != nil {
		slots = slots[:1] // no scaling in the config: nothing to compute
	}
	for n := range c.Layers {
		b := block{n: n, alt: c.Class != nil && c.Class.AltNames}
		b.norm("attn_norm", "input_layernorm", embd)
		b.linear("attn_q", "self_attn.q_proj", q, embd, a.permuted(c.Heads))
		b.linear("attn_k", "self_attn.k_proj", kv, embd, a.permuted(c.KVHeads))
		b.linear("attn_v", "self_attn.v_proj", kv, embd, 0)
		if a.SubNorms {
			b.norm("attn_sub_norm", b.either("self_attn.attn_sub_norm", "self_attn.inner_attn_ln"), q)
		}
		b.linear("attn_output", "self_attn.o_proj", embd, q, 0)
		b.norm("ffn_norm", "post_attention_layernorm", embd)
		b.linear("ffn_gate", "mlp.gate_proj", ffn, embd, 0)
		b.linear("ffn_up", "mlp.up_proj", ffn, embd, 0)
		if a.SubNorms {
			b.norm("ffn_sub_norm", b.either("mlp.ffn_sub_norm", "mlp.ffn_layernorm"), ffn)
		}
		b.linear("ffn_down", "mlp.down_proj", embd, ffn, 0)
		slots = append(slots, b.slots...)
	}
	return append(slots,
		Slot{Name: "output_norm.weight", HF: "model.norm.weight", Kind: Norm, Layer: -1, Shape: []int64{embd}},
		Slot{Name: "output.weight", HF: "lm_head.weight", Kind: Head, Layer: -1, Shape: []int64{int64(c.Vocab), embd}, Optional: true})
}

// permuted returns the heads by which Hugging Face rows of q and k are permuted, 0 where they are not.
func (a *Arch) permuted(heads int) int {
	if a.RoPE == NORM {
		return heads
	}
	return 0
}

// block collects the slots of one layer.
type block struct {
	n     int
	alt   bool
	slots []Slot
}

func (b *block) either(name, alt string) string {
	if b.alt {
		return alt
	}
	return name
}

func (b *block) norm(name, hf string, width int64) { b.add(name, hf, Norm, []int64{width}, 0) }

func (b *block) linear(name, hf string, rows, cols int64, heads int) {
	b.add(name, hf, Linear, []int64{rows, cols}, heads)
}

func (b *block) add(name, hf string, kind Kind, shape []int64, heads int) {
	n := strconv.Itoa(b.n)
	b.slots = append(b.slots, Slot{
		Name: "blk." + n + "." + name + ".weight", HF: "model.layers." + n + "." + hf + ".weight",
		Kind: kind, Layer: b.n, Shape: shape, Heads: heads,
	})
}
