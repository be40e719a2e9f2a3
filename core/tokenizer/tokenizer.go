// Package tokenizer reads the vocabularies of Hugging Face folders and of GGUF metadata, for conversion and for turning
// text into tokens and back.
package tokenizer

import (
	"errors"
	"io/fs"
	"slices"
	"strconv"

	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/gguf"
	"github.com/tritkit/tritkit/core/json"
	"github.com/tritkit/tritkit/core/model"
)

// Models of vocabularies, as tokenizer.ggml.model names them.
const (
	BPE = "gpt2"  // byte-level byte-pair encoding
	SPM = "llama" // SentencePiece with scores
)

// Token types of GGUF. Source: ggml-org/llama.cpp include/llama.h llama_token_type.
const (
	Normal  int32 = 1
	Unknown int32 = 2
	Control int32 = 3
	User    int32 = 4
	Unused  int32 = 5
	Byte    int32 = 6
)

// Vocab is a vocabulary and the ids with a meaning of their own. Ids that are not given are -1.
type Vocab struct {
	Model          string
	Pre            string // pre-tokenizer of a BPE: "llama-bpe"
	Tokens         []string
	Scores         []float32
	Types          []int32
	Merges         []string // "a b", by rank
	BOS, EOS       int
	EOT, EOM       int   // end of turn, end of message: they end a generation too
	MoreEOS        []int // of the config's list, what no key of GGUF holds
	PAD, UNK       int
	AddBOS, AddEOS *bool
	AddSpacePrefix *bool
	FoldsSpaces    bool // tokenizer.model makes one space of several, which no runtime of GGUF does
	ChatTemplate   string

	rules *rules // tokenizer.json's own, which go before what Pre stands for; nil: the vocabulary has none
}

// Read reads the tokenizer files that read finds; a missing file is an error that matches fs.ErrNotExist.
//
// tokenizer.model wins where there is one (its scores are nowhere else), else tokenizer.json. The chat template is
// chat_template.jinja, else tokenizer_config.json's. c gives the size of the vocabulary and the ids of the config.
func Read(read func(name string) ([]byte, error), c *model.Config) (*Vocab, error) {
	v := &Vocab{BOS: -1, EOS: -1, EOT: -1, EOM: -1, PAD: -1, UNK: -1}
	if err := v.readModel(read, c.Vocab); err != nil {
		return nil, err
	}
	cfg, err := readSettings(read)
	if err != nil {
		return nil, err
	}
	v.ids(cfg, c)
	v.AddBOS, v.AddEOS = cfg.addBOS, cfg.addEOS
	v.ChatTemplate = cfg.template
	if t, err := read("chat_template.jinja"); err == nil {
		v.ChatTemplate = string(t)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return v, v.fill(c.Vocab)
}

func (v *Vocab) readModel(read func(string) ([]byte, error), size int) error {
	data, err := read("tokenizer.model")
	if err == nil {
		return fault.InFile(v.readPieces(data, size), "tokenizer.model")
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if data, err = read("tokenizer.json"); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return fault.New("tokenizer", fault.NotFound, "neither tokenizer.json nor tokenizer.model is there").Because(err)
		}
		return err
	}
	return fault.InFile(v.readBPE(data, size), "tokenizer.json")
}

// ids settles the special ids: the config's numbers first, then the names in tokenizer_config.json.
func (v *Vocab) ids(s *settings, c *model.Config) {
	pick := func(list []int, name string) int {
		if len(list) > 0 {
			return list[0]
		}
		return v.find(name)
	}
	v.BOS, v.EOS = pick(c.BOS, s.bos), pick(c.EOS, s.eos)
	v.PAD, v.UNK = c.PAD, v.find(s.unk)
	if v.PAD < 0 {
		v.PAD = v.find(s.pad)
	}
	for _, id := range c.EOS[min(1, len(c.EOS)):] {
		switch {
		case id >= len(v.Tokens):
		case endsTurn(v.Tokens[id]) && v.EOT < 0:
			v.EOT = id
		case v.Tokens[id] == "<|eom_id|>" && v.EOM < 0:
			v.EOM = id
		case id != v.EOS:
			v.MoreEOS = append(v.MoreEOS, id)
		}
	}
	if eot := v.find("<|eot_id|>"); v.EOT < 0 && eot != v.EOS {
		v.EOT = eot
	}
}

func endsTurn(token string) bool {
	return token == "<|eot_id|>" || token == "<|im_end|>" || token == "<|end|>" || token == "<end_of_turn>"
}

// Ends returns the ids that end a generation: the end of the text first.
func (v *Vocab) Ends() []int {
	var list []int
	for _, id := range append([]int{v.EOS, v.EOT, v.EOM}, v.MoreEOS...) {
		if id >= 0 && !slices.Contains(list, id) {
			list = append(list, id)
		}
	}
	return list
}

func (v *Vocab) find(token string) int {
	if token == "" {
		return -1
	}
	for i := len(v.Tokens) - 1; i >= 0; i-- { // special tokens stand at the end
		if v.Tokens[i] == token {
			return i
		}
	}
	return -1
}

