package fault

import (
	"strconv"
	"unicode/utf8"
)

// maxQuote bounds how much of a file's text one message repeats.
const maxQuote = 200

// Clean makes text from a file safe to print: control characters (C0, C1), bidirectional overrides and bytes that are
// not UTF-8 become escapes, so that a file cannot move the cursor, forge a line or reverse one. Tab and newline too.
func Clean(s string) string {
	for _, r := range s {
		if unsafeRune(r) {
			return escape(s)
		}
	}
	return s
}

// Quote returns s cleaned, cut to a bounded length and put in double quotes, for use in messages.
func Quote(s string) string {
	if len(s) > maxQuote {
		cut := maxQuote
		for cut > 0 && !utf8.RuneStart(s[cut]) {
			cut--
		}
		s = s[:cut] + "…"
	}
	return `"` + Clean(s) + `"`
}

func escape(s string) string {
	b := make([]byte, 0, len(s)+16)
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			b = append(b, `\x`...)
			b = append(b, hex[s[i]>>4], hex[s[i]&15])
		case unsafeRune(r):
			b = append(b, `\u{`...)
			b = strconv.AppendInt(b, int64(r), 16)
			b = append(b, '}')
		default:
			b = append(b, s[i:i+n]...)
		}
		i += n
	}
	return string(b)
}

func unsafeRune(r rune) bool {
	switch {
	case r < 0x20, r >= 0x7f && r < 0xa0: // C0, DEL, C1
		return true
	case r >= 0x200e && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0x061c: // bidi
		return true
	case r == 0x2028, r == 0x2029, r == 0xfeff, r == utf8.RuneError: // separators, byte order mark
		return true
	}
	return false
}
