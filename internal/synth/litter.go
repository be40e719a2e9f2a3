package synth

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing/fstest"

	"github.com/tritkit/tritkit/core/safetensors"
)

// Litter is a folder as a person has it that is not simply a checkpoint.
type Litter string

// The folders that people name by mistake, or that something went wrong in.
const (
	Trainer      Litter = "trainer-output"     // sound: a checkpoint beside optimizer, RNG and trainer state
	LoRA         Litter = "lora-adapter"       // an adapter, no model
	Pickle       Litter = "pytorch-bin"        // pytorch_model.bin
	FSDP         Litter = "fsdp-shards"        // the shards of a distributed run
	DeepSpeed    Litter = "zero-shards"        // the shards of a distributed run
	Outputs      Litter = "output-dir"         // checkpoint-N folders and nothing else
	NoTokenizer  Litter = "no-tokenizer"       // weights and config alone
	NoConfig     Litter = "no-config"          // weights alone
	LostShard    Litter = "lost-shard"         // an index that names a shard that is not there
	HasNaN       Litter = "nan"                // a NaN in a linear of a master
	HasInf       Litter = "inf"                // an Inf in the embedding of a master
	Excluded     Litter = "not-converted"      // modules_to_not_convert lists a projection
	TwiceQuant   Litter = "duplicate-quant"    // quantization_config twice in config.json
	ExtraNorm    Litter = "use-rms-norm"       // a norm per projection that no runtime has
	ScaleOnline  Litter = "scale-under-online" // weight_scale beside a config of online quantisation
	NoScale      Litter = "packed-without-scale"
	ZeroScale    Litter = "zero-scale"   // weight_scale = 0 under bitlinear: its reciprocal is Inf
	BadCode      Litter = "code-3"       // an impossible code in a packed weight
	OtherAct     Litter = "other-act"    // hidden_act silu under BitNetForCausalLM
	OtherClass   Litter = "other-class"  // a class that nobody here knows
	ExtraTensor  Litter = "extra-tensor" // a tensor that the architecture has not
	MissingOne   Litter = "missing-tensor"
	NoVocabSize  Litter = "no-vocab-size"  // config.json without a field that matters
	OtherRope    Litter = "yarn-rope"      // a rope_scaling that is not ours
	OtherPattern Litter = "unknown-split"  // a tokenizer.json whose pre-tokenizer nobody knows
	StrayToken   Litter = "token-too-high" // an added token beyond vocab_size
)

// Litters is every such folder, in order.
var Litters = []Litter{Trainer, LoRA, Pickle, FSDP, DeepSpeed, Outputs, NoTokenizer, NoConfig, LostShard, HasNaN, HasInf, Excluded, TwiceQuant, ExtraNorm, ScaleOnline,
	NoScale, ZeroScale, BadCode, OtherAct, OtherClass, ExtraTensor, MissingOne, NoVocabSize, OtherRope, OtherPattern, StrayToken}

const oneLinear = "model.layers.0.self_attn.q_proj.weight"

