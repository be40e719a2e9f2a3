package tokenizer

// Tokens that stand in the text as they are written: control tokens and those that users added.

import (
	"slices"
	"strings"
)

// prefixes finds the longest of a set of strings at a place in a text.
type prefixes struct {
	text  []string // sorted
	id    []Token
	outer []int // index of the longest other string that begins this one; -1: none
	first [256]bool
}

// written returns the tokens of the given types. One without text can stand nowhere.
//
// A SentencePiece model's are looked for in normalized text; a GGUF may spell them with spaces.
func (e *Encoder) written(types ...int32) (p prefixes) {
	text := func(id Token) string {
		if t := e.v.Tokens[id]; e.v.Model != SPM || e.v.Types[id] != User {
			return t
		} else {
			return strings.ReplaceAll(t, " ", blank)
		}
	}
	for i, t := range e.v.Types {
		if slices.Contains(types, t) && e.v.Tokens[i] != "" {
			p.id = append(p.id, Token(i))
		}
	}
	slices.SortStableFunc(p.id, func(a, b Token) int { return strings.Compare(text(a), text(b)) })
	for i, id := range p.id {
		t := text(id)
		outer := i - 1
		for outer >= 0 && !strings.HasPrefix(t, p.text[outer]) {
			outer = p.outer[outer]
		}
		p.text, p.outer, p.first[t[0]] = append(p.text, t), append(p.outer, outer), true
	}
	return p
}

// find returns the first place where a token stands, the longest there, and its length; without one len(s), 0, 0.
func (p *prefixes) find(s string) (at int, id Token, n int) {
	if len(p.text) == 0 {
		return len(s), 0, 0
	}
	for i := range len(s) {
		if !p.first[s[i]] {
			continue
		}
		if k := p.longest(s[i:]); k >= 0 {
			return i, p.id[k], len(p.text[k])
		}
	}
	return len(s), 0, 0
}

// longest returns the index of the longest string that begins s, or -1. Whatever begins s also begins the last string
// that is not after s in order, so it is that one or on its way outwards.
func (p *prefixes) longest(s string) int {
	k, exact := slices.BinarySearchFunc(p.text, s, func(t, s string) int { return strings.Compare(t, s[:min(len(s), len(t)+1)]) })
	if !exact {
		k--
	}
	for k >= 0 && !strings.HasPrefix(s, p.text[k]) {
		k = p.outer[k]
	}
	return k
}
