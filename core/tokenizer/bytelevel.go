package tokenizer

// The tables of a byte-level BPE: tokens by their bytes, merges by the ids of their parts.

import (
	"strconv"
	"unicode/utf8"

	"github.com/tritkit/tritkit/core/fault"
)

// byteRunes are the 256 runes that byte-level vocabularies spell bytes with: printable Latin-1 stands for itself, the
// others take the runes from 256 on, in order. Source: openai/gpt-2 src/encoder.py bytes_to_unicode.
var byteRunes, runeBytes = func() (runes [256]rune, bytes [324]int16) {
	for i := range bytes {
		bytes[i] = -1
	}
	next := rune(256)
	for b := range runes {
		r := rune(b)
		if !(b >= '!' && b <= '~' || b >= 0xa1 && b <= 0xac || b >= 0xae) {
			r, next = next, next+1
		}
		runes[b], bytes[r] = r, int16(b)
	}
	return runes, bytes
}()

// appendBytes appends the bytes that a byte-level token spells; false: it spells none.
func appendBytes(b []byte, token string) ([]byte, bool) {
	for i := 0; i < len(token); {
		c := token[i]
		if c < utf8.RuneSelf {
			if c <= ' ' || c == 0x7f {
				return b, false
			}
			b = append(b, c)
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(token[i:])
		if int(r) >= len(runeBytes) || runeBytes[r] < 0 {
			return b, false
		}
		b = append(b, byte(runeBytes[r]))
		i += n
	}
	return b, true
}

// spellings are the bytes of every token, one after the other.
type spellings struct {
	text string
	end  []uint32
}

func (s *spellings) of(id Token) string {
	if id < 0 || int(id) >= len(s.end) {
		return ""
	}
	start := uint32(0)
	if id > 0 {
		start = s.end[id-1]
	}
	return s.text[start:s.end[id]]
}

func (e *Encoder) byteLevel() error {
	if err := e.splitting(); err != nil {
		return err
	}
	if err := e.spell(); err != nil {
		return err
	}
	for b := range e.bytes {
		e.bytes[b] = -1
		if id, ok := e.ids[string([]byte{byte(b)})]; ok {
			e.bytes[b] = id
		}
	}
	e.join = func(_ string, a, b symbol) pair {
		rank, ok := e.merges[uint64(a.id)<<32|uint64(b.id)]
		if !ok {
			return pair{rank: noRank}
		}
		return pair{rank, e.made[rank]}
	}
	return e.rank()
}

// spell fills the spellings and e.ids. Text becomes normal tokens only: control tokens are none of its business, and what
// a user added was taken out before.
func (e *Encoder) spell() error {
	v := e.v
	size := 0
	for _, t := range v.Tokens {
		size += len(t)
	}
	if size > maxText {
		return fault.New("tokenizer", fault.Limit, "tokens of ", strconv.Itoa(size), " bytes")
	}
	all := make([]byte, 0, size)
	spelled := make([]bool, len(v.Tokens))
	e.shown.end = make([]uint32, len(v.Tokens))
	for i, t := range v.Tokens {
		start := len(all)
		if v.Types[i] == Normal {
			all, spelled[i] = appendBytes(all, t)
		}
		if !spelled[i] {
			all = append(all[:start], t...)
		}
		e.shown.end[i] = uint32(len(all))
	}
	e.shown.text = string(all)
	e.ids = make(map[string]Token, len(v.Tokens))
	for i := range v.Tokens {
		s := e.shown.of(Token(i))
		if _, twice := e.ids[s]; spelled[i] && !twice && s != "" {
			e.ids[s] = Token(i)
		}
	}
	return nil
}

// rank fills e.merges and e.made.
func (e *Encoder) rank() error {
	v := e.v
	e.merges, e.made = make(map[uint64]int32, len(v.Merges)), make([]Token, len(v.Merges))
	var others map[string]bool
	var buf []byte
	for rank, m := range v.Merges {
		a, b, ok := cutMerge(m)
		if !ok {
			return fault.New("tokenizer", fault.Config, "merge ", strconv.Itoa(rank), " is ", fault.Quote(m), ": not two parts").In("tokenizer.ggml.merges")
		}
		buf, _ = appendBytes(buf[:0], a)
		cut := len(buf)
		buf, _ = appendBytes(buf, b)
		left, okLeft := e.ids[string(buf[:cut])]
		right, okRight := e.ids[string(buf[cut:])]
		made, okMade := e.ids[string(buf)]
		if okLeft && okRight && okMade {
			e.made[rank] = made
			if key := uint64(left)<<32 | uint64(right); !has(e.merges, key) {
				e.merges[key] = int32(rank)
			}
			continue
		}
		if others == nil { // control and added tokens, which merges never make
			others = make(map[string]bool, len(v.Tokens))
			for _, t := range v.Tokens {
				others[t] = true
			}
		}
		for _, part := range [...]string{a, b, a + b} {
			if !others[part] {
				return fault.New("tokenizer", fault.Config, "merge ", strconv.Itoa(rank), " is ", fault.Quote(m), ", and ", fault.Quote(part), " is no token").In("tokenizer.ggml.merges")
			}
		}
	}
	return nil
}

func has(m map[uint64]int32, key uint64) bool {
	_, ok := m[key]
	return ok
}
