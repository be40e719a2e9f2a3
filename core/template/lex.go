package template

// The text of a template as tokens, with the white space that its tags take away already gone.

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tritkit/tritkit/core/fault"
)

type tokenKind uint8

const (
	tEOF tokenKind = iota
	tData
	tOpen    // {{
	tClose   // }}
	tTag     // {%
	tTagDone // %}
	tName
	tString
	tInt
	tFloat
	tOp
)

type token struct {
	kind tokenKind
	pos  int
	text string // of a string: decoded
}

func (t token) is(kind tokenKind, text string) bool { return t.kind == kind && t.text == text }

type lexer struct {
	src         string
	pos         int
	lineStarted bool // the last tag took the newline after it, so a line begins here
	tokens      []token
	bad         *failure
}

// unixLines makes every line end in \n and drops the last one, as jinja2 does.
func unixLines(s string) string {
	if strings.Contains(s, "\r") {
		s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	}
	return strings.TrimSuffix(s, "\n")
}

func lex(src string) ([]token, *failure) {
	l := &lexer{src: src, lineStarted: true}
	for l.pos < len(src) && l.bad == nil {
		l.data()
	}
	l.add(tEOF, len(src), "")
	return l.tokens, l.bad
}

func (l *lexer) add(kind tokenKind, pos int, text string) {
	l.tokens = append(l.tokens, token{kind, pos, text})
}

func (l *lexer) fail(pos int, msg ...string) { l.failAs(pos, fault.Template, msg...) }

func (l *lexer) failAs(pos int, class fault.Class, msg ...string) {
	if l.bad == nil {
		l.bad = &failure{pos: pos, class: class, msg: join(msg)}
	}
	l.pos = len(l.src)
}

// data reads text up to a tag, and the tag.
func (l *lexer) data() {
	start, open := l.pos, l.pos
	for ; ; open++ {
		i := strings.IndexByte(l.src[open:], '{')
		if i < 0 || open+i+1 >= len(l.src) {
			l.add(tData, start, l.src[start:])
			l.pos = len(l.src)
			return
		}
		open += i
		if c := l.src[open+1]; c == '{' || c == '%' || c == '#' {
			break
		}
	}
	kind := l.src[open+1]
	sign := l.text(start, open, kind != '{')
	l.pos = open + 2
	if sign != 0 {
		l.pos++
	}
	switch kind {
	case '#':
		l.comment(open)
	case '{':
		l.add(tOpen, open, "")
		l.inside(open, "}}", tClose)
	default:
		if l.raw(open) {
			return
		}
		l.add(tTag, open, "")
		l.inside(open, "%}", tTagDone)
	}
}

// text adds the text before a tag at open without the white space that the tag takes, and returns the tag's sign.
func (l *lexer) text(start, open int, strip bool) (sign byte) {
	text := l.src[start:open]
	if open+2 < len(l.src) && (l.src[open+2] == '-' || l.src[open+2] == '+') {
		sign = l.src[open+2]
	}
	if sign == '-' {
		text = strings.TrimRightFunc(text, isSpace)
	} else if sign == 0 && strip { // lstrip_blocks: what indents a block or comment goes
		line := strings.LastIndexByte(text, '\n') + 1
		if (line > 0 || l.lineStarted) && strings.TrimLeftFunc(text[line:], isSpace) == "" {
			text = text[:line]
		}
	}
	if text != "" {
		l.add(tData, start, text)
	}
	l.lineStarted = false
	return sign
}

// closed moves past the end of a tag at l.pos, whose sign stands before, and the white space the end takes: all of it
// after -, none after +, else one newline where trim is set.
func (l *lexer) closed(sign byte, trim bool) {
	if sign != 0 {
		l.pos++
	}
	l.pos += 2
	rest := l.src[l.pos:]
	switch {
	case sign == '-':
		l.pos += len(rest) - len(strings.TrimLeftFunc(rest, isSpace))
	case sign == 0 && trim && strings.HasPrefix(rest, "\n"):
		l.pos++
	}
	l.lineStarted = l.src[l.pos-1] == '\n'
}

// ends reports whether the tag ends at l.pos: with end, or with a sign and end.
func (l *lexer) ends(end, signs string) (sign byte, ok bool) {
	rest := l.src[l.pos:]
	if strings.HasPrefix(rest, end) {
		return 0, true
	}
	if rest != "" && strings.IndexByte(signs, rest[0]) >= 0 && strings.HasPrefix(rest[1:], end) {
		return rest[0], true
	}
	return 0, false
}

