package template

// Numbers and strings as they are written in a template.

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tritkit/tritkit/core/fault"
)

// digits moves past digits that may have single underscores between them.
func (l *lexer) digits(valid string) int {
	start := l.pos
	for l.pos < len(l.src) {
		c := l.src[l.pos]
		if c == '_' && l.pos > start && l.pos+1 < len(l.src) {
			c = l.src[l.pos+1]
			if strings.IndexByte(valid, c) < 0 {
				break
			}
			l.pos++
		}
		if strings.IndexByte(valid, c) < 0 {
			break
		}
		l.pos++
	}
	return l.pos - start
}

const decimal = "0123456789"

func (l *lexer) number() {
	start := l.pos
	if l.src[start] == '0' && start+1 < len(l.src) {
		valid := ""
		switch l.src[start+1] | 0x20 {
		case 'b':
			valid = "01"
		case 'o':
			valid = "01234567"
		case 'x':
			valid = decimal + "abcdefABCDEF"
		}
		if l.pos += 2; valid != "" && l.digits("_"+valid) > 0 {
			l.add(tInt, start, strings.ReplaceAll(l.src[start:l.pos], "_", ""))
			return
		}
		l.pos = start
	}
	l.digits(decimal)
	whole := l.pos
	float := false
	if l.skip(".") && l.digits(decimal) > 0 {
		float, whole = true, l.pos
	}
	l.pos = whole
	if l.skip("eE") {
		l.skip("+-")
		if l.digits(decimal) > 0 {
			float, whole = true, l.pos
		}
	}
	l.pos = whole
	text := strings.ReplaceAll(l.src[start:l.pos], "_", "")
	switch {
	case float && (start == 0 || l.src[start-1] != '.'):
		l.add(tFloat, start, text)
	case float: // a.1.2 is two indices
		l.pos = start
		l.digits(decimal)
		l.add(tInt, start, strings.ReplaceAll(l.src[start:l.pos], "_", ""))
	case len(text) > 1 && text[0] == '0' && strings.Trim(text, "0") != "":
		l.fail(start, "the number ", fault.Quote(text), " begins with 0")
	default:
		l.add(tInt, start, text)
	}
}

func (l *lexer) skip(any string) bool {
	if l.pos < len(l.src) && strings.IndexByte(any, l.src[l.pos]) >= 0 {
		l.pos++
		return true
	}
	return false
}

func (l *lexer) quoted(quote byte) {
	start := l.pos
	i := start + 1
	for i < len(l.src) && l.src[i] != quote {
		if l.src[i] == '\\' {
			i++
		}
		i++
	}
	if i >= len(l.src) {
		l.fail(start, "the string has no end")
		return
	}
	l.pos = i + 1
	if text, ok := l.unescape(start+1, l.src[start+1:i]); ok {
		l.add(tString, start, text)
	}
}

// unescape decodes the escapes of Python's strings. An unknown one stays as it is written.
func (l *lexer) unescape(pos int, s string) (string, bool) {
	if strings.IndexByte(s, '\\') < 0 {
		return s, true
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			b = append(b, s[i])
			continue
		}
		i++
		size := 0
		switch c := s[i]; c {
		case '\n':
		case '\\', '\'', '"':
			b = append(b, c)
		case 'a', 'b', 'f', 'n', 'r', 't', 'v':
			b = append(b, "\a\b\f\n\r\t\v"[strings.IndexByte("abfnrtv", c)])
		case '0', '1', '2', '3', '4', '5', '6', '7':
			n := 1
			for n < 3 && i+n < len(s) && s[i+n] >= '0' && s[i+n] <= '7' {
				n++
			}
			code, _ := strconv.ParseUint(s[i:i+n], 8, 16)
			b = utf8.AppendRune(b, rune(code))
			i += n - 1
		case 'x':
			size = 2
		case 'u':
			size = 4
		case 'U':
			size = 8
		case 'N':
			l.fail(pos+i-1, `the escape \N is outside the subset`)
			return "", false
		default:
			b = append(b, '\\', c)
		}
		if size == 0 {
			continue
		}
		code, err := strconv.ParseUint(s[i+1:min(i+1+size, len(s))], 16, 32)
		if err != nil || i+1+size > len(s) || !utf8.ValidRune(rune(code)) || code > utf8.MaxRune {
			l.fail(pos+i-1, "the escape ", fault.Quote(s[i-1:min(i+1+size, len(s))]), " is no character")
			return "", false
		}
		b = utf8.AppendRune(b, rune(code))
		i += size
	}
	return string(b), true
}
