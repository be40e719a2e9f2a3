package tokenizer

// Tokens to text.

import (
	"strings"
	"unicode/utf8"
)

// DecodeOptions say how tokens become text.
type DecodeOptions struct {
	Special   bool // control tokens are shown as they are written; otherwise they are left out
	Continued bool // the tokens go on after others, so the space that a SentencePiece model puts before a text is text
}

// Decode returns the text of ids. Bytes that are not UTF-8 become U+FFFD, one for each broken character; ids outside
// the vocabulary are nothing.
func (e *Encoder) Decode(ids []Token, opts DecodeOptions) string {
	d := e.NewDecoder(opts)
	var b []byte
	for _, id := range ids {
		b = d.next(b, id)
	}
	return string(d.flush(b))
}

// Decoder decodes one token after the other, and holds back the bytes of a character that is not whole yet. What it
// returns, put together, is what Decode returns. It is for one goroutine.
type Decoder struct {
	e       *Encoder
	opts    DecodeOptions
	rest    []byte
	started bool // the text has begun, and a blank is a space
}

// NewDecoder returns a Decoder at the start of a text.
func (e *Encoder) NewDecoder(opts DecodeOptions) *Decoder {
	return &Decoder{e: e, opts: opts, started: opts.Continued}
}

// Next returns the text that id completes, which may be none.
func (d *Decoder) Next(id Token) string { return string(d.next(nil, id)) }

// Flush returns U+FFFD for a character that never became whole, and is ready for another text.
func (d *Decoder) Flush() string {
	b := d.flush(nil)
	d.started = d.opts.Continued
	return string(b)
}

func (d *Decoder) next(b []byte, id Token) []byte {
	if id < 0 || int(id) >= len(d.e.v.Types) {
		return b
	}
	kind, s, p := d.e.v.Types[id], d.e.shown.of(id), d.e.pieces
	switch {
	case kind == Unused, !d.opts.Special && (kind == Control || kind == Unknown && p == nil):
		return b
	case kind == Control || d.started || p == nil:
	default:
		if (p.prefix || p.folds) && kind != Byte && kind != Unknown {
			s = strings.TrimPrefix(s, " ")
		}
		d.started = s != "" || !p.folds // a model that folds spaces has none before its first text
	}
	d.rest = append(d.rest, s...)
	return d.whole(b, false)
}

func (d *Decoder) flush(b []byte) []byte { return d.whole(b, true) }

// whole moves the characters that are whole, and those that will never be, from d.rest to b; with all, everything.
func (d *Decoder) whole(b []byte, all bool) []byte {
	s := d.rest
	for len(s) > 0 {
		_, n := utf8.DecodeRune(s)
		if n > 1 || s[0] < utf8.RuneSelf {
			b, s = append(b, s[:n]...), s[n:]
			continue
		}
		if !all && !utf8.FullRune(s) {
			break
		}
		// As many bytes as begin a character, as Unicode recommends and Rust does.
		n = min(len(s), utf8.UTFMax)
		for n > 1 && utf8.FullRune(s[:n]) {
			n--
		}
		b, s = utf8.AppendRune(b, utf8.RuneError), s[n:]
	}
	d.rest = append(d.rest[:0], s...)
	return b
}
