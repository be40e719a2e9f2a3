package tokenizer

// SentencePiece vocabularies with scores: ▁ for space, the neighbours of the highest score merged first, bytes for
// characters that no piece has.
//
// Source: google/sentencepiece src/normalizer.cc, src/bpe_model.cc, src/sentencepiece_processor.cc at v0.2.3. Pieces of
// type unused are never made, where SentencePiece makes them and takes them apart again.

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tritkit/tritkit/core/fault"
)

// blank is how pieces spell a space.
const blank = "▁"

// unknownText is what an unknown token decodes to.
const unknownText = " ⁇ "

// pieces is what a SentencePiece model needs beside the ids of its pieces.
type pieces struct {
	rank    []int32 // by id: the higher the score, the lower; equal scores are equal
	longest int     // bytes of the longest piece
	words   bool    // no piece goes on from a character to a blank, so words can be merged one by one
	prefix  bool    // a blank goes before every text
	folds   bool    // several spaces are one, and none stand at the ends
	unknown Token   // for what has neither piece nor bytes; -1: none
	byByte  bool    // characters without a piece are spelled by bytes
}

// sentencePiece fills the tables.
func (e *Encoder) sentencePiece() error {
	v := e.v
	if len(v.Scores) != len(v.Tokens) {
		return fault.New("tokenizer", fault.Config, strconv.Itoa(len(v.Tokens)), " tokens and ", strconv.Itoa(len(v.Scores)), " scores")
	}
	p := &pieces{words: true, prefix: v.AddSpacePrefix == nil || *v.AddSpacePrefix, folds: v.FoldsSpaces, unknown: Token(v.UNK)}
	e.pieces, e.join = p, e.joinPieces
	e.ids = make(map[string]Token, len(v.Tokens))
	for i := range e.bytes {
		e.bytes[i] = -1
	}
	all := []byte(nil)
	e.shown.end = make([]uint32, len(v.Tokens))
	for i, t := range v.Tokens {
		if len(all)+len(t) > maxText {
			return fault.New("tokenizer", fault.Limit, "tokens of more than 1 GiB")
		}
		switch v.Types[i] {
		case Normal:
			if math.IsNaN(float64(v.Scores[i])) {
				return fault.New("tokenizer", fault.Config, "the score of token ", strconv.Itoa(i), " is not a number").In("tokenizer.ggml.scores")
			}
			if _, twice := e.ids[t]; !twice && t != "" {
				e.ids[t] = Token(i)
				p.longest = max(p.longest, len(t))
				p.words = p.words && wordEnd(t) == len(t)
			}
			all = append(all, strings.ReplaceAll(t, blank, " ")...)
		case User:
			all = append(all, strings.ReplaceAll(t, blank, " ")...)
		case Byte:
			b, ok := parseByte(t)
			if !ok {
				return fault.New("tokenizer", fault.Config, "byte token ", strconv.Itoa(i), " is ", fault.Quote(t), ", not like <0x41>").In("tokenizer.ggml.tokens")
			}
			e.bytes[b], p.byByte = Token(i), true
			all = append(all, b)
		case Unknown:
			if p.unknown < 0 {
				p.unknown = Token(i)
			}
			all = append(all, unknownText...)
		default:
			all = append(all, t...)
		}
		e.shown.end[i] = uint32(len(all))
	}
	e.shown.text = string(all)
	e.rankScores()
	return nil
}

// rankScores orders the pieces by score. Merging compares scores alone, so equal ones need equal ranks.
func (e *Encoder) rankScores() {
	scores := slices.Clone(e.v.Scores)
	slices.Sort(scores)
	scores = slices.Compact(scores)
	e.pieces.rank = make([]int32, len(e.v.Scores))
	for i, x := range e.v.Scores {
		at, _ := slices.BinarySearch(scores, x)
		e.pieces.rank[i] = int32(len(scores) - 1 - at)
	}
}

