package tokenizer

// How text is cut before merging: scanners written by hand for the patterns that models use.

import (
	"unicode"
	"unicode/utf8"

	"github.com/tritkit/tritkit/core/fault"
)

// scan returns the length of the first piece of s, which is not empty.
type scan func(s string) int

// splitter is what a pre-tokenizer's name in a GGUF stands for.
type splitter struct {
	pre    string
	passes []scan
	whole  bool // ignore_merges
	bos    bool // BOS stands first unless the file says otherwise
}

// splitters knows the names. Sources: ggml-org/llama.cpp src/llama-vocab.cpp; for falcon3 and falcon_e the runtime that
// those ternary files are made for, Eddie-Wang1120/llama.cpp src/llama-vocab.cpp:415-429 (llama.cpp reads falcon3 by
// Llama-3's pattern, and knows no falcon_e).
var splitters = [...]splitter{
	{"llama-bpe", []scan{scanLlama3}, true, true},
	{"llama3", []scan{scanLlama3}, true, true},
	{"llama-v3", []scan{scanLlama3}, true, true},
	{"falcon-h1", []scan{scanLlama3}, true, true},
	{"falcon3", falconPasses, false, false},
	{"falcon_e", falconPasses, false, false},
	{"gpt-2", []scan{scanGPT2}, false, false},
	{"", []scan{scanLlama3}, true, true}, // what a missing pre-tokenizer means for the models of our architectures
}

func splitterOf(pre string) splitter {
	for _, s := range splitters {
		if s.pre == pre {
			return s
		}
	}
	return splitter{}
}

// splitting settles the passes: tokenizer.json's own, else what the name of the pre-tokenizer stands for.
func (e *Encoder) splitting() error {
	if r := e.v.rules; r != nil {
		e.passes, e.whole = r.passes, r.ignoreMerges
		return nil
	}
	s := splitterOf(e.v.Pre)
	if s.passes == nil {
		return fault.New("tokenizer", fault.Config, "the pre-tokenizer ", fault.Quote(e.v.Pre), " is not known").In("tokenizer.ggml.pre").
			Try("a text split another way gives other tokens, so it is not guessed; known: llama-bpe, falcon3, falcon_e, gpt-2 and their like")
	}
	e.passes, e.whole = s.passes, s.whole
	return nil
}

// class is what the patterns tell runes apart by.
type class uint8

const (
	other  class = iota // neither of the following; also a byte that is not UTF-8
	letter              // \p{L}
	number              // \p{N}
	space               // \s, which is White_Space
)

var asciiClass = func() (t [utf8.RuneSelf]class) {
	for c := range t {
		t[c] = runeClass(rune(c))
	}
	return t
}()

// classOf returns the class of the first rune of s and its length; 0 at the end.
func classOf(s string) (class, int) {
	if len(s) == 0 {
		return other, 0
	}
	if s[0] < utf8.RuneSelf {
		return asciiClass[s[0]], 1
	}
	r, n := utf8.DecodeRuneInString(s)
	return runeClass(r), n
}

func runeClass(r rune) class {
	switch {
	case unicode.Is(unicode.L, r) || unicode.Is(laterLetters, r):
		return letter
	case unicode.Is(unicode.N, r) || unicode.Is(laterNumbers, r):
		return number
	case unicode.IsSpace(r):
		return space
	}
	return other
}

// run returns the length of the runes of class c at the start of s.
func run(s string, c class) int {
	i := 0
	for i < len(s) {
		k, n := classOf(s[i:])
		if k != c {
			break
		}
		i += n
	}
	return i
}

// spaces cuts white space, n bytes of it at the start of s, as \s+(?!\S)|\s+ does: before a word its last one is left
// to the word.
func spaces(s string, n int) int {
	if n == len(s) {
		return n
	}
	_, last := utf8.DecodeLastRuneInString(s[:n])
	if n > last {
		return n - last
	}
	return n
}
