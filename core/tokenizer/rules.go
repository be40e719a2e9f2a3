package tokenizer

// What tokenizer.json says of encoding beyond its vocabulary. Conversion does without, so what is not known here is
// remembered and refused by NewEncoder.

import (
	"strconv"
	"strings"

	"github.com/tritkit/tritkit/core/fault"
)

// rules are tokenizer.json's own.
type rules struct {
	passes        []scan
	ignoreMerges  bool
	before, after []Token
	unable        string // the first thing that is not known here; "": nothing
}

func (r *rules) cannot(what ...string) {
	if r.unable == "" {
		r.unable = strings.Join(what, "")
	}
}

// part is one pre-tokenizer.
type part struct {
	kind, pattern, behavior string
	invert, addsSpace       bool
	useRegex                bool
}

// pre collects the parts of the pre-tokenizer, a sequence or a single one.
func (b *bpe) pre() error {
	if null, err := b.d.Null(); null || err != nil {
		return err
	}
	p := part{behavior: "Isolated", useRegex: true}
	err := b.d.Object(func(name string) (err error) {
		switch name {
		case "type":
			p.kind, err = b.d.String()
		case "pretokenizers":
			err = b.d.Array(func(int) error { return b.pre() })
		case "pattern":
			err = b.d.Object(func(string) error {
				p.pattern, err = b.d.String()
				return err
			})
		case "behavior":
			p.behavior, err = b.d.String()
		case "invert":
			p.invert, err = b.d.Bool()
		case "add_prefix_space":
			p.addsSpace, err = b.d.Bool()
		case "use_regex":
			p.useRegex, err = b.d.Bool()
		default:
			err = b.d.Skip()
		}
		return err
	})
	if p.kind != "Sequence" {
		b.parts = append(b.parts, p)
	}
	return err
}

// option reads what the model has beside vocabulary and merges.
func (b *bpe) option(name string) error {
	switch name {
	case "ignore_merges":
		on, err := optionalBool(b.d)
		b.v.rules.ignoreMerges = on != nil && *on
		return err
	case "dropout":
		if b.d.Kind() == '0' {
			x, err := b.d.Float()
			if x != 0 {
				b.v.rules.cannot("a model with dropout, which merges by chance")
			}
			return err
		}
	case "continuing_subword_prefix", "end_of_word_suffix":
		if b.d.Kind() == '"' {
			s, err := b.d.String()
			if s != "" {
				b.v.rules.cannot("a model with ", name, " ", fault.Quote(s))
			}
			return err
		}
	}
	return b.d.Skip()
}

// normalizer takes none, and sequences of none.
func (b *bpe) normalizer() error {
	if null, err := b.d.Null(); null || err != nil {
		return err
	}
	kind := ""
	err := b.d.Object(func(name string) (err error) {
		switch name {
		case "type":
			kind, err = b.d.String()
		case "normalizers":
			err = b.d.Array(func(int) error { return b.normalizer() })
		default:
			err = b.d.Skip()
		}
		return err
	})
	if kind != "Sequence" {
		b.v.rules.cannot("a normalizer of type ", fault.Quote(kind), " changes texts before they are split, and is not known")
	}
	return err
}

// template is what a post-processor puts around one text: names, and the ids of each.
type template struct {
	before, after []string
	ids           map[string][]Token
}

// post reads the post-processor: of a template what stands around a single text; ByteLevel's changes offsets alone.
func (b *bpe) post() error {
	if null, err := b.d.Null(); null || err != nil {
		return err
	}
	kind := ""
	err := b.d.Object(func(name string) (err error) {
		switch name {
		case "type":
			kind, err = b.d.String()
		case "processors":
			err = b.d.Array(func(int) error { return b.post() })
		case "single":
			err = b.single()
		case "special_tokens":
			err = b.d.Object(func(name string) error { return b.specialIDs(name) })
		default:
			err = b.d.Skip()
		}
		return err
	})
	if kind != "Sequence" && kind != "TemplateProcessing" && kind != "ByteLevel" {
		b.v.rules.cannot("a post-processor of type ", fault.Quote(kind), ", which is not known")
	}
	return err
}

// single reads [{"SpecialToken":{"id":…}}, {"Sequence":{"id":"A"}}, …].
func (b *bpe) single() error {
	if b.d.Kind() != '[' {
		b.v.rules.cannot("a template that is not a list")
		return b.d.Skip()
	}
	text := 0
	err := b.d.Array(func(int) error {
		return b.d.Object(func(kind string) error {
			return b.d.Object(func(field string) error {
				if field != "id" {
					return b.d.Skip()
				}
				name, err := b.d.String()
				switch {
				case kind == "Sequence":
					text++
				case text == 0:
					b.template.before = append(b.template.before, name)
				default:
					b.template.after = append(b.template.after, name)
				}
				return err
			})
		})
	})
	if text != 1 {
		b.v.rules.cannot("a template with ", strconv.Itoa(text), " places for the text")
	}
	return err
}

func (b *bpe) specialIDs(name string) error {
	return b.d.Object(func(field string) error {
		if field != "ids" {
			return b.d.Skip()
		}
		return b.d.Array(func(int) error {
			id, err := b.d.Int()
			if err == nil && (id < 0 || id >= int64(len(b.v.Tokens))) {
				b.v.rules.cannot("a template with token ", strconv.FormatInt(id, 10), ", outside the vocabulary")
				return nil
			}
			if b.template.ids == nil {
				b.template.ids = map[string][]Token{}
			}
			b.template.ids[name] = append(b.template.ids[name], Token(id))
			return err
		})
	})
}

// settleRules turns what was read into passes and tokens.
func (b *bpe) settleRules() {
	r := b.v.rules
	byteLevel := false
	for i, p := range b.parts {
		switch {
		case p.kind == "Split":
			r.pattern(p)
		case p.kind == "ByteLevel" && i == len(b.parts)-1:
			byteLevel = true
			if p.addsSpace {
				r.cannot("a pre-tokenizer that puts a space before texts (add_prefix_space)")
			}
			if p.useRegex {
				r.passes = append(r.passes, scanGPT2)
			}
		default:
			r.cannot("a pre-tokenizer of type ", fault.Quote(p.kind), ", which is not known in this place")
		}
	}
	if !byteLevel {
		r.cannot("a pre-tokenizer that is not byte-level")
	}
	for _, x := range [...]struct {
		names []string
		list  *[]Token
	}{{b.template.before, &r.before}, {b.template.after, &r.after}} {
		for _, name := range x.names {
			if b.template.ids[name] == nil {
				r.cannot("a template with ", fault.Quote(name), ", which names no token")
			}
			*x.list = append(*x.list, b.template.ids[name]...)
		}
	}
}

// pattern adds the pass of a Split. Our patterns match every character, so matches kept apart are all pieces, whether as
// matches (Isolated) or as what is not between them (Removed, inverted).
func (r *rules) pattern(p part) {
	switch {
	case p.behavior != "Isolated" && !(p.behavior == "Removed" && p.invert):
		r.cannot("a split whose behavior is ", fault.Quote(p.behavior))
	case p.pattern == llama3Pattern:
		r.passes = append(r.passes, scanLlama3)
	case p.pattern == gpt2Pattern:
		r.passes = append(r.passes, scanGPT2)
	default:
		r.cannot("a split by ", fault.Quote(p.pattern), ", which is not known")
	}
}
