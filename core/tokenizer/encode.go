package tokenizer

// Text to tokens.

import (
	"strconv"

	"github.com/tritkit/tritkit/core/fault"
)

// Token is the id of a token. It is int32 by another name, as kernels and files hold it.
type Token = int32

// Encoder turns text into tokens and back. It never changes once made: any number of goroutines may use one.
type Encoder struct {
	v             *Vocab
	ids           map[string]Token // what pieces of text may become: spelled as their bytes, or in SentencePiece's way
	shown         spellings        // what tokens decode to
	bytes         [256]Token       // the token of one byte; -1: none
	special       prefixes         // control tokens and those that users added
	added         prefixes         // those that users added
	passes        []scan           // how text is cut before merging
	whole         bool             // a piece that is a token itself is never merged (ignore_merges)
	join          join             // what two neighbours make
	merges        map[uint64]int32 // rank of left<<32|right, of a byte-level BPE
	made          []Token          // by rank
	pieces        *pieces          // of a SentencePiece model
	before, after []Token          // what stands around a text: BOS, EOS
}

// EncodeOptions say what Encode does beyond the plain text. The zero value is for text that nobody vouches for.
type EncodeOptions struct {
	Special bool // control tokens written in the text become those tokens; otherwise they are text like any other
	NoBOS   bool // nothing is put before the text, though the model asks for it: a chat template has written it
	NoEOS   bool // nothing is put after it
}

// maxText bounds one text, whose positions are 32 bits.
const maxText = 1 << 30

// NewEncoder makes the tables for encoding and decoding: a tenth of a second and 20 MB for Llama-3's vocabulary.
//
// What would split or spell text in a way that is not known here is refused by name: an unknown pre-tokenizer, a
// normalizer, tokens that take the spaces beside them.
func (v *Vocab) NewEncoder() (*Encoder, error) {
	e := &Encoder{v: v}
	if len(v.Tokens) != len(v.Types) || len(v.Tokens) > maxText {
		return nil, fault.New("tokenizer", fault.Config, strconv.Itoa(len(v.Tokens)), " tokens and ", strconv.Itoa(len(v.Types)), " types")
	}
	if v.rules != nil && v.rules.unable != "" {
		return nil, fault.New("tokenizer", fault.Config, v.rules.unable).Try("conversion does without; encoding text would give other tokens than the model was trained on")
	}
	var err error
	switch v.Model {
	case BPE:
		err = e.byteLevel()
	case SPM:
		err = e.sentencePiece()
	default:
		err = fault.New("tokenizer", fault.Config, "a vocabulary of model ", fault.Quote(v.Model), "; known: gpt2, llama")
	}
	if err == nil {
		err = e.around()
	}
	if err != nil {
		return nil, err
	}
	e.added = e.written(User)
	if v.Model == SPM { // what users added stands among the pieces, behind the blanks
		e.special = e.written(Control)
	} else {
		e.special = e.written(Control, User)
	}
	return e, nil
}

// Encode appends the tokens of text to dst. Any bytes are text: what is not UTF-8 is kept, byte by byte.
//
// The error names a byte for which the vocabulary has no token.
func (e *Encoder) Encode(dst []Token, text string, opts EncodeOptions) ([]Token, error) {
	if len(text) > maxText {
		return dst, fault.New("tokenizer", fault.Limit, "a text of ", strconv.Itoa(len(text)), " bytes; 1 GiB is the most")
	}
	if !opts.NoBOS {
		dst = append(dst, e.before...)
	}
	split := &prefixes{}
	if opts.Special {
		split = &e.special
	} else if e.v.Model == BPE {
		split = &e.added
	}
	m := &merger{e: e}
	var err error
	for len(text) > 0 && err == nil {
		at, id, n := split.find(text)
		if e.v.Model == BPE {
			dst, err = e.cut(dst, m, text[:at], e.passes)
		} else {
			dst, err = e.sentence(dst, m, text[:at])
		}
		if n > 0 && err == nil {
			dst = append(dst, id)
		}
		text = text[at+n:]
	}
	if !opts.NoEOS && err == nil {
		dst = append(dst, e.after...)
	}
	return dst, err
}

// cut cuts text by each pass in turn, the pieces of one by the next, and encodes what the last leaves.
func (e *Encoder) cut(dst []Token, m *merger, text string, passes []scan) ([]Token, error) {
	var err error
	for len(text) > 0 && err == nil {
		n := passes[0](text)
		if len(passes) > 1 {
			dst, err = e.cut(dst, m, text[:n], passes[1:])
		} else {
			dst, err = e.piece(dst, m, text[:n])
		}
		text = text[n:]
	}
	return dst, err
}

// piece encodes one piece of a byte-level BPE.
func (e *Encoder) piece(dst []Token, m *merger, piece string) ([]Token, error) {
	if e.whole || len(piece) == 1 {
		if id, ok := e.ids[piece]; ok {
			return append(dst, id), nil
		}
	}
	m.symbols = m.symbols[:0]
	for i := range len(piece) {
		id := e.bytes[piece[i]]
		if id < 0 {
			return dst, noByte(piece[i])
		}
		m.symbols = append(m.symbols, symbol{int32(i), int32(i + 1), id})
	}
	for _, s := range m.merge(piece) {
		dst = append(dst, s.id)
	}
	return dst, nil
}

// around settles what stands before and after a text. Flags that are given decide; else the template of tokenizer.json;
// else what GGUF's runtimes take for granted. Sources: huggingface/transformers tokenization_utils_tokenizers.py
// (update_post_processor) at 5.23.0; ggml-org/llama.cpp src/llama-vocab.cpp.
func (e *Encoder) around() error {
	v := e.v
	template := v.rules != nil && v.Model == BPE
	bos, eos := v.AddBOS != nil && *v.AddBOS, v.AddEOS != nil && *v.AddEOS
	if template && v.AddBOS == nil && v.AddEOS == nil {
		e.before, e.after = v.rules.before, v.rules.after
		return nil
	}
	if v.AddBOS == nil && !template && v.BOS >= 0 {
		bos = v.Model == SPM || splitterOf(v.Pre).bos
	}
	for _, x := range [...]struct {
		add  bool
		id   int
		list *[]Token
		key  string
	}{{bos, v.BOS, &e.before, "add_bos_token"}, {eos, v.EOS, &e.after, "add_eos_token"}} {
		if x.add && (x.id < 0 || x.id >= len(v.Tokens)) {
			return fault.New("tokenizer", fault.Config, "a token is to be added to every text, and none is named").In(x.key)
		}
		if x.add {
			*x.list = []Token{Token(x.id)}
		}
	}
	return nil
}
