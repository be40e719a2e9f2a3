package tokenizer

// tokenizer.json with a byte-level BPE, read in one pass without a tree.

import (
	"strconv"

	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/json"
)

// The split patterns that we know.
const (
	llama3Pattern = `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
	gpt2Pattern   = `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
)

// splits are the pre-tokenizers of GGUF and the pattern each means; the first of a pattern is the one written. All names
// of Llama-3's pattern keep a word whole that is a token itself (ignore_merges). Sources: ggml-org/llama.cpp
// src/llama-vocab.cpp (tokenizer_pre), and for falcon_e ikawrakow/ik_llama.cpp issue 551.
var splits = [...]struct{ pre, pattern string }{
	{"llama-bpe", llama3Pattern}, {"llama3", llama3Pattern}, {"llama-v3", llama3Pattern}, {"falcon3", llama3Pattern}, {"falcon-h1", llama3Pattern},
	{"falcon_e", llama3Pattern}, {"gpt-2", gpt2Pattern},
	{"", llama3Pattern}, // what a missing pre-tokenizer means for the models of our architectures
}

// splitOf returns the pattern of a pre-tokenizer, or "".
func splitOf(pre string) string {
	for _, s := range splits {
		if s.pre == pre {
			return s.pattern
		}
	}
	return ""
}

// preOf returns the pre-tokenizer of a pattern, or "".
func preOf(pattern string) string {
	for _, s := range splits {
		if s.pattern == pattern {
			return s.pre
		}
	}
	return ""
}

// maxMembers bounds tokenizer.json: 128,256 tokens, 280,147 merges as pairs and their like make about 1 Mi.
const maxMembers = 8 << 20

// readBPE reads model.vocab, model.merges, added_tokens and the pre-tokenizer, and the rules that only encoding needs.
func (v *Vocab) readBPE(data []byte, size int) error {
	v.Model, v.rules = BPE, &rules{}
	v.resize(size)
	b := &bpe{v: v, d: json.NewDecoder(data, json.Limits{Members: maxMembers})}
	err := b.d.Object(func(name string) error {
		switch name {
		case "model":
			return b.model()
		case "added_tokens":
			return b.d.Array(func(int) error { return b.added() })
		case "pre_tokenizer":
			return b.pre()
		case "normalizer":
			return b.normalizer()
		case "post_processor":
			return b.post()
		}
		return b.d.Skip()
	})
	if err == nil {
		err = b.d.End()
	}
	if err != nil {
		return err
	}
	if b.kind != "BPE" {
		return fault.New("tokenizer", fault.Config, "a model of type ", fault.Quote(b.kind), "; BPE is known here")
	}
	if b.byteFallback {
		return fault.New("tokenizer", fault.Config, "a SentencePiece vocabulary written as tokenizer.json, which has no scores").
			Try("put the model's tokenizer.model beside it")
	}
	if err := b.settle(); err != nil {
		return err
	}
	b.settleRules()
	return nil
}

// bpe is the state of reading one tokenizer.json.
type bpe struct {
	v            *Vocab
	d            *json.Decoder
	kind         string
	byteFallback bool
	parts        []part // the pre-tokenizers, in order
	template     template
}

func (b *bpe) model() error {
	return b.d.Object(func(name string) (err error) {
		switch name {
		case "type":
			b.kind, err = b.d.String()
		case "byte_fallback":
			b.byteFallback, err = b.d.Bool()
		case "vocab":
			err = b.d.Object(func(token string) error {
				id, err := b.d.Int()
				if err != nil {
					return err
				}
				return b.v.put(id, token, Normal)
			})
		case "merges":
			err = b.d.Array(func(int) error { return b.merge() })
		default:
			err = b.option(name)
		}
		return err
	})
}

// merge reads "a b", or ["a","b"] as newer files have it.
func (b *bpe) merge() error {
	if b.d.Kind() == '"' {
		s, err := b.d.String()
		b.v.Merges = append(b.v.Merges, s)
		return err
	}
	var pair []string
	err := b.d.Array(func(int) error {
		s, err := b.d.String()
		pair = append(pair, s)
		return err
	})
	if err == nil && len(pair) != 2 {
		return fault.At("tokenizer", fault.Config, b.d.Offset(), "a merge of ", strconv.Itoa(len(pair)), " parts")
	}
	if err == nil {
		b.v.Merges = append(b.v.Merges, pair[0]+" "+pair[1])
	}
	return err
}

func (b *bpe) added() error {
	id, token, special := int64(-1), "", false
	err := b.d.Object(func(name string) (err error) {
		switch name {
		case "id":
			id, err = b.d.Int()
		case "content":
			token, err = b.d.String()
		case "special":
			special, err = b.d.Bool()
		case "single_word", "lstrip", "rstrip":
			on := false
			if on, err = b.d.Bool(); on {
				b.v.rules.cannot("an added token with ", name, ", which looks at the text beside it")
			}
		default:
			err = b.d.Skip()
		}
		return err
	})
	if err != nil {
		return err
	}
	kind := User
	if special {
		kind = Control
	}
	return b.v.put(id, token, kind)
}

// settle names the pre-tokenizer: an unknown one would split text otherwise, and no error would show it.
func (b *bpe) settle() error {
	var patterns []string
	for _, p := range b.parts {
		if p.pattern != "" {
			patterns = append(patterns, p.pattern)
		}
	}
	if len(patterns) == 1 {
		b.v.Pre = preOf(patterns[0])
	} else if len(patterns) == 0 && len(b.parts) == 1 && b.parts[0].kind == "ByteLevel" {
		b.v.Pre = "gpt-2" // its own pattern
	}
	if b.v.Pre != "" {
		return nil
	}
	e := fault.New("tokenizer", fault.Config, "a pre-tokenizer that is not known")
	if len(patterns) > 0 {
		e.Msg += ": " + fault.Quote(patterns[0])
	}
	return e.Try("a text split another way gives other tokens, so it is not guessed; known are the patterns of Llama-3 and GPT-2")
}
