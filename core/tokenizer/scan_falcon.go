package tokenizer

// The three passes of falcon3 and falcon_e: punctuation apart, then GPT-2's pattern, then every digit for itself.

import (
	"unicode"
	"unicode/utf8"
)

// The second pattern lacks GPT-2's last alternative, \s+, which changes nothing: what it leaves out, one white space
// before something else, is a piece of its own as what stands between two matches.
var falconPasses = []scan{scanPunctuation, scanGPT2, scanDigits}

// scanPunctuation cuts off [\p{P}$+<=>^~|`]+ or what stands before it.
func scanPunctuation(s string) int {
	first, n := punctuation(s)
	for n < len(s) {
		p, more := punctuation(s[n:])
		if p != first {
			break
		}
		n += more
	}
	return n
}

func punctuation(s string) (bool, int) {
	r, n := utf8.DecodeRuneInString(s)
	switch r {
	case '$', '+', '<', '=', '>', '^', '~', '|', '`':
		return true, n
	}
	return unicode.Is(unicode.P, r) || unicode.Is(laterPunctuation, r), n
}

// scanDigits cuts off one of [0-9] or what stands before it.
func scanDigits(s string) int {
	if digit(s[0]) {
		return 1
	}
	for i := range len(s) {
		if digit(s[i]) {
			return i
		}
	}
	return len(s)
}

func digit(c byte) bool { return c >= '0' && c <= '9' }
