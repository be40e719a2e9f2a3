package template

// Filters: what stands after |.

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tritkit/tritkit/core/fault"
)

var filters map[string]*builtin

// Filled here because map and select look filters and tests up themselves.
func init() {
	filters = map[string]*builtin{
		"abs":        {"", 0, filterAbs},
		"capitalize": {"", 0, ofText(capitalize)},
		"count":      {"", 0, filterLength},
		"d":          {"default_value boolean", 0, filterDefault},
		"default":    {"default_value boolean", 0, filterDefault},
		"dictsort":   {"case_sensitive by reverse", 0, filterDictSort},
		"first":      {"", 0, filterFirst},
		"float":      {"default", 0, filterFloat},
		"indent":     {"width first blank", 0, filterIndent},
		"int":        {"default", 0, filterInt},
		"items":      {"", 0, filterItems},
		"join":       {"d attribute", 0, filterJoin},
		"last":       {"", 0, filterLast},
		"length":     {"", 0, filterLength},
		"list":       {"", 0, filterList},
		"lower":      {"", 0, ofText(lower)},
		"map":        {"*", 0, filterMap},
		"max":        {"case_sensitive attribute", 0, func(c *call) Value { return c.extreme(1) }},
		"min":        {"case_sensitive attribute", 0, func(c *call) Value { return c.extreme(-1) }},
		"reject":     {"*", 0, func(c *call) Value { return c.keep(false, false) }},
		"rejectattr": {"*", 0, func(c *call) Value { return c.keep(true, false) }},
		"replace":    {"old new count", 2, filterReplace},
		"reverse":    {"", 0, filterReverse},
		"round":      {"precision method", 0, filterRound},
		"safe":       {"", 0, filterSafe},
		"select":     {"*", 0, func(c *call) Value { return c.keep(false, true) }},
		"selectattr": {"*", 0, func(c *call) Value { return c.keep(true, true) }},
		"sort":       {"reverse case_sensitive attribute", 0, filterSort},
		"string":     {"", 0, func(c *call) Value { return c.printed(c.at, c.in) }},
		"sum":        {"attribute start", 0, filterSum},
		"title":      {"", 0, ofText(titleWords)},
		"tojson":     {"ensure_ascii indent separators sort_keys", 0, filterJSON},
		"trim":       {"chars", 0, filterTrim},
		"unique":     {"case_sensitive attribute", 0, filterUnique},
		"upper":      {"", 0, ofText(upper)},
	}
}

// ofText makes a filter of a function on texts; other values are printed first.
func ofText(f func(string) string) func(c *call) Value {
	return func(c *call) Value {
		v := c.printed(c.at, c.in)
		if !c.room(c.at, len(v.str)) {
			return Value{}
		}
		s := f(v.str)
		if !c.room(c.at, len(s)) {
			return Value{}
		}
		return Value{kind: kindText, safe: v.safe, str: s}
	}
}

func filterDefault(c *call) Value {
	if c.in.kind != kindUndefined && !(c.args[1].truth() && !c.in.truth()) {
		return c.in
	}
	if !c.given[0] {
		return String("")
	}
	return c.args[0]
}

func filterSafe(c *call) Value {
	v := c.printed(c.at, c.in)
	v.safe = true
	return v
}

func filterTrim(c *call) Value {
	v := c.printed(c.at, c.in)
	v.str = c.strip(v.str, 0, true, true)
	return v
}

func filterLength(c *call) Value {
	switch c.in.kind {
	case kindUndefined:
		return Int(0)
	case kindText:
		c.spend(c.at, len(c.in.str)/256)
		return Int(int64(utf8.RuneCountInString(c.in.str)))
	case kindList, kindTuple, kindRange, kindView:
		return Int(int64(len(c.in.items())))
	case kindDict:
		return Int(int64(len(c.in.dict().keys)))
	}
	return c.fail("a ", c.in.typeName(), " has no length")
}

func filterList(c *call) Value {
	items, _ := c.iterate(c.at, c.in)
	if !c.spend(c.at, len(items)) {
		return Value{}
	}
	return sequenceOf(kindList, items)
}

func filterFirst(c *call) Value {
	if items, _ := c.iterate(c.at, c.in); len(items) > 0 {
		return items[0]
	}
	return Value{str: "there is no first item: the sequence is empty"}
}

func filterLast(c *call) Value {
	if c.in.kind == kindIterator {
		return c.fail("a generator has no last item before it is a list")
	}
	if items, _ := c.iterate(c.at, c.in); len(items) > 0 {
		return items[len(items)-1]
	}
	return Value{str: "there is no last item: the sequence is empty"}
}

func filterReverse(c *call) Value {
	items, _ := c.iterate(c.at, c.in)
	if !c.spend(c.at, len(items)) {
		return Value{}
	}
	items = slices.Clone(items)
	slices.Reverse(items)
	if c.in.kind != kindText {
		return sequenceOf(kindIterator, items)
	}
	var b []byte
	for _, x := range items {
		b = append(b, x.str...)
	}
	return c.text(c.at, b)
}

func filterItems(c *call) Value {
	switch c.in.kind {
	case kindUndefined:
		return sequenceOf(kindIterator, nil)
	case kindDict:
		return sequenceOf(kindIterator, c.pairs(c.in.dict()))
	}
	return c.fail("a ", c.in.typeName(), " has no items: it is no dict")
}

