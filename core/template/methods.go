package template

// Methods of texts, lists and dicts.

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

var textMethods = map[string]*builtin{
	"capitalize":   {"", 0, ofText(capitalize)},
	"count":        {"sub", 1, methodCount},
	"endswith":     {"suffix", 1, func(c *call) Value { return c.affix(strings.HasSuffix) }},
	"find":         {"sub", 1, func(c *call) Value { return c.find(strings.Index) }},
	"isalnum":      {"", 0, all(func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) })},
	"isalpha":      {"", 0, all(unicode.IsLetter)},
	"isdigit":      {"", 0, all(unicode.IsDigit)},
	"islower":      {"", 0, func(c *call) Value { return Bool(c.cased(unicode.IsLower, unicode.IsUpper)) }},
	"isspace":      {"", 0, all(isSpace)},
	"isupper":      {"", 0, func(c *call) Value { return Bool(c.cased(unicode.IsUpper, unicode.IsLower)) }},
	"join":         {"iterable", 1, methodJoin},
	"lower":        {"", 0, ofText(lower)},
	"lstrip":       {"chars", 0, func(c *call) Value { return c.stripped(true, false) }},
	"removeprefix": {"prefix", 1, func(c *call) Value { return c.without(strings.TrimPrefix) }},
	"removesuffix": {"suffix", 1, func(c *call) Value { return c.without(strings.TrimSuffix) }},
	"replace":      {"old new count", 2, methodReplace},
	"rfind":        {"sub", 1, func(c *call) Value { return c.find(strings.LastIndex) }},
	"rsplit":       {"sep maxsplit", 0, func(c *call) Value { return c.split(true) }},
	"rstrip":       {"chars", 0, func(c *call) Value { return c.stripped(false, true) }},
	"split":        {"sep maxsplit", 0, func(c *call) Value { return c.split(false) }},
	"splitlines":   {"keepends", 0, methodLines},
	"startswith":   {"prefix", 1, func(c *call) Value { return c.affix(strings.HasPrefix) }},
	"strip":        {"chars", 0, func(c *call) Value { return c.stripped(true, true) }},
	"title":        {"", 0, ofText(titleLetters)},
	"upper":        {"", 0, ofText(upper)},
}

var listMethods = map[string]*builtin{
	"copy":  {"", 0, func(c *call) Value { return c.in }},
	"count": {"value", 1, methodListCount},
	"index": {"value", 1, methodIndex},
}

var dictMethods = map[string]*builtin{
	"copy":   {"", 0, func(c *call) Value { return c.in }},
	"get":    {"key default", 1, methodGet},
	"items":  {"", 0, func(c *call) Value { return view("dict_items", c.pairs(c.in.dict())) }},
	"keys":   {"", 0, func(c *call) Value { return view("dict_keys", c.in.dict().keys) }},
	"values": {"", 0, func(c *call) Value { return view("dict_values", c.in.dict().values) }},
}

// What else Python's types have; the sandbox that transformers uses refuses those that change a list or dict.
const (
	foreignTextMethods = " casefold center encode expandtabs format format_map index isascii isdecimal isidentifier isnumeric isprintable istitle ljust maketrans partition rindex rjust rpartition swapcase translate zfill "
	foreignListMethods = " append clear extend insert pop remove reverse sort "
	foreignDictMethods = " clear fromkeys pop popitem setdefault update "
)

func view(name string, items []Value) Value {
	v := sequenceOf(kindView, items)
	v.str = name
	return v
}

// textArg returns a text that a method was given.
func (c *call) textArg(i int) (string, bool) {
	if c.args[i].kind != kindText {
		c.fail("its argument is a ", c.args[i].typeName(), ", no text")
		return "", false
	}
	return c.args[i].str, c.room(c.at, len(c.in.str))
}

func all(is func(rune) bool) func(c *call) Value {
	return func(c *call) Value {
		none := func(r rune) bool { return !is(r) }
		return Bool(c.room(c.at, len(c.in.str)) && c.in.str != "" && strings.IndexFunc(c.in.str, none) < 0)
	}
}

// affix is startswith and endswith, of one text or any of a tuple.
func (c *call) affix(has func(s, affix string) bool) Value {
	list := []Value{c.args[0]}
	if c.args[0].kind == kindTuple {
		list = c.args[0].items()
	}
	for _, x := range list {
		if x.kind != kindText {
			return c.fail("its argument is a ", x.typeName(), ", no text")
		}
		if !c.spend(c.at, 1+len(x.str)/256) || has(c.in.str, x.str) {
			return Bool(true)
		}
	}
	return Bool(false)
}

