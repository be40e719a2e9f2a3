package template

// Tests: what stands after is.

import (
	"strings"
	"unicode"
)

var tests map[string]*builtin

// Filled here because select looks them up itself.
func init() {
	tests = map[string]*builtin{
		"boolean":     ofKind(kindBool),
		"callable":    ofKind(kindUndefined, kindLoop, kindMacro, kindFunction),
		"defined":     test("", func(c *call) bool { return c.in.kind != kindUndefined }),
		"divisibleby": test("num", func(c *call) bool { return c.divides(c.args[0], 0) }),
		"even":        test("", func(c *call) bool { return c.divides(Int(2), 0) }),
		"false":       test("", func(c *call) bool { return c.in.kind == kindBool && c.in.num == 0 }),
		"float":       ofKind(kindFloat),
		"in":          test("seq", func(c *call) bool { return c.contains(c.at, c.args[0], c.in) }),
		"integer":     ofKind(kindInt),
		"iterable":    test("", func(c *call) bool { return c.in.iterable() }),
		"lower":       test("", func(c *call) bool { return c.cased(unicode.IsLower, unicode.IsUpper) }),
		"mapping":     ofKind(kindDict),
		"none":        ofKind(kindNone),
		"number":      ofKind(kindBool, kindInt, kindFloat),
		"odd":         test("", func(c *call) bool { return c.divides(Int(2), 1) }),
		"sameas":      test("other", func(c *call) bool { return c.same(c.args[0]) }),
		"sequence":    ofKind(kindUndefined, kindText, kindList, kindTuple, kindRange, kindDict),
		"string":      ofKind(kindText),
		"true":        test("", func(c *call) bool { return c.in.kind == kindBool && c.in.num == 1 }),
		"undefined":   ofKind(kindUndefined),
		"upper":       test("", func(c *call) bool { return c.cased(unicode.IsUpper, unicode.IsLower) }),
	}
	for op, names := range map[string]string{"==": "== eq equalto", "!=": "!= ne", "<": "< lt lessthan", "<=": "<= le", ">": "> gt greaterthan", ">=": ">= ge"} {
		for _, name := range words(names) {
			tests[name] = test("b", func(c *call) bool { return c.compares(c.at, op, c.in, c.args[0]) })
		}
	}
}

// test makes a builtin of a question; all its parameters are required.
func test(params string, f func(c *call) bool) *builtin {
	return &builtin{params, len(words(params)), func(c *call) Value { return Bool(f(c)) }}
}

func ofKind(kinds ...kind) *builtin {
	return test("", func(c *call) bool {
		for _, k := range kinds {
			if c.in.kind == k {
				return true
			}
		}
		return false
	})
}

func words(s string) []string { return strings.Fields(s) }

func (c *call) divides(by Value, rest int64) bool {
	return c.operate(c.at, "%", c.in, by).float() == float64(rest)
}

func (v Value) iterable() bool {
	switch v.kind {
	case kindNone, kindBool, kindInt, kindFloat, kindNamespace, kindMacro, kindFunction:
		return false
	}
	return true
}

// same is Python's is: true of equal small values here, where Python's answer depends on how they came about.
func (c *call) same(other Value) bool {
	return c.spend(c.at, len(other.str)/256) && c.in.kind == other.kind && c.in.num == other.num && c.in.str == other.str && c.in.ref == other.ref
}

// cased reports whether the text has letters of the one case and none of the other.
func (c *call) cased(yes, no func(rune) bool) bool {
	s := c.printed(c.at, c.in).str
	if !c.room(c.at, len(s)) {
		return false
	}
	return strings.IndexFunc(s, yes) >= 0 && strings.IndexFunc(s, func(r rune) bool { return no(r) || unicode.IsTitle(r) }) < 0
}