// pairs returns the members of a dict as tuples.
func (c *call) pairs(d *dict) []Value {
	if !c.spend(c.at, len(d.keys)) {
		return nil
	}
	list := make([]Value, len(d.keys))
	for i := range list {
		list[i] = sequenceOf(kindTuple, []Value{d.keys[i], d.values[i]})
	}
	return list
}

func filterJoin(c *call) Value {
	items, ok := c.iterate(c.at, c.in)
	if ok && c.args[1].truth() {
		items = c.attributes(items, c.args[1], Value{})
	}
	return c.joined(items, c.printed(c.at, c.args[0]).str, true)
}

// joined puts texts together; other values are printed first where any is set.
func (c *call) joined(items []Value, between string, any bool) Value {
	var b []byte
	for i, x := range items {
		if x.kind != kindText && !any {
			return c.fail("a ", x.typeName(), " stands where texts are joined")
		}
		s := c.printed(c.at, x).str
		if i > 0 {
			s = between + s
		}
		if !c.room(c.at, len(b)+len(s)) {
			return Value{}
		}
		c.steps += len(b) / 256 // only what is added costs
		b = append(b, s...)
	}
	return c.text(c.at, b)
}

func filterReplace(c *call) Value {
	old, by := c.printed(c.at, c.args[0]), c.printed(c.at, c.args[1])
	if c.in.safe || old.safe || by.safe {
		return c.fail("a text marked safe is outside the subset")
	}
	return c.replaced(c.printed(c.at, c.in).str, old.str, by.str, 2)
}

// filterIndent follows jinja2: lines end where Python's splitlines says, and come back with \n.
func filterIndent(c *call) Value {
	if c.in.kind != kindText {
		return c.fail("a ", c.in.typeName(), " has no lines: it is no text")
	}
	by := Value{kind: kindText, str: "    "}
	if c.given[0] {
		if by = c.args[0]; by.isInteger() {
			by = c.repeat(c.at, Value{kind: kindText, str: " "}, by)
		} else if by.kind != kindText {
			return c.fail("the width is neither a number nor a text")
		}
	}
	var b []byte
	if c.args[1].truth() {
		b = append(b, by.str...)
	}
	for i, line := range c.lines(c.in.str+"\n", false) {
		if i > 0 {
			b = append(b, '\n')
			if line != "" || c.args[2].truth() {
				b = append(b, by.str...)
			}
		}
		if !c.room(c.at, len(b)+len(line)) {
			return Value{}
		}
		c.steps += len(b) / 256
		b = append(b, line...)
	}
	v := c.text(c.at, b)
	v.safe = c.in.safe
	return v
}

func filterAbs(c *call) Value {
	switch {
	case !c.in.isNumber():
		return c.fail("a ", c.in.typeName(), " is no number")
	case c.in.kind == kindFloat:
		return Float(math.Abs(c.in.float()))
	case c.in.num < 0:
		return c.integers(c.at, "-", 0, c.in.num)
	}
	return Int(c.in.num)
}

func filterInt(c *call) Value {
	otherwise := Int(0)
	if c.given[0] {
		otherwise = c.args[0]
	}
	switch c.in.kind {
	case kindUndefined:
		return c.useless(c.at, c.in)
	case kindBool, kindInt:
		return Int(c.in.num)
	case kindText:
		if !c.spend(c.at, len(c.in.str)/16) { // reading digits is slower than copying them
			return Value{}
		}
		if n, err := strconv.ParseInt(number(c.in.str), 10, 64); err == nil {
			return Int(n)
		}
	}
	f, ok := c.in.number()
	if !ok || math.IsNaN(f) || math.IsInf(f, 0) {
		return otherwise
	}
	if math.Abs(f) >= 1<<63 {
		return c.fail("the number is outside 64 bits")
	}
	return Int(int64(f))
}

func filterFloat(c *call) Value {
	if c.in.kind == kindUndefined {
		return c.useless(c.at, c.in)
	}
	if !c.spend(c.at, len(c.in.str)/16) {
		return Value{}
	}
	if f, ok := c.in.number(); ok {
		return Float(f)
	}
	if c.given[0] {
		return c.args[0]
	}
	return Float(0)
}

// number is the text of a number as Go reads it: Python takes white space around it, and no hexadecimal.
func number(s string) string {
	s = strings.TrimFunc(s, isSpace)
	if strings.ContainsAny(s, "xXpP_") {
		return fault.Quote(s) // no number
	}
	return s
}

func (v Value) number() (float64, bool) {
	if v.kind == kindText {
		f, err := strconv.ParseFloat(number(v.str), 64)
		return f, err == nil || math.IsInf(f, 0)
	}
	return v.float(), v.isNumber()
}

func filterRound(c *call) Value {
	if !c.in.isNumber() {
		return c.fail("a ", c.in.typeName(), " is no number")
	}
	digits := 0
	if c.given[0] {
		if !c.args[0].isInteger() || c.args[0].num < 0 || c.args[0].num > 100 {
			return c.fail("the precision is not between 0 and 100")
		}
		digits = int(c.args[0].num)
	}
	f, method := c.in.float(), "common"
	if c.given[1] {
		method = c.args[1].str
	}
	switch scale := math.Pow(10, float64(digits)); method {
	case "common":
		if c.in.isInteger() {
			return Int(c.in.num)
		}
		f, _ = strconv.ParseFloat(strconv.FormatFloat(f, 'f', digits, 64), 64)
		return Float(f)
	case "ceil":
		return Float(math.Ceil(f*scale) / scale)
	case "floor":
		return Float(math.Floor(f*scale) / scale)
	}
	return c.fail("the method is none of common, ceil, floor")
}