// fill names the ids that no token has, up to the size of the embedding, and checks the ids with a meaning.
func (v *Vocab) fill(size int) error {
	for i := range v.Tokens {
		if v.Types[i] == 0 {
			v.Tokens[i], v.Types[i] = "[PAD"+strconv.Itoa(i)+"]", Unused
		}
	}
	for _, x := range [...]struct {
		name string
		id   int
	}{{"bos_token_id", v.BOS}, {"eos_token_id", v.EOS}, {"pad_token_id", v.PAD}} {
		if x.id >= size {
			return fault.New("tokenizer", fault.Config, "token ", strconv.Itoa(x.id), " is outside the vocabulary of ", strconv.Itoa(size)).In(x.name)
		}
	}
	return nil
}

// put places a token; the slices have the size of the embedding.
func (v *Vocab) put(id int64, token string, kind int32) error {
	if id < 0 || id >= int64(len(v.Tokens)) {
		return fault.New("tokenizer", fault.Config, "token ", fault.Quote(token), " has id ", strconv.FormatInt(id, 10), ", outside the ", strconv.Itoa(len(v.Tokens)), " of config.json's vocab_size")
	}
	if v.Types[id] != 0 && v.Tokens[id] != token {
		return fault.New("tokenizer", fault.Config, "tokens ", fault.Quote(v.Tokens[id]), " and ", fault.Quote(token), " have the same id ", strconv.FormatInt(id, 10))
	}
	if kind == Normal && v.Types[id] != 0 {
		return nil // an added token that the vocabulary lists as well stays what it was added as
	}
	v.Tokens[id], v.Types[id] = token, kind
	return nil
}

func (v *Vocab) resize(size int) {
	v.Tokens, v.Types, v.Scores = make([]string, size), make([]int32, size), make([]float32, size)
}

// KV returns the tokenizer.* pairs in the order of Microsoft's official file; add_bos_token, which stands elsewhere
// there, first.
func (v *Vocab) KV() []gguf.KV {
	var kv []gguf.KV
	put := func(key string, value gguf.Value) { kv = append(kv, gguf.KV{Key: "tokenizer." + key, Value: value}) }
	id := func(key string, id int) {
		if id >= 0 {
			put("ggml."+key, gguf.Uint32(uint32(id)))
		}
	}
	flag := func(key string, v *bool) {
		if v != nil {
			put("ggml."+key, gguf.Bool(*v))
		}
	}
	flag("add_bos_token", v.AddBOS)
	put("ggml.model", gguf.String(v.Model))
	if v.Pre != "" {
		put("ggml.pre", gguf.String(v.Pre))
	}
	put("ggml.tokens", gguf.Strings(v.Tokens))
	put("ggml.scores", gguf.Float32s(v.Scores))
	put("ggml.token_type", gguf.Int32s(v.Types))
	if v.Model == BPE {
		put("ggml.merges", gguf.Strings(v.Merges))
	}
	id("bos_token_id", v.BOS)
	id("eos_token_id", v.EOS)
	id("eot_token_id", v.EOT)
	id("eom_token_id", v.EOM)
	id("unknown_token_id", v.UNK)
	id("padding_token_id", v.PAD)
	flag("add_eos_token", v.AddEOS)
	flag("add_space_prefix", v.AddSpacePrefix)
	if v.ChatTemplate != "" {
		put("chat_template", gguf.String(v.ChatTemplate))
	}
	return kv
}

// settings is what tokenizer_config.json says.
type settings struct {
	bos, eos, pad, unk, template string
	addBOS, addEOS               *bool
}

func readSettings(read func(string) ([]byte, error)) (*settings, error) {
	s := &settings{}
	data, err := read("tokenizer_config.json")
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(data, json.Limits{})
	err = d.Object(func(name string) (err error) {
		switch name {
		case "bos_token":
			s.bos, err = content(d)
		case "eos_token":
			s.eos, err = content(d)
		case "pad_token":
			s.pad, err = content(d)
		case "unk_token":
			s.unk, err = content(d)
		case "add_bos_token":
			s.addBOS, err = optionalBool(d)
		case "add_eos_token":
			s.addEOS, err = optionalBool(d)
		case "chat_template":
			s.template, err = templateOf(d)
		default:
			err = d.Skip()
		}
		return err
	})
	if err == nil {
		err = d.End()
	}
	return s, fault.InFile(err, "tokenizer_config.json")
}

// content reads a token given as a string, as {"content": …}, or as null.
func content(d *json.Decoder) (s string, err error) {
	switch d.Kind() {
	case 'n':
		return "", d.Skip()
	case '{':
		err = d.Object(func(name string) (err error) {
			if name != "content" {
				return d.Skip()
			}
			s, err = d.String()
			return err
		})
		return s, err
	}
	return d.String()
}

func optionalBool(d *json.Decoder) (*bool, error) {
	if null, err := d.Null(); null || err != nil {
		return nil, err
	}
	v, err := d.Bool()
	return &v, err
}

// templateOf reads a template, or of a list of {"name","template"} the one named default.
func templateOf(d *json.Decoder) (t string, err error) {
	if d.Kind() == 'n' {
		return "", d.Skip()
	}
	if d.Kind() != '[' {
		return d.String()
	}
	err = d.Array(func(int) error {
		name, text := "", ""
		err := d.Object(func(field string) (err error) {
			switch field {
			case "name":
				name, err = d.String()
			case "template":
				text, err = d.String()
			default:
				err = d.Skip()
			}
			return err
		})
		if name == "default" {
			t = text
		}
		return err
	})
	return t, err
}
