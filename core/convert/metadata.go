// The metadata of an output GGUF: built in the official order from a Hugging Face folder, or carried over from a GGUF.

package convert

import (
	"errors"
	"io/fs"
	"strconv"
	"strings"

	"github.com/tritkit/tritkit/core/checkpoint"
	"github.com/tritkit/tritkit/core/dtype"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/gguf"
	"github.com/tritkit/tritkit/core/model"
	"github.com/tritkit/tritkit/core/tokenizer"
)

// fileTypes are general.file_type by target. i2_s: bitnet.cpp; the others: ggml-org/llama.cpp include/llama.h llama_ftype.
var fileTypes = map[string]uint32{"f32": 0, "f16": 1, "bf16": 32, "tq1_0": 36, "tq2_0": 37, "i2_s": 40, "q2_0": 41}

func (p *Plan) metadata() ([]gguf.KV, error) {
	if p.c.GGUF != nil {
		return p.carryOver()
	}
	return p.fromFolder()
}

// fromFolder writes the keys of the official file in its order, and ours beside the ones they belong to.
func (p *Plan) fromFolder() ([]gguf.KV, error) {
	c := p.c
	vocab, err := c.Vocab()
	if err != nil {
		return nil, needTokenizer(err)
	}
	kv := []gguf.KV{
		{Key: "general.architecture", Value: gguf.String(c.Config.Arch.Name)},
		{Key: "general.name", Value: gguf.String(p.modelName())},
	}
	if n := len(vocab.MoreEOS); n > 0 {
		p.note("of the tokens that end a generation, GGUF has no key for ", strconv.Itoa(n), " more: ", vocab.Tokens[vocab.MoreEOS[0]])
	}
	if vocab.FoldsSpaces {
		p.note("tokenizer.model makes one space of several; runtimes of GGUF keep them all, so texts with runs of spaces give other tokens")
	}
	tok := vocab.KV()
	for _, pair := range model.KV(c.Config) {
		kv = append(kv, pair)
		if strings.HasSuffix(pair.Key, ".attention.head_count_kv") { // where the official file has it
			kv = append(kv, take(&tok, "tokenizer.ggml.add_bos_token")...)
		}
	}
	kv = append(kv, gguf.KV{Key: "general.file_type", Value: gguf.Uint32(fileTypes[p.Type])})
	kv = append(kv, tok...)
	kv = append(kv, gguf.KV{Key: "general.quantization_version", Value: gguf.Uint32(2)})
	more, err := p.provenance()
	for _, a := range c.Config.Assumed {
		p.note(a)
	}
	return append(kv, more...), err
}

// take removes the pair with that key from list and returns it, if it is there.
func take(list *[]gguf.KV, key string) []gguf.KV {
	for i, pair := range *list {
		if pair.Key == key {
			*list = append((*list)[:i:i], (*list)[i+1:]...)
			return []gguf.KV{pair}
		}
	}
	return nil
}

