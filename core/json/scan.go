package json

// Where a string, a number or a word ends, and whether it is one.

import (
	"bytes"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/tritkit/tritkit/core/fault"
)

// scanString returns the end of the string that starts at d.at, and whether there are escapes in it.
func (d *Decoder) scanString() (end int, escaped bool, err error) {
	start := d.at + 1
	wide := byte(0) // the bits of all bytes
	for i := start; i < len(d.data); {
		c := d.data[i]
		if c >= ' ' && c != '"' && c != '\\' {
			wide |= c
			i++
			continue
		}
		switch c {
		case '"':
			if wide >= utf8.RuneSelf && !utf8.Valid(d.data[start:i]) {
				return 0, false, d.badString(start, i, "")
			}
			return i + 1, escaped, nil
		case '\\':
			_, n := escape(d.data[i:])
			if n == 0 {
				return 0, false, d.badString(start, i, "an escape that does not exist, or half of a surrogate pair")
			}
			escaped = true
			i += n
		default:
			return 0, false, d.badString(start, i, "a control character in a string")
		}
	}
	return 0, false, d.badString(start, len(d.data), early)
}

// badString reports the first thing that is wrong with the string that starts at start: bytes that are not UTF-8 before i,
// or else what is wrong at i.
func (d *Decoder) badString(start, i int, msg string) error {
	for at := start; at < i; {
		r, n := utf8.DecodeRune(d.data[at:i])
		if r == utf8.RuneError && n == 1 {
			return d.fault(at, "a string that is not UTF-8")
		}
		at += n
	}
	return d.fault(i, msg)
}

// escape returns the character that the escape at the start of b stands for, and its length; 0 where it is none.
func escape(b []byte) (r rune, n int) {
	if len(b) < 2 {
		return 0, 0
	}
	switch b[1] {
	case '"', '\\', '/':
		return rune(b[1]), 2
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	}
	r = hex4(b)
	switch {
	case r < 0:
		return 0, 0
	case !utf16.IsSurrogate(r):
		return r, 6
	}
	if r = utf16.DecodeRune(r, hex4(b[6:])); r != utf8.RuneError {
		return r, 12
	}
	return 0, 0
}

// hex4 reads \u and four hexadecimal digits; -1 where b does not start so.
func hex4(b []byte) (r rune) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return -1
	}
	for _, c := range b[2:6] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return -1
		}
		r = r<<4 | rune(c)
	}
	return r
}

// unescape writes the text of b, a scanned string.
func unescape(w *strings.Builder, b []byte) {
	for {
		plain := bytes.IndexByte(b, '\\')
		if plain < 0 {
			w.Write(b)
			return
		}
		w.Write(b[:plain])
		r, n := escape(b[plain:])
		w.WriteRune(r)
		b = b[plain+n:]
	}
}

// scanNumber returns the end of the number that starts at d.at.
func (d *Decoder) scanNumber() (int, error) {
	i := d.at
	if d.data[i] == '-' {
		i++
	}
	from := i
	i = d.digits(i)
	if i > from+1 && d.data[from] == '0' {
		i = from + 1 // what follows a leading zero is not of the number
	}
	if i == from {
		return 0, d.badNumber(i)
	}
	if i < len(d.data) && d.data[i] == '.' {
		from = i + 1
		if i = d.digits(from); i == from {
			return 0, d.badNumber(i)
		}
	}
	if i < len(d.data) && d.data[i]|0x20 == 'e' {
		if i++; i < len(d.data) && (d.data[i] == '+' || d.data[i] == '-') {
			i++
		}
		from = i
		if i = d.digits(from); i == from {
			return 0, d.badNumber(i)
		}
	}
	return i, nil
}

// digits returns the end of the digits from i on.
func (d *Decoder) digits(i int) int {
	for i < len(d.data) && d.data[i] >= '0' && d.data[i] <= '9' {
		i++
	}
	return i
}

func (d *Decoder) badNumber(i int) error {
	if i >= len(d.data) {
		return d.fault(i, early)
	}
	return d.fault(i, "wanted a digit, found ", fault.Quote(firstRune(d.data[i:])))
}

// scanWord returns the end of null, true or false, whose first letter is at d.at.
func (d *Decoder) scanWord(word string) (int, error) {
	for i := range len(word) {
		switch at := d.at + i; {
		case at >= len(d.data):
			return 0, d.fault(at, early)
		case d.data[at] != word[i]:
			return 0, d.fault(at, "wanted ", word, ", found ", fault.Quote(firstRune(d.data[at:])))
		}
	}
	return d.at + len(word), nil
}

func firstRune(b []byte) string {
	_, n := utf8.DecodeRune(b)
	return string(b[:n])
}
