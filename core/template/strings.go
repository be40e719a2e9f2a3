package template

// Texts as Python sees them: its white space, its cases, its lines.

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// isSpace is Python's str.isspace: Unicode's white space and the four separators of ASCII.
func isSpace(c rune) bool { return c >= 0x1c && c <= 0x1f || unicode.IsSpace(c) }

// upper is Python's str.upper. Three letters of the languages that models write become two, which Go's does not know.
func upper(s string) string {
	s = strings.ToUpper(s)
	if strings.IndexFunc(s, func(c rune) bool { return c >= utf8.RuneSelf }) < 0 {
		return s
	}
	return expanding.Replace(s)
}

var expanding = strings.NewReplacer("ß", "SS", "ŉ", "ʼN", "ǰ", "J̌", "ﬀ", "FF", "ﬁ", "FI", "ﬂ", "FL", "ﬃ", "FFI", "ﬄ", "FFL", "ﬅ", "ST", "ﬆ", "ST")

// lower is Python's str.lower: a sigma that ends a word is its final form.
func lower(s string) string {
	if !strings.ContainsAny(s, "Σİ") {
		return strings.ToLower(s)
	}
	runes := []rune(s)
	var b []byte
	for i, c := range runes {
		switch {
		case c == 'İ':
			b = append(b, "i̇"...)
		case c == 'Σ' && i > 0 && unicode.IsLetter(runes[i-1]) && (i+1 == len(runes) || !unicode.IsLetter(runes[i+1])):
			b = append(b, "ς"...)
		default:
			b = utf8.AppendRune(b, unicode.ToLower(c))
		}
	}
	return string(b)
}

func titleRune(c rune) string {
	if c == 'ß' {
		return "Ss"
	}
	return string(unicode.ToTitle(c))
}

func capitalize(s string) string {
	c, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return ""
	}
	return titleRune(c) + lower(s)[len(lower(s[:n])):]
}

// titleWords is the filter title: a word begins after white space, a hyphen or an opening bracket.
func titleWords(s string) string {
	var b []byte
	start := true
	for len(s) > 0 {
		i := strings.IndexFunc(s, func(c rune) bool { return isWordBreak(c) != start })
		if i < 0 {
			i = len(s)
		}
		if i > 0 && start {
			b = append(b, s[:i]...)
		} else if i > 0 {
			_, n := utf8.DecodeRuneInString(s)
			b = append(append(b, upper(s[:n])...), lower(s[n:i])...)
		}
		s, start = s[i:], !start
	}
	return string(b)
}

func isWordBreak(c rune) bool { return isSpace(c) || strings.ContainsRune("-({[<", c) }

// titleLetters is the method title: a word begins at every letter after something that is none.
func titleLetters(s string) string {
	var b []byte
	inWord := false
	for _, c := range s {
		switch letter := unicode.IsLetter(c); {
		case letter && !inWord:
			b = append(b, titleRune(c)...)
			inWord = true
		case letter:
			b = append(b, lower(string(c))...)
		default:
			b = utf8.AppendRune(b, c)
			inWord = false
		}
	}
	return string(b)
}

// strip takes the characters of the argument i, or white space, from the ends of s.
func (c *call) strip(s string, i int, left, right bool) string {
	cut := isSpace
	if c.given[i] && c.args[i].kind != kindNone {
		if c.args[i].kind != kindText {
			c.fail("the characters to strip are no text")
			return ""
		}
		if !c.spend(c.at, len(c.args[i].str)/16) { // into a map
			return ""
		}
		chars := map[rune]bool{}
		for _, r := range c.args[i].str {
			chars[r] = true
		}
		cut = func(r rune) bool { return chars[r] }
	}
	if !c.room(c.at, len(s)) {
		return ""
	}
	if left {
		s = strings.TrimLeftFunc(s, cut)
	}
	if right {
		s = strings.TrimRightFunc(s, cut)
	}
	return s
}

// lines is Python's splitlines: more ends a line than a newline.
func (c *call) lines(s string, ends bool) (list []string) {
	for len(s) > 0 && c.spend(c.at, 1) {
		i := strings.IndexFunc(s, endsLine)
		if i < 0 {
			return append(list, s)
		}
		_, n := utf8.DecodeRuneInString(s[i:])
		if strings.HasPrefix(s[i:], "\r\n") {
			n = 2
		}
		if ends {
			list = append(list, s[:i+n])
		} else {
			list = append(list, s[:i])
		}
		s = s[i+n:]
	}
	return list
}

func endsLine(c rune) bool {
	return c >= '\n' && c <= '\r' || c >= 0x1c && c <= 0x1e || c == 0x85 || c == 0x2028 || c == 0x2029
}

// replaced is s with old replaced; the argument i bounds how often.
func (c *call) replaced(s, old, by string, i int) Value {
	if !c.room(c.at, len(s)) {
		return Value{}
	}
	n := -1
	if c.given[i] && c.args[i].kind != kindNone {
		if !c.args[i].isInteger() {
			return c.fail("the count is no number")
		}
		if c.args[i].num >= 0 {
			n = int(min(c.args[i].num, MaxOutput))
		}
	}
	found := strings.Count(s, old)
	if n < 0 || n > found {
		n = found
	}
	if grown := int64(n) * int64(len(by)-len(old)); grown > MaxOutput || !c.room(c.at, len(s)+int(grown)) {
		c.room(c.at, MaxOutput+1)
		return Value{}
	}
	return Value{kind: kindText, str: strings.Replace(s, old, by, n)}
}