// LitterFolder returns the folder as a file system.
func LitterFolder(what Litter, seed uint64) fstest.MapFS {
	form := Master
	switch what {
	case LostShard:
		form = Sharded
	case ScaleOnline, NoScale, BadCode:
		form = Packed
	case ZeroScale:
		form = PackedInv
	}
	fs := Folder(Tiny, form, seed)
	put := func(name, text string) { fs[name] = &fstest.MapFile{Data: []byte(text)} }
	swap := func(name, old, new string) {
		if !bytes.Contains(fs[name].Data, []byte(old)) {
			panic("synth: " + name + " has no " + old)
		}
		put(name, strings.Replace(string(fs[name].Data), old, new, 1))
	}
	weights := func() { delete(fs, "model.safetensors") }
	switch what {
	case Trainer:
		for _, name := range []string{"optimizer.pt", "scheduler.pt", "rng_state.pth", "trainer_state.json", "training_args.bin", "scheduler.pth"} {
			put(name, "litter")
		}
	case LoRA:
		weights()
		put("adapter_config.json", "{}")
		put("adapter_model.safetensors", "litter")
	case Pickle:
		weights()
		put("pytorch_model.bin", "PK\x03\x04")
	case FSDP:
		weights()
		put("pytorch_model_fsdp_0/__0_0.distcp", "litter")
	case DeepSpeed:
		weights()
		put("zero_to_fp32.py", "litter")
		put("global_step300/mp_rank_00_model_states.pt", "litter")
	case Outputs:
		inner := fstest.MapFS{}
		for name, f := range fs {
			inner["checkpoint-100/"+name], inner["checkpoint-300/"+name] = f, f
		}
		return inner
	case NoTokenizer:
		delete(fs, "tokenizer.json")
	case NoConfig:
		delete(fs, "config.json")
	case LostShard:
		delete(fs, "model-00002-of-00002.safetensors")
	case HasNaN:
		patch(fs, oneLinear, func(b []byte) { binary.LittleEndian.PutUint16(b[2*777:], 0x7fc0) })
	case HasInf:
		patch(fs, "model.embed_tokens.weight", func(b []byte) { binary.LittleEndian.PutUint16(b[2*778:], 0xff80) })
	case Excluded:
		swap("config.json", `"modules_to_not_convert":null`, `"modules_to_not_convert":["model.layers.0.self_attn.q_proj"]`)
	case TwiceQuant:
		swap("config.json", `"vocab_size"`, `"quantization_config":{"quant_method":"bitnet"},"vocab_size"`)
	case ExtraNorm:
		swap("config.json", `"modules_to_not_convert":null`, `"use_rms_norm":true`)
	case ScaleOnline:
		swap("config.json", `"offline"`, `"online"`)
	case NoScale:
		rename(fs, oneLinear+"_scale", oneLinear+"_other")
	case ZeroScale:
		patch(fs, oneLinear+"_scale", func(b []byte) { clear(b) })
	case BadCode:
		patch(fs, oneLinear, func(b []byte) { b[4321] = 0xff })
	case OtherAct:
		swap("config.json", `"relu2"`, `"silu"`)
	case OtherClass:
		swap("config.json", `BitNetForCausalLM`, `FooForCausalLM`)
	case ExtraTensor:
		rename(fs, "model.layers.1.mlp.ffn_sub_norm.weight", "model.layers.1.mlp.fff_sub_norm.weight")
	case MissingOne:
		rename(fs, oneLinear, "x"+oneLinear[1:])
	case NoVocabSize:
		swap("config.json", `"vocab_size"`, `"vocab_sise"`)
	case OtherRope:
		swap("config.json", `"rope_theta"`, `"rope_scaling":{"rope_type":"yarn","factor":4.0},"rope_theta"`)
	case OtherPattern:
		swap("tokenizer.json", `\\p{N}{1,3}`, `\\p{N}{1,2}`)
	case StrayToken:
		swap("tokenizer.json", `{"id":258,`, `{"id":320,`)
	default:
		panic(errors.New("synth: no such litter: " + string(what)))
	}
	return fs
}

// patch changes the bytes of one tensor.
func patch(fs fstest.MapFS, name string, change func(b []byte)) {
	data := bytes.Clone(fs["model.safetensors"].Data)
	f, err := safetensors.Read(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		panic(err)
	}
	for _, t := range f.Tensors {
		if t.Name == name {
			change(data[t.Offset : t.Offset+t.Bytes])
			fs["model.safetensors"] = &fstest.MapFile{Data: data}
			return
		}
	}
	panic("synth: no tensor " + name)
}

// rename gives a tensor another name of the same length, in the header as it stands.
func rename(fs fstest.MapFS, old, new string) {
	data := fs["model.safetensors"].Data
	quoted := []byte(`"` + old + `"`)
	if len(old) != len(new) || !bytes.Contains(data, quoted) {
		panic("synth: cannot rename " + old)
	}
	fs["model.safetensors"] = &fstest.MapFile{Data: bytes.Replace(data, quoted, []byte(`"`+new+`"`), 1)}
}
