// Package synth makes checkpoints of real form and any shape, the same for the same seed.
package synth

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
	"strconv"
	"testing/fstest"

	"github.com/tritkit/tritkit/core/dtype"
	"github.com/tritkit/tritkit/core/model"
	"github.com/tritkit/tritkit/core/safetensors"
	"github.com/tritkit/tritkit/core/tensor"
	"github.com/tritkit/tritkit/core/ternary"
)

// Form is how a checkpoint holds its weights.
type Form string

// The forms that people have.
const (
	Master    Form = "bf16-master"     // floats under autobitlinear online
	MasterF16 Form = "f16-master"      // the same in f16
	MasterF32 Form = "f32-master"      // the same in f32
	Packed    Form = "packed"          // uint8 and weight_scale under autobitlinear offline
	PackedInv Form = "packed-inverse"  // uint8 and 1/scale under bitlinear
	Codes     Form = "codes"           // -1, 0, 1 in bf16 and weight_scale
	Values    Form = "values"          // ±v in bf16, nothing declared
	Undefined Form = "plain-floats"    // floats, nothing declared
	Sharded   Form = "sharded-master"  // Master in two shards with an index
	OneBitLLM Form = "1bitllm"         // f32, 1bitLLM's class and names
	LlamaPack Form = "llama-packed"    // LlamaForCausalLM, untied head, PackedInv
	LlamaAuto Form = "llama-auto"      // LlamaForCausalLM, untied head, Packed
	LlamaBF16 Form = "llama-bf16-onln" // LlamaForCausalLM, untied head, Master
)

// Forms is every form, in order.
var Forms = []Form{Master, MasterF16, MasterF32, Packed, PackedInv, Codes, Values, Undefined, Sharded, OneBitLLM, LlamaPack, LlamaAuto, LlamaBF16}

// Shape is the size of a model.
type Shape struct {
	Layers, Embd, FFN, Heads, KVHeads, Vocab int

	// Even sizes the values as training does: gains around 1, layers that keep the size of what they are given, logits of
	// a few units. Otherwise all have one spread, and every softmax is a choice.
	Even bool
}

// Tiny has rows that every ternary format takes.
var Tiny = Shape{Layers: 2, Embd: 256, FFN: 768, Heads: 4, KVHeads: 2, Vocab: 320}

// Micro is the smallest that i2_s takes: what testdata/checkpoints holds.
var Micro = Shape{Layers: 1, Embd: 128, FFN: 128, Heads: 2, KVHeads: 1, Vocab: 320}

// EvenBitNet and EvenLlama are what transformers ran for testdata/transformers: a width that is no multiple of 256 and
// three query heads to each of the keys, and rows that every ternary format takes.
var (
	EvenBitNet = Shape{Layers: 3, Embd: 384, FFN: 640, Heads: 6, KVHeads: 2, Vocab: 320, Even: true}
	EvenLlama  = Shape{Layers: 3, Embd: 256, FFN: 512, Heads: 4, KVHeads: 2, Vocab: 320, Even: true}
)

// Folder returns a checkpoint as a file system.
func Folder(s Shape, form Form, seed uint64) fstest.MapFS {
	f := &folder{shape: s, form: form, seed: seed, fs: fstest.MapFS{}}
	f.put("config.json", f.config())
	f.put("generation_config.json", []byte(`{"eos_token_id":[257,258],"do_sample":true,"temperature":0.6,"top_p":0.9}`))
	f.put("tokenizer.json", tokenizer(s.Vocab))
	f.put("tokenizer_config.json", []byte(`{"bos_token":"<|begin_of_text|>","eos_token":"<|end_of_text|>","add_bos_token":true,"chat_template":"old"}`))
	f.put("chat_template.jinja", []byte("{% for m in messages %}{{ m.content }}{% endfor %}"))
	f.put("README.md", []byte("---\nlicense: mit\nbase_model:\n- microsoft/bitnet-b1.58-2B-4T\n---\n# A model\n"))
	f.put("optimizer.pt", []byte("litter"))
	f.weights()
	return f.fs
}

type folder struct {
	shape Shape
	form  Form
	seed  uint64
	fs    fstest.MapFS
}

func (f *folder) put(name string, data []byte) { f.fs[name] = &fstest.MapFile{Data: data} }

func (f *folder) llama() bool {
	return f.form == LlamaPack || f.form == LlamaAuto || f.form == LlamaBF16
}

// Config returns the parsed configuration.
func (f *folder) parsed() *model.Config {
	c, err := model.ReadConfig(f.config(), nil)
	if err != nil {
		panic(err)
	}
	return c
}

func (f *folder) config() []byte {
	s := f.shape
	class, kind, act, extra := "BitNetForCausalLM", "bitnet", "relu2", ""
	quant := map[Form]string{
		Master: "online", MasterF16: "online", MasterF32: "online", Sharded: "online", LlamaBF16: "online", Packed: "offline", LlamaAuto: "offline", Codes: "offline",
	}[f.form]
	switch {
	case quant != "":
		extra = `,"quantization_config":{"quant_method":"bitnet","linear_class":"autobitlinear","quantization_mode":"` + quant + `","modules_to_not_convert":null}`
	case f.form == PackedInv || f.form == LlamaPack:
		extra = `,"quantization_config":{"quant_method":"bitnet"}`
	case f.form == OneBitLLM:
		class, kind, act = "BitnetForCausalLM", "llama", "silu"
	}
	if f.llama() {
		class, kind, act = "LlamaForCausalLM", "llama", "silu"
	}
	torch := map[Form]string{MasterF16: "float16", MasterF32: "float32", OneBitLLM: "float32"}[f.form]
	if torch == "" {
		torch = "bfloat16"
	}
	n := strconv.Itoa
	return []byte(`{"architectures":["` + class + `"],"model_type":"` + kind + `","hidden_act":"` + act + `","vocab_size":` + n(s.Vocab) + `,"max_position_embeddings":512,"hidden_size":` + n(s.Embd) +
		`,"num_hidden_layers":` + n(s.Layers) + `,"intermediate_size":` + n(s.FFN) + `,"num_attention_heads":` + n(s.Heads) + `,"num_key_value_heads":` + n(s.KVHeads) +
		`,"rms_norm_eps":1e-5,"rope_theta":500000.0,"bos_token_id":` + n(special(s.Vocab)) + `,"eos_token_id":` + n(special(s.Vocab)+1) + `,"tie_word_embeddings":` + strconv.FormatBool(!f.llama()) +
		`,"torch_dtype":"` + torch + `"` + extra + "}")
}

