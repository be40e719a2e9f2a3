package tokenizer

// A vocabulary in the metadata of a GGUF, and the files that a Hugging Face folder has for it.

import (
	"strconv"

	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/gguf"
	"github.com/tritkit/tritkit/core/json"
)

// FromGGUF reads the vocabulary of a GGUF, strictly typed. A missing pre-tokenizer beside model gpt2 stays empty.
func FromGGUF(f *gguf.File) (*Vocab, error) {
	m := &meta{f: f}
	v := &Vocab{Model: m.text("model"), Pre: m.text("pre")}
	if m.err == nil && v.Model == "" {
		return nil, fault.New("tokenizer", fault.NotFound, "the file has no vocabulary: tokenizer.ggml.model is missing")
	}
	if m.err == nil && v.Model != BPE && v.Model != SPM {
		return nil, fault.New("tokenizer", fault.Config, "tokenizer.ggml.model = ", fault.Quote(v.Model), "; known: gpt2, llama")
	}
	m.list("tokens", func(x gguf.Value) (err error) { v.Tokens, err = x.Strings(); return err })
	m.list("scores", func(x gguf.Value) (err error) { v.Scores, err = x.Float32s(); return err })
	m.list("token_type", func(x gguf.Value) (err error) { v.Types, err = x.Int32s(); return err })
	m.list("merges", func(x gguf.Value) (err error) { v.Merges, err = x.Strings(); return err })
	v.BOS, v.EOS, v.EOT = m.id("bos_token_id"), m.id("eos_token_id"), m.id("eot_token_id")
	v.EOM = m.id("eom_token_id")
	v.PAD, v.UNK = m.id("padding_token_id"), m.id("unknown_token_id")
	v.AddBOS, v.AddEOS, v.AddSpacePrefix = m.flag("add_bos_token"), m.flag("add_eos_token"), m.flag("add_space_prefix")
	if t, ok := f.Get("tokenizer.chat_template"); ok && m.err == nil {
		v.ChatTemplate, m.err = t.Text()
	}
	if m.err != nil {
		return nil, m.err
	}
	n := len(v.Tokens)
	if v.Scores == nil {
		v.Scores = make([]float32, n)
	}
	if v.Types == nil {
		v.Types = make([]int32, n)
		for i := range v.Types {
			v.Types[i] = Normal
		}
	}
	if len(v.Scores) != n || len(v.Types) != n {
		return nil, fault.New("tokenizer", fault.Config, strconv.Itoa(n), " tokens, ", strconv.Itoa(len(v.Scores)), " scores, ", strconv.Itoa(len(v.Types)), " types: they must be as many")
	}
	return v, nil
}

// meta reads tokenizer.ggml.* and keeps the first error.
type meta struct {
	f   *gguf.File
	err error
}

func (m *meta) list(key string, take func(gguf.Value) error) {
	key = "tokenizer.ggml." + key
	v, ok := m.f.Get(key)
	if !ok || m.err != nil {
		return
	}
	if m.err = take(v); m.err != nil {
		if e, ok := m.err.(*fault.Error); ok {
			e.Tensor = key
		}
	}
}

func (m *meta) text(key string) (s string) {
	m.list(key, func(v gguf.Value) (err error) { s, err = v.Text(); return err })
	return s
}

func (m *meta) id(key string) int {
	id := -1
	m.list(key, func(v gguf.Value) error {
		n, err := v.Uint()
		if err == nil && n > 1<<24 {
			return nil // upstream writes 0xffffffff for "none"
		}
		id = int(n)
		return err
	})
	return id
}

func (m *meta) flag(key string) (b *bool) {
	m.list(key, func(v gguf.Value) error {
		x, err := v.Bool()
		b = &x
		return err
	})
	return b
}

// File is one small file of a Hugging Face folder.
type File struct {
	Name string
	Data []byte
}

// Generation returns generation_config.json: what ends a generation, and the sampler defaults among a GGUF's pairs.
func (v *Vocab) Generation(kv []gguf.KV) File {
	b := []byte{'{'}
	if v.BOS >= 0 {
		b = json.AppendInt(json.AppendKey(b, "bos_token_id"), int64(v.BOS))
	}
	if ends := v.Ends(); len(ends) > 0 {
		b = json.AppendArray(json.AppendKey(b, "eos_token_id"), len(ends), func(b []byte, i int) []byte { return json.AppendInt(b, int64(ends[i])) })
	}
	if v.PAD >= 0 {
		b = json.AppendInt(json.AppendKey(b, "pad_token_id"), int64(v.PAD))
	}
	sampled := false
	for _, pair := range kv {
		name, ok := samplerKeys[pair.Key]
		if !ok {
			continue
		}
		if !sampled {
			b = json.AppendBool(json.AppendKey(b, "do_sample"), true)
			sampled = true
		}
		b = pair.Value.AppendJSON(json.AppendKey(b, name), 0)
	}
	return File{"generation_config.json", append(b, "}\n"...)}
}