// provenance returns the sampler defaults of generation_config.json, and licence and base model of README.md.
func (p *Plan) provenance() ([]gguf.KV, error) {
	var kv []gguf.KV
	generation, err := p.c.Side("generation_config.json")
	switch {
	case err == nil:
		if kv, err = tokenizer.Sampling(generation); err != nil {
			return nil, fault.InFile(err, "generation_config.json")
		}
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	readme, err := p.c.Side("README.md")
	if errors.Is(err, fs.ErrNotExist) {
		return kv, nil
	}
	return append(kv, tokenizer.Card(readme)...), err
}

// needTokenizer turns a missing tokenizer into a named error with the way out.
func needTokenizer(err error) error {
	if e, ok := errors.AsType[*fault.Error](err); ok && e.Class == fault.NotFound || errors.Is(err, fs.ErrNotExist) {
		return fault.New("convert", fault.NotFound, "no tokenizer beside the weights: a GGUF needs the vocabulary").
			Try("--tokenizer DIR, a folder with tokenizer.json or tokenizer.model; the base model's fits a fine-tune that added no tokens").Because(err)
	}
	return err
}

// modelName is never taken from a path: a folder's name would make the same model two files.
func (p *Plan) modelName() string {
	if p.opts.Name != "" {
		return p.opts.Name
	}
	if p.c.GGUF != nil {
		if v, ok := p.c.GGUF.Get("general.name"); ok {
			if s, err := v.Text(); err == nil {
				return s
			}
		}
	}
	name := strings.Trim(p.c.Config.NameOrPath, "/")
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	if name != "" && name != "." {
		return name
	}
	return p.c.Config.Arch.Label
}

// carryOver keeps a GGUF source's pairs in their order, replaces what the conversion changes and adds what is missing.
func (p *Plan) carryOver() ([]gguf.KV, error) {
	set := []gguf.KV{{Key: "general.file_type", Value: gguf.Uint32(fileTypes[p.Type])}, {Key: "general.quantization_version", Value: gguf.Uint32(2)}}
	if p.opts.Name != "" {
		set = append(set, gguf.KV{Key: "general.name", Value: gguf.String(p.opts.Name)})
	}
	var kv []gguf.KV
	for _, pair := range p.c.GGUF.KV {
		if strings.HasPrefix(pair.Key, "split.") {
			continue
		}
		if new := take(&set, pair.Key); new != nil {
			pair = new[0]
		}
		kv = append(kv, pair)
	}
	kv = append(kv, set...)
	return append(kv, p.missing()...), nil
}

// missing returns the pairs without which runtimes guess: the activation, and the pre-tokenizer of a byte-level BPE.
func (p *Plan) missing() []gguf.KV {
	var kv []gguf.KV
	arch := p.c.Config.Arch
	if key := arch.Name + ".hidden_activation"; !p.has(key) && arch != model.Llama {
		kv = append(kv, gguf.KV{Key: key, Value: gguf.String(string(p.c.Config.Activation))})
	}
	if v, ok := p.c.GGUF.Get("tokenizer.ggml.model"); ok && !p.has("tokenizer.ggml.pre") && arch != model.Llama {
		if s, err := v.Text(); err == nil && s == "gpt2" {
			kv = append(kv, gguf.KV{Key: "tokenizer.ggml.pre", Value: gguf.String("llama-bpe")})
			p.note("tokenizer.ggml.pre was missing; llama-bpe is what ", arch.Label, " models use")
		}
	}
	return kv
}

func (p *Plan) has(key string) bool {
	_, ok := p.c.GGUF.Get(key)
	return ok
}

// judge says where the result will load, and refuses what Options.For would load and get wrong.
func (p *Plan) judge() error {
	p.Loads = model.Loads(p.subject())
	if p.opts.For == "" {
		return nil
	}
	for _, l := range p.Loads {
		if strings.EqualFold(l.App, p.opts.For) || strings.EqualFold(strings.ReplaceAll(l.App, " ", ""), p.opts.For) {
			if l.Verdict == "loads" {
				return nil
			}
			return fault.New("convert", fault.Misbehave, l.App, " ", l.Version, " (", l.Date, "): ", l.Verdict, ": ", l.Why).Try(l.Next)
		}
	}
	names := ""
	for i, l := range p.Loads {
		if i > 0 {
			names += ", "
		}
		names += l.App
	}
	return fault.New("convert", fault.Usage, "no runtime called ", fault.Quote(p.opts.For), " is known").Try("--for one of ", names)
}

// subject describes the output to the table of runtimes.
func (p *Plan) subject() model.Subject {
	var types []dtype.Type
	var embd, head dtype.Type
	untied := false
	for i := range p.Steps {
		s := &p.Steps[i]
		if s.weight == nil || s.form == hfScale {
			continue
		}
		switch s.weight.Kind {
		case model.Linear:
			types = append(types, s.To)
		case model.Embd:
			embd = s.To
		case model.Head:
			head, untied = s.To, true
		}
	}
	var q *model.Quant
	if p.Container == checkpoint.Safetensors {
		q = &model.Quant{LinearClass: "autobitlinear"}
	}
	return model.Subject{Config: p.c.Config, Container: p.Container, Types: types, Embd: embd, Head: head, Untied: untied, Quant: q}
}