// Latents returns the float master of a tensor: n bf16 values whose spread is that of a layer.
func Latents(seed uint64, name string, n int) []float32 {
	h := fnv.New64a()
	h.Write([]byte(name))
	r := rand.New(rand.NewPCG(seed, h.Sum64()))
	w := make([]float32, n)
	for i := range w {
		w[i] = dtype.RoundTo(dtype.BF16, float32(r.NormFloat64()*1.5))
	}
	return w
}

// latents returns the float master of a tensor of the folder.
func (f *folder) latents(s *model.Slot, n int) []float32 {
	w := Latents(f.seed, s.HF, n)
	if !f.shape.Even {
		return w
	}
	mean, size := float32(0), float32(1)/16 // an embedding, or a head
	switch s.Kind {
	case model.Norm:
		mean, size = 1, 0.25
	case model.Linear:
		size = float32(1 / math.Sqrt(float64(s.Shape[1])))
	}
	for i, x := range w {
		w[i] = dtype.RoundTo(dtype.BF16, mean+float32(x*size))
	}
	return w
}

// weights writes the safetensors file, or two.
func (f *folder) weights() {
	c := f.parsed()
	var list []tensor.Tensor
	data := map[string][]byte{}
	add := func(name string, t dtype.Type, shape []int64, b []byte) {
		list = append(list, tensor.Tensor{Name: name, Type: t, Shape: shape})
		data[name] = b
	}
	float := dtype.BF16
	if f.form == MasterF16 {
		float = dtype.F16
	} else if f.form == MasterF32 || f.form == OneBitLLM {
		float = dtype.F32
	}
	for _, slot := range c.Arch.Slots(c) {
		n := 1
		for _, d := range slot.Shape {
			n *= int(d)
		}
		switch {
		case slot.HF == "" || slot.Kind == model.Head && !f.llama():
		case slot.Kind == model.Linear:
			f.linear(&slot, float, f.latents(&slot, n), add)
		default:
			add(slot.HF, float, slot.Shape, encode(float, f.latents(&slot, n)))
		}
	}
	if f.form != Sharded {
		f.file("model.safetensors", list, data)
		return
	}
	half := len(list) / 2
	x := &safetensors.Index{}
	for i, part := range [][]tensor.Tensor{list[:half], list[half:]} {
		name := "model-0000" + strconv.Itoa(i+1) + "-of-00002.safetensors"
		f.file(name, part, data)
		for _, t := range part {
			x.Weights = append(x.Weights, safetensors.Entry{Tensor: t.Name, Shard: name})
			x.TotalSize += int64(len(data[t.Name]))
		}
	}
	f.put("model.safetensors.index.json", safetensors.AppendIndex(nil, x))
}

// linear writes a ternary weight in the folder's form.
func (f *folder) linear(s *model.Slot, float dtype.Type, latent []float32, add func(string, dtype.Type, []int64, []byte)) {
	m := &ternary.Matrix{Rows: int(s.Shape[0]), Cols: int(s.Shape[1])}
	if err := ternary.Snap(m, latent, ternary.AbsMean); err != nil {
		panic(err)
	}
	scale := dtype.RoundTo(dtype.BF16, m.Scale[0])
	switch f.form {
	case Packed, PackedInv, LlamaPack, LlamaAuto:
		b := make([]byte, len(m.Trits)/4)
		if err := dtype.PackHF(b, m); err != nil {
			panic(err)
		}
		add(s.HF, dtype.U8, []int64{s.Shape[0] / 4, s.Shape[1]}, b)
		t := dtype.BF16
		if f.form == PackedInv || f.form == LlamaPack {
			scale, t = 1/scale, dtype.F32
		}
		add(s.HF+"_scale", t, []int64{1}, encode(t, []float32{scale}))
		return
	case Codes:
		m.Scale[0] = 1
		m.Weights(latent, 0)
		add(s.HF+"_scale", dtype.BF16, []int64{1}, encode(dtype.BF16, []float32{scale}))
	case Values:
		m.Scale[0] = scale
		m.Weights(latent, 0)
	}
	add(s.HF, float, s.Shape, encode(float, latent))
}

func encode(t dtype.Type, w []float32) []byte {
	f := dtype.Lookup(t)
	b := make([]byte, len(w)*f.Bytes)
	if err := f.Encode(b, w); err != nil {
		panic(err)
	}
	return b
}

func (f *folder) file(name string, list []tensor.Tensor, data map[string][]byte) {
	head, placed, size, err := safetensors.Header(list, []safetensors.Pair{{Key: "format", Value: "pt"}})
	if err != nil {
		panic(err)
	}
	b := make([]byte, size)
	copy(b, head)
	for _, t := range placed {
		copy(b[t.Offset:], data[t.Name])
	}
	f.put(name, b)
}