func (c *call) without(trim func(s, affix string) string) Value {
	s, ok := c.textArg(0)
	if !ok {
		return Value{}
	}
	return Value{kind: kindText, str: trim(c.in.str, s)}
}

func (c *call) find(search func(s, sub string) int) Value {
	s, ok := c.textArg(0)
	if !ok {
		return Value{}
	}
	i := search(c.in.str, s)
	if i > 0 {
		i = utf8.RuneCountInString(c.in.str[:i])
	}
	return Int(int64(i))
}

func methodCount(c *call) Value {
	s, ok := c.textArg(0)
	if !ok {
		return Value{}
	}
	return Int(int64(strings.Count(c.in.str, s)))
}

func (c *call) stripped(left, right bool) Value {
	return Value{kind: kindText, str: c.strip(c.in.str, 0, left, right)}
}

func methodReplace(c *call) Value {
	old, ok := c.textArg(0)
	by, ok2 := c.textArg(1)
	if !ok || !ok2 {
		return Value{}
	}
	return c.replaced(c.in.str, old, by, 2)
}

func methodJoin(c *call) Value {
	items, ok := c.iterate(c.at, c.args[0])
	if !ok {
		return Value{}
	}
	return c.joined(items, c.in.str, false)
}

func methodLines(c *call) Value {
	if !c.room(c.at, len(c.in.str)) {
		return Value{}
	}
	return texts(c.lines(c.in.str, c.args[0].truth()))
}

func texts(list []string) Value {
	values := make([]Value, len(list))
	for i, s := range list {
		values[i] = Value{kind: kindText, str: s}
	}
	return sequenceOf(kindList, values)
}

// split cuts at a separator, or without one at white space; from the right where back is set.
func (c *call) split(back bool) Value {
	limit := -1
	if c.given[1] {
		if !c.args[1].isInteger() {
			return c.fail("the most splits are no number")
		}
		if n := c.args[1].num; n >= 0 {
			limit = int(min(n, MaxOutput))
		}
	}
	s := c.in.str
	if !c.room(c.at, len(s)) {
		return Value{}
	}
	if !c.given[0] || c.args[0].kind == kindNone {
		return c.splitSpace(s, limit, back)
	}
	sep, ok := c.textArg(0)
	if !ok {
		return Value{}
	}
	if sep == "" {
		return c.fail("the separator is empty")
	}
	found := strings.Count(s, sep)
	if limit < 0 || limit > found {
		limit = found
	}
	if !c.spend(c.at, limit) {
		return Value{}
	}
	if !back {
		return texts(strings.SplitN(s, sep, limit+1))
	}
	list := make([]string, limit+1)
	for i := limit; i > 0; i-- {
		j := strings.LastIndex(s, sep)
		list[i], s = s[j+len(sep):], s[:j]
	}
	list[0] = s
	return texts(list)
}

func (c *call) splitSpace(s string, limit int, back bool) Value {
	if back && limit >= 0 {
		return c.fail("a bounded split from the right at white space is outside the subset")
	}
	var list []string
	for s = strings.TrimLeftFunc(s, isSpace); s != "" && c.spend(c.at, 1); s = strings.TrimLeftFunc(s, isSpace) {
		i := strings.IndexFunc(s, isSpace)
		if i < 0 || limit == len(list) {
			list = append(list, s)
			break
		}
		list, s = append(list, s[:i]), s[i:]
	}
	return texts(list)
}

func methodListCount(c *call) Value {
	n := int64(0)
	for _, x := range c.in.items() {
		if c.equal(c.at, x, c.args[0], 0) {
			n++
		}
	}
	return Int(n)
}

func methodIndex(c *call) Value {
	for i, x := range c.in.items() {
		if c.equal(c.at, x, c.args[0], 0) {
			return Int(int64(i))
		}
	}
	return c.fail("the value is not in the list")
}

func methodGet(c *call) Value {
	hash, ok := c.hash(c.at, c.args[0])
	if !ok && c.args[0].kind != kindUndefined && c.args[0].kind != kindTuple {
		return c.fail("a ", c.args[0].typeName(), " is no key of a dict")
	}
	if v, found := c.in.dict().get(hash); ok && found {
		return v
	}
	if c.given[1] {
		return c.args[1]
	}
	return None()
}
