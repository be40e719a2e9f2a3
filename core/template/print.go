package template

// How values print: Python's str and repr.

import (
	"math"
	"strconv"
	"strings"
	"unicode"

	"github.com/tritkit/tritkit/core/fault"
)

// print is Python's str(v).
func (r *run) print(at int, v Value) string {
	switch v.kind {
	case kindUndefined:
		return ""
	case kindText:
		return v.str
	}
	return string(r.repr(at, nil, v, 0))
}

// repr appends Python's repr(v) to b, which it bounds.
func (r *run) repr(at int, b []byte, v Value, depth int) []byte {
	if !r.nested(at, depth) || !r.spend(at, 1+len(v.str)/256) || len(b) > MaxOutput && !r.room(at, len(b)) {
		return b
	}
	switch v.kind {
	case kindUndefined:
		return append(b, "Undefined"...)
	case kindNone:
		return append(b, "None"...)
	case kindBool:
		if v.num != 0 {
			return append(b, "True"...)
		}
		return append(b, "False"...)
	case kindInt:
		return strconv.AppendInt(b, v.num, 10)
	case kindFloat:
		return appendFloat(b, v.float())
	case kindText:
		if v.safe {
			return append(appendQuoted(append(b, "Markup("...), v.str), ')')
		}
		return appendQuoted(b, v.str)
	case kindList:
		return append(r.reprItems(at, append(b, '['), v.items(), depth), ']')
	case kindTuple:
		b = r.reprItems(at, append(b, '('), v.items(), depth)
		if len(v.items()) == 1 {
			b = append(b, ',')
		}
		return append(b, ')')
	case kindRange:
		if v.str != "" {
			return append(b, v.str...)
		}
	case kindView:
		return append(r.reprItems(at, append(append(b, v.str...), "(["...), v.items(), depth), "])"...)
	case kindDict:
		b = append(b, '{')
		d := v.dict()
		for i, key := range d.keys {
			if i > 0 {
				b = append(b, ", "...)
			}
			b = append(r.repr(at, b, key, depth+1), ": "...)
			b = r.repr(at, b, d.values[i], depth+1)
		}
		return append(b, '}')
	}
	r.fail(at, "a ", v.typeName(), " has no text of its own")
	return b
}

func (r *run) reprItems(at int, b []byte, items []Value, depth int) []byte {
	for i, x := range items {
		if r.bad != nil {
			break
		}
		if i > 0 {
			b = append(b, ", "...)
		}
		b = r.repr(at, b, x, depth+1)
	}
	return b
}

// appendFloat writes the shortest text that reads back as f, with an exponent below 1e-4 and from 1e16 on.
func appendFloat(b []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(b, "nan"...)
	case math.IsInf(f, 0):
		if f < 0 {
			b = append(b, '-')
		}
		return append(b, "inf"...)
	}
	if a := math.Abs(f); a != 0 && (a < 1e-4 || a >= 1e16) {
		return strconv.AppendFloat(b, f, 'e', -1, 64)
	}
	start := len(b)
	b = strconv.AppendFloat(b, f, 'f', -1, 64)
	if !strings.Contains(string(b[start:]), ".") {
		b = append(b, ".0"...)
	}
	return b
}

// appendQuoted writes a text as Python does: in ' unless it holds ' and no ".
func appendQuoted(b []byte, s string) []byte {
	quote := byte('\'')
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		quote = '"'
	}
	b = append(b, quote)
	for _, c := range s {
		switch {
		case c == rune(quote) || c == '\\':
			b = append(b, '\\', byte(c))
		case c == '\n':
			b = append(b, `\n`...)
		case c == '\r':
			b = append(b, `\r`...)
		case c == '\t':
			b = append(b, `\t`...)
		case unicode.IsPrint(c):
			b = append(b, string(c)...)
		case c < 0x100:
			b = appendHex(append(b, `\x`...), c, 2)
		case c < 0x10000:
			b = appendHex(append(b, `\u`...), c, 4)
		default:
			b = appendHex(append(b, `\U`...), c, 8)
		}
	}
	return append(b, quote)
}

func appendHex(b []byte, c rune, digits int) []byte {
	for i := digits - 1; i >= 0; i-- {
		b = append(b, "0123456789abcdef"[c>>(4*i)&15])
	}
	return b
}

func undefinedName(name string) Value {
	return Value{str: "'" + name + "' is undefined"}
}

// undefinedMember is what an attribute or element that is not there gives.
func undefinedMember(of Value, name string) Value {
	what := of.typeName()
	if of.kind != kindNone {
		what += " object"
	}
	return Value{str: "'" + what + "' has no attribute " + fault.Quote(name)}
}

// useless fails because v is undefined and more is asked of it than to print.
func (r *run) useless(at int, v Value) Value {
	if v.str == "" {
		return r.fail(at, "a value is undefined")
	}
	return r.fail(at, v.str)
}