// samplerKeys are the sampler defaults of GGUF that generation_config.json knows.
var samplerKeys = map[string]string{
	"general.sampling.temp": "temperature", "general.sampling.top_k": "top_k", "general.sampling.top_p": "top_p", "general.sampling.min_p": "min_p",
}

// Files returns the tokenizer as a Hugging Face folder has it: tokenizer.json or tokenizer.model, with its config.
func (v *Vocab) Files() ([]File, error) {
	config := File{"tokenizer_config.json", v.appendConfig(nil)}
	if v.Model == SPM {
		return []File{{"tokenizer.model", v.appendPieces(nil)}, config}, nil
	}
	pattern := splitOf(v.Pre)
	if pattern == "" {
		return nil, fault.New("tokenizer", fault.Config, "the pre-tokenizer ", fault.Quote(v.Pre), " cannot be written as tokenizer.json; known: llama-bpe, falcon3, gpt-2 and their like").In("tokenizer.ggml.pre")
	}
	return []File{{"tokenizer.json", v.appendBPE(nil, pattern)}, config}, nil
}

func (v *Vocab) appendConfig(b []byte) []byte {
	b = append(b, '{')
	str := func(key, s string) { b = json.AppendString(json.AppendKey(b, key), s) }
	token := func(key string, id int) {
		if id >= 0 && id < len(v.Tokens) {
			str(key, v.Tokens[id])
		}
	}
	flag := func(key string, on *bool) {
		if on != nil {
			b = json.AppendBool(json.AppendKey(b, key), *on)
		}
	}
	if v.Model == SPM {
		str("tokenizer_class", "LlamaTokenizer")
	} else {
		str("tokenizer_class", "PreTrainedTokenizerFast")
	}
	token("bos_token", v.BOS)
	token("eos_token", v.EOS)
	token("pad_token", v.PAD)
	token("unk_token", v.UNK)
	flag("add_bos_token", v.AddBOS)
	flag("add_eos_token", v.AddEOS)
	if v.ChatTemplate != "" {
		str("chat_template", v.ChatTemplate)
	}
	return append(b, "}\n"...)
}

// appendBPE writes a tokenizer.json that the tokenizers package loads.
func (v *Vocab) appendBPE(b []byte, pattern string) []byte {
	b = append(b, `{"version":"1.0","truncation":null,"padding":null,"added_tokens":[`...)
	first := true
	for i, t := range v.Tokens {
		if v.Types[i] != Control && v.Types[i] != User {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = strconv.AppendInt(append(b, `{"id":`...), int64(i), 10)
		b = json.AppendString(append(b, `,"content":`...), t)
		b = append(b, `,"single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":`...)
		b = append(json.AppendBool(b, v.Types[i] == Control), '}')
	}
	b = append(b, `],"normalizer":null,"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":`...)
	b = json.AppendString(b, pattern)
	b = append(b, `},"behavior":"Isolated","invert":false},{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":false}]},`...)
	b = v.appendPost(b)
	b = append(b, `,"decoder":{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true},"model":{"type":"BPE","dropout":null,"unk_token":null,"continuing_subword_prefix":null,"end_of_word_suffix":null,"fuse_unk":false,"byte_fallback":false,"ignore_merges":`...)
	b = json.AppendBool(b, pattern == llama3Pattern)
	b = append(b, `,"vocab":{`...)
	for i, t := range v.Tokens {
		if v.Types[i] == Normal {
			b = strconv.AppendInt(json.AppendKey(b, t), int64(i), 10)
		}
	}
	b = json.AppendStrings(append(b, `},"merges":`...), v.Merges)
	return append(b, "}}\n"...)
}

// appendPost puts BOS before a text where the model says so.
func (v *Vocab) appendPost(b []byte) []byte {
	if v.AddBOS == nil || !*v.AddBOS || v.BOS < 0 || v.BOS >= len(v.Tokens) {
		return append(b, `"post_processor":{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":false,"use_regex":true}`...)
	}
	bos := string(json.AppendString(nil, v.Tokens[v.BOS]))
	special := `{"SpecialToken":{"id":` + bos + `,"type_id":0}}`
	a, c := `{"Sequence":{"id":"A","type_id":0}}`, `{"Sequence":{"id":"B","type_id":1}}`
	return append(b, `"post_processor":{"type":"TemplateProcessing","single":[`+special+`,`+a+`],"pair":[`+special+`,`+a+`,`+special+`,`+c+`],"special_tokens":{`+
		bos+`:{"id":`+bos+`,"ids":[`+strconv.Itoa(v.BOS)+`],"tokens":[`+bos+`]}}}`...)
}
