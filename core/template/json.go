package template

// JSON, written as Python's json.dumps writes it, and read into values.

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/json"
)

// ParseJSON reads one JSON value; dicts keep the order of their members. A number with a point, an exponent or more than
// 64 bits is a float.
func ParseJSON(data []byte) (Value, error) {
	d := json.NewDecoder(data, json.Limits{Depth: MaxDepth})
	v, err := decode(d)
	if err == nil {
		err = d.End()
	}
	return v, err
}

func decode(d *json.Decoder) (v Value, err error) {
	switch d.Kind() {
	case 'n':
		return None(), d.Skip()
	case 't', 'f':
		b, err := d.Bool()
		return Bool(b), err
	case '"':
		s, err := d.String()
		return String(s), err
	case '[':
		var list []Value
		err := d.Array(func(int) error {
			x, err := decode(d)
			list = append(list, x)
			return err
		})
		return List(list...), err
	case '{':
		var fields []Field
		err := d.Object(func(name string) error {
			x, err := decode(d)
			fields = append(fields, Field{name, x})
			return err
		})
		return Dict(fields...), err
	}
	raw, err := d.Raw()
	if err != nil {
		return Value{}, err
	}
	if n, err := strconv.ParseInt(string(raw), 10, 64); err == nil {
		return Int(n), nil
	}
	f, err := strconv.ParseFloat(string(raw), 64)
	if err != nil {
		return Value{}, fault.New("template", fault.JSON, "the number ", fault.Quote(string(raw)), " is too large").Because(err)
	}
	return Float(f), nil
}

// dumper writes one value with the options of json.dumps.
type dumper struct {
	*call
	b            []byte
	ascii, sort  bool
	indent       string
	lines        bool
	comma, colon string
}

func filterJSON(c *call) Value {
	d := &dumper{call: c, ascii: c.args[0].truth(), sort: c.args[3].truth(), comma: ", ", colon: ": "}
	if v := c.args[1]; v.kind != kindUndefined && v.kind != kindNone {
		d.lines, d.comma = true, ","
		switch {
		case v.kind == kindText:
			d.indent = v.str
		case v.isInteger():
			d.indent = c.repeat(c.at, Value{kind: kindText, str: " "}, v).str
		default:
			return c.fail("the indent is neither a number nor a text")
		}
	}
	if v := c.args[2]; v.kind != kindUndefined && v.kind != kindNone {
		pair := v.items()
		if len(pair) != 2 || pair[0].kind != kindText || pair[1].kind != kindText {
			return c.fail("the separators are not two texts")
		}
		d.comma, d.colon = pair[0].str, pair[1].str
	}
	d.value(c.in, 0)
	return c.text(c.at, d.b)
}

func (d *dumper) value(v Value, depth int) {
	if !d.nested(d.at, depth) || !d.spend(d.at, 1+len(v.str)/256) || len(d.b) > MaxOutput && !d.room(d.at, len(d.b)) {
		return
	}
	switch v.kind {
	case kindNone:
		d.b = append(d.b, "null"...)
	case kindBool:
		d.b = strconv.AppendBool(d.b, v.num != 0)
	case kindInt:
		d.b = strconv.AppendInt(d.b, v.num, 10)
	case kindFloat:
		d.b = append(d.b, jsonNumber(v.float())...)
	case kindText:
		d.quote(v.str)
	case kindList, kindTuple:
		d.b = append(d.b, '[')
		for i, x := range v.items() {
			d.before(i, depth)
			d.value(x, depth+1)
			if d.bad != nil {
				return
			}
		}
		d.end(len(v.items()), depth, ']')
	case kindDict:
		d.dict(v.dict(), depth)
	default:
		d.fail("a ", v.typeName(), " has no JSON")
	}
}

func (d *dumper) dict(x *dict, depth int) {
	names := make([]string, len(x.keys))
	order := make([]int, len(x.keys))
	for i, key := range x.keys {
		order[i] = i
		names[i] = key.str
		switch {
		case key.kind == kindNone:
			names[i] = "null"
		case key.kind == kindBool:
			names[i] = strconv.FormatBool(key.num != 0)
		case key.kind == kindFloat:
			names[i] = jsonNumber(key.float())
		case key.kind == kindInt:
			names[i] = strconv.FormatInt(key.num, 10)
		}
	}
	if d.sort {
		slices.SortStableFunc(order, func(i, j int) int { return d.order(d.at, "<", x.keys[i], x.keys[j], 0) })
	}
	d.b = append(d.b, '{')
	for n, i := range order {
		if !d.spend(d.at, 1+len(names[i])/256) {
			return
		}
		d.before(n, depth)
		d.quote(names[i])
		d.b = append(d.b, d.colon...)
		d.value(x.values[i], depth+1)
	}
	d.end(len(order), depth, '}')
}

// before writes what stands before the element i: a comma and, where lines are asked for, a new one.
func (d *dumper) before(i, depth int) {
	if i > 0 {
		d.b = append(d.b, d.comma...)
	}
	d.line(depth + 1)
}

func (d *dumper) end(n, depth int, bracket byte) {
	if n > 0 {
		d.line(depth)
	}
	d.b = append(d.b, bracket)
}

func (d *dumper) line(depth int) {
	if !d.lines || !d.room(d.at, len(d.b)+1+depth*len(d.indent)) {
		return
	}
	d.steps += len(d.b) / 256 // only what is added costs
	d.b = append(d.b, '\n')
	for range depth {
		d.b = append(d.b, d.indent...)
	}
}

func jsonNumber(f float64) string {
	switch s := string(appendFloat(nil, f)); s {
	case "nan":
		return "NaN"
	case "inf":
		return "Infinity"
	case "-inf":
		return "-Infinity"
	default:
		return s
	}
}

// quote escapes what JSON must, and with ascii all that is not ASCII; Python leaves DEL as it is.
func (d *dumper) quote(s string) {
	d.b = append(d.b, '"')
	for _, c := range s {
		i := strings.IndexRune("\"\\\n\r\t\f\b", c)
		switch {
		case i >= 0:
			d.b = append(d.b, '\\', `"\nrtfb`[i])
		case c < 0x20 || d.ascii && c > 0x7e && c < 0x10000:
			d.b = appendHex(append(d.b, `\u`...), c, 4)
		case d.ascii && c > 0x7e:
			high, low := utf16.EncodeRune(c)
			d.b = appendHex(append(d.b, `\u`...), high, 4)
			d.b = appendHex(append(d.b, `\u`...), low, 4)
		default:
			d.b = utf8.AppendRune(d.b, c)
		}
	}
	d.b = append(d.b, '"')
}