// parseByte reads <0x41>, and nothing like it.
func parseByte(t string) (byte, bool) {
	if len(t) != len("<0x00>") || !strings.HasPrefix(t, "<0x") || t[5] != '>' {
		return 0, false
	}
	n, err := strconv.ParseUint(t[3:5], 16, 8)
	return byte(n), err == nil
}

// joinPieces says which piece two neighbours are.
func (e *Encoder) joinPieces(text string, a, b symbol) pair {
	if int(b.end-a.start) > e.pieces.longest {
		return pair{rank: noRank}
	}
	id, ok := e.ids[text[a.start:b.end]]
	if !ok {
		return pair{rank: noRank}
	}
	return pair{e.pieces.rank[id], id}
}

// sentence encodes the text between two control tokens.
func (e *Encoder) sentence(dst []Token, m *merger, text string) ([]Token, error) {
	text = e.normalize(text)
	m.unknown = false
	var err error
	for len(text) > 0 && err == nil {
		at, id, n := e.added.find(text)
		for rest := text[:at]; len(rest) > 0 && err == nil; {
			end := len(rest)
			if e.pieces.words {
				end = wordEnd(rest)
			}
			dst, err = e.word(dst, m, rest[:end])
			rest = rest[end:]
		}
		if n > 0 {
			dst, m.unknown = append(dst, id), false
		}
		text = text[at+n:]
	}
	return dst, err
}

// normalize puts a blank before the text and writes spaces as blanks. Where the model folds spaces, what ends up last is
// no blank, not even one that the text spells itself.
func (e *Encoder) normalize(text string) string {
	p := e.pieces
	if p.folds {
		text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == ' ' }), " ")
	}
	if text == "" {
		return ""
	}
	text = strings.ReplaceAll(text, " ", blank)
	if p.prefix {
		text = blank + text
	}
	for p.folds && strings.HasSuffix(text, blank) {
		text = strings.TrimSuffix(text, blank)
	}
	return text
}

// wordEnd returns where the first word ends: at a blank after something else.
func wordEnd(s string) int {
	i := 0
	for strings.HasPrefix(s[i:], blank) {
		i += len(blank)
	}
	if k := strings.Index(s[i:], blank); k >= 0 {
		return i + k
	}
	return len(s)
}

// word merges the characters of text and spells by bytes what is no piece.
func (e *Encoder) word(dst []Token, m *merger, text string) ([]Token, error) {
	m.symbols = m.symbols[:0]
	for i := 0; i < len(text); {
		_, n := utf8.DecodeRuneInString(text[i:])
		id, ok := e.ids[text[i:i+n]]
		if !ok {
			id = -1
		}
		m.symbols = append(m.symbols, symbol{int32(i), int32(i + n), id})
		i += n
	}
	var err error
	for _, s := range m.merge(text) {
		if s.id >= 0 {
			dst, m.unknown = append(dst, s.id), false
		} else if dst, err = e.unknown(dst, m, text[s.start:s.end]); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

// unknown spells a character without a piece. Several that cannot be spelled are one unknown token.
func (e *Encoder) unknown(dst []Token, m *merger, char string) ([]Token, error) {
	if !e.pieces.byByte {
		if e.pieces.unknown < 0 || int(e.pieces.unknown) >= len(e.v.Tokens) {
			return dst, fault.New("tokenizer", fault.Config, "the vocabulary has no piece for ", fault.Quote(char), ", no bytes and no unknown token")
		}
		if !m.unknown {
			dst = append(dst, e.pieces.unknown)
		}
		m.unknown = true
		return dst, nil
	}
	for i := range len(char) {
		id := e.bytes[char[i]]
		if id < 0 {
			return dst, noByte(char[i])
		}
		dst = append(dst, id)
	}
	return dst, nil
}

func noByte(b byte) error {
	return fault.New("tokenizer", fault.Config, "the vocabulary has no token for the byte 0x", strconv.FormatUint(uint64(b), 16))
}