func (l *lexer) comment(open int) {
	i := strings.Index(l.src[l.pos:], "#}")
	if i < 0 {
		l.fail(open, "the comment has no end")
		return
	}
	if i > 0 && strings.IndexByte("-+", l.src[l.pos+i-1]) >= 0 {
		i--
	}
	l.pos += i
	sign, _ := l.ends("#}", "-+")
	l.closed(sign, true)
}

// raw reads a whole {% raw %} block where one opens.
func (l *lexer) raw(open int) bool {
	save := l.pos
	if !l.word("raw") {
		l.pos = save
		return false
	}
	sign, ok := l.ends("%}", "-")
	if !ok {
		l.pos = save
		return false
	}
	l.closed(sign, false)
	for start, from := l.pos, l.pos; ; from += 2 {
		i := strings.Index(l.src[from:], "{%")
		if i < 0 {
			l.fail(open, "the raw block has no {% endraw %}")
			return true
		}
		from += i
		if l.pos = from + 2; l.pos < len(l.src) && strings.IndexByte("-+", l.src[l.pos]) >= 0 {
			l.pos++
		}
		if !l.word("endraw") {
			continue
		}
		sign, ok := l.ends("%}", "-+")
		if !ok {
			continue
		}
		end := l.pos
		l.text(start, from, true)
		l.pos = end
		l.closed(sign, true)
		return true
	}
}

// word skips white space, w, and white space.
func (l *lexer) word(w string) bool {
	rest := strings.TrimLeftFunc(l.src[l.pos:], isSpace)
	if !strings.HasPrefix(rest, w) {
		return false
	}
	l.pos = len(l.src) - len(strings.TrimLeftFunc(rest[len(w):], isSpace))
	return true
}

// operators, the long ones first.
var operators = [...]string{"//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=", ".", ":", "|", ",", ";"}

// inside reads the tokens between the ends of a tag.
func (l *lexer) inside(open int, end string, done tokenKind) {
	var brackets []byte
	signs := "-"
	if done == tTagDone {
		signs = "-+"
	}
	for l.bad == nil {
		if sign, ok := l.ends(end, signs); ok && len(brackets) == 0 {
			l.add(done, l.pos, "")
			l.closed(sign, done == tTagDone)
			return
		}
		if l.pos >= len(l.src) {
			l.fail(open, "the tag has no ", end)
			return
		}
		c, n := utf8.DecodeRuneInString(l.src[l.pos:])
		switch {
		case isSpace(c):
			l.pos += n
		case c >= '0' && c <= '9':
			l.number()
		case c == '_' || unicode.IsLetter(c):
			l.name()
		case c == '"' || c == '\'':
			l.quoted(byte(c))
		default:
			brackets = l.operator(brackets)
		}
	}
}

// maxName bounds names, which every step may look up: a long one would make a step dear.
const maxName = 256

func (l *lexer) name() {
	start := l.pos
	for l.pos < len(l.src) {
		c, n := utf8.DecodeRuneInString(l.src[l.pos:])
		if c != '_' && !unicode.IsLetter(c) && !unicode.IsDigit(c) {
			break
		}
		l.pos += n
	}
	if l.pos-start > maxName {
		l.failAs(start, fault.Limit, "a name of more than ", strconv.Itoa(maxName), " bytes")
		return
	}
	l.add(tName, start, l.src[start:l.pos])
}

func (l *lexer) operator(brackets []byte) []byte {
	for _, op := range operators {
		if !strings.HasPrefix(l.src[l.pos:], op) {
			continue
		}
		switch op {
		case "(":
			brackets = append(brackets, ')')
		case "[":
			brackets = append(brackets, ']')
		case "{":
			brackets = append(brackets, '}')
		case ")", "]", "}":
			if len(brackets) == 0 || brackets[len(brackets)-1] != op[0] {
				l.fail(l.pos, "an unexpected ", op)
				return nil
			}
			brackets = brackets[:len(brackets)-1]
		}
		l.add(tOp, l.pos, op)
		l.pos += len(op)
		return brackets
	}
	_, n := utf8.DecodeRuneInString(l.src[l.pos:])
	l.fail(l.pos, "an unexpected ", fault.Quote(l.src[l.pos:l.pos+n]))
	return nil
}
