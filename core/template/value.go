package template

// Values: what a template computes with. They are Python's, as far as templates meet them.

import (
	"math"
	"strconv"
	"strings"
)

type kind uint8

const (
	kindUndefined kind = iota
	kindNone
	kindBool
	kindInt
	kindFloat
	kindText
	kindList
	kindTuple
	kindRange
	kindView     // of a dict: its items, keys or values
	kindIterator // what map and select give: it is read once, and has no length
	kindDict
	kindNamespace
	kindLoop
	kindMacro
	kindFunction
)

// Value is something a template can hold. The zero Value is undefined: it prints as nothing. Lists and dicts do not
// change once they are made, so values may be shared between renderings.
type Value struct {
	kind kind
	safe bool   // a text that the filter safe marked: what is added to it is escaped for HTML
	num  int64  // of a boolean or an integer; the bits of a float
	str  string // of a text; of an undefined value: what is said of it; of a view: its name; of a range: how it prints
	ref  any    // *sequence, *dict, *scope, *loopState, *closure, *function
}

// Field is one member of a dict.
type Field struct {
	Name  string
	Value Value
}

// None is Python's None and JSON's null.
func None() Value { return Value{kind: kindNone} }

// Bool is a truth value.
func Bool(b bool) Value {
	if b {
		return Value{kind: kindBool, num: 1}
	}
	return Value{kind: kindBool}
}

// Int is an integer.
func Int(n int64) Value { return Value{kind: kindInt, num: n} }

// Float is a number that prints with a point or an exponent.
func Float(f float64) Value { return Value{kind: kindFloat, num: int64(math.Float64bits(f))} }

// String is a text. Bytes that are not UTF-8 become U+FFFD.
func String(s string) Value { return Value{kind: kindText, str: strings.ToValidUTF8(s, "\ufffd")} }

// List is a list of values, which it keeps.
func List(items ...Value) Value { return sequenceOf(kindList, items) }

// Dict is a dict from names to values that keeps their order. Of two fields of one name the later value counts.
func Dict(fields ...Field) Value {
	d := newDict(len(fields))
	for _, f := range fields {
		name := String(f.Name)
		d.put(name, "t"+name.str, f.Value)
	}
	return Value{kind: kindDict, ref: d}
}

// sequence is what every ordered kind holds.
type sequence struct {
	items []Value
	read  bool // of an iterator: used up
}

func sequenceOf(k kind, items []Value) Value { return Value{kind: k, ref: &sequence{items: items}} }

// dict keeps the order in which its keys came.
type dict struct {
	keys, values []Value
	index        map[string]int // by hashable
}

func newDict(size int) *dict { return &dict{index: make(map[string]int, size)} }

func (d *dict) put(key Value, hash string, v Value) {
	if i, ok := d.index[hash]; ok {
		d.values[i] = v
		return
	}
	d.index[hash] = len(d.keys)
	d.keys, d.values = append(d.keys, key), append(d.values, v)
}

func (d *dict) get(hash string) (Value, bool) {
	i, ok := d.index[hash]
	if !ok {
		return Value{}, false
	}
	return d.values[i], true
}

// hashable returns a text that is equal for equal keys: True, 1 and 1.0 are one key in Python. Lists and dicts are none.
func hashable(v Value) (string, bool) {
	switch v.kind {
	case kindText:
		return "t" + v.str, true
	case kindBool, kindInt:
		return "i" + strconv.FormatInt(v.num, 10), true
	case kindFloat:
		if f := v.float(); f == math.Trunc(f) && math.Abs(f) < 1<<62 {
			return "i" + strconv.FormatInt(int64(f), 10), true
		}
		return "f" + strconv.FormatInt(v.num, 16), true
	case kindNone:
		return "n", true
	}
	return "", false
}

func (v Value) float() float64 {
	if v.kind == kindFloat {
		return math.Float64frombits(uint64(v.num))
	}
	return float64(v.num)
}

func (v Value) isNumber() bool { return v.kind == kindBool || v.kind == kindInt || v.kind == kindFloat }

// isInteger: True and False are integers in Python.
func (v Value) isInteger() bool { return v.kind == kindBool || v.kind == kindInt }

func (v Value) items() []Value {
	if s, ok := v.ref.(*sequence); ok {
		return s.items
	}
	return nil
}

func (v Value) dict() *dict { d, _ := v.ref.(*dict); return d }

// truth is Python's bool(v).
func (v Value) truth() bool {
	switch v.kind {
	case kindUndefined, kindNone:
		return false
	case kindBool, kindInt:
		return v.num != 0
	case kindFloat:
		return v.float() != 0
	case kindText:
		return v.str != ""
	case kindList, kindTuple, kindRange, kindView:
		return len(v.items()) > 0
	case kindDict:
		return len(v.dict().keys) > 0
	}
	return true
}

// typeName is what Python calls the type of v.
func (v Value) typeName() string {
	switch v.kind {
	case kindUndefined:
		return "Undefined"
	case kindNone:
		return "None"
	case kindBool:
		return "bool"
	case kindInt:
		return "int"
	case kindFloat:
		return "float"
	case kindText:
		return "str"
	case kindList:
		return "list"
	case kindTuple:
		return "tuple"
	case kindRange:
		return "range"
	case kindView:
		return v.str
	case kindIterator:
		return "generator"
	case kindDict:
		return "dict"
	case kindNamespace:
		return "Namespace"
	case kindLoop:
		return "LoopContext"
	case kindMacro:
		return "Macro"
	}
	return "function"
}
