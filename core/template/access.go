package template

// Attributes, indices and slices.

import (
	"strings"
	"unicode/utf8"

	"github.com/tritkit/tritkit/core/fault"
)

// attribute is x.name: a method of x's type, else the member of that name.
func (r *run) attribute(at int, x Value, name string) Value {
	switch {
	case r.bad != nil:
		return Value{}
	case x.kind == kindUndefined:
		return r.useless(at, x)
	case strings.HasPrefix(name, "__"):
		return r.fail(at, "the attribute ", name, " is outside the subset")
	}
	if v, ok := r.method(at, x, name); ok {
		return v
	}
	return r.member(x, name)
}

// method returns an attribute of Python's type of x.
func (r *run) method(at int, x Value, name string) (Value, bool) {
	methods, foreign := textMethods, foreignTextMethods
	switch x.kind {
	case kindText:
		if x.safe {
			return r.fail(at, "a method of a text marked safe is outside the subset"), true
		}
	case kindDict:
		methods, foreign = dictMethods, foreignDictMethods
	case kindList, kindTuple:
		methods, foreign = listMethods, foreignListMethods
	case kindNamespace:
		return x.ref.(*scope).get(name)
	case kindLoop:
		return r.loopAttribute(at, x, name)
	default:
		return Value{}, false
	}
	if f := methods[name]; f != nil {
		return Value{kind: kindFunction, ref: &function{f, "method " + name, x}}, true
	}
	if strings.Contains(foreign, " "+name+" ") {
		return r.fail(at, "the method ", name, " of a ", x.typeName(), " is outside the subset"), true
	}
	return Value{}, false
}

func (r *run) member(x Value, name string) Value {
	if x.kind == kindDict {
		if v, ok := x.dict().get("t" + name); ok {
			return v
		}
	}
	return undefinedMember(x, name)
}

func (r *run) loopAttribute(at int, x Value, name string) (Value, bool) {
	l := x.ref.(*loopState)
	n := int64(len(l.items))
	i := int64(l.i)
	switch name {
	case "index":
		return Int(i + 1), true
	case "index0":
		return Int(i), true
	case "revindex":
		return Int(n - i), true
	case "revindex0":
		return Int(n - i - 1), true
	case "first":
		return Bool(i == 0), true
	case "last":
		return Bool(i == n-1), true
	case "length":
		return Int(n), true
	case "depth":
		return Int(1), true
	case "depth0":
		return Int(0), true
	case "previtem":
		if i == 0 {
			return Value{str: "there is no previous item"}, true
		}
		return l.items[i-1], true
	case "nextitem":
		if i == n-1 {
			return Value{str: "there is no next item"}, true
		}
		return l.items[i+1], true
	case "cycle", "changed":
		return r.fail(at, "loop.", name, " is outside the subset"), true
	}
	return Value{}, false
}

// index is x[key]: the element, else for a text as key the attribute.
func (r *run) index(at int, x, key Value) Value {
	switch {
	case r.bad != nil:
		return Value{}
	case x.kind == kindUndefined:
		return r.useless(at, x)
	}
	if v, ok := r.element(at, x, key); ok {
		return v
	}
	if key.kind == kindText && !strings.HasPrefix(key.str, "__") {
		if v, ok := r.method(at, x, key.str); ok {
			return v
		}
		return undefinedMember(x, key.str)
	}
	return Value{str: "'" + x.typeName() + " object' has no element " + r.shown(key)}
}

// shown is a key in an error's words.
func (r *run) shown(key Value) string {
	if key.isInteger() || key.kind == kindText {
		return fault.Quote(r.print(0, key))
	}
	return "of the kind " + key.typeName()
}

func (r *run) element(at int, x, key Value) (Value, bool) {
	switch x.kind {
	case kindDict:
		hash, ok := r.hash(at, key)
		if !ok {
			return Value{}, false
		}
		return x.dict().get(hash)
	case kindList, kindTuple, kindRange:
		items := x.items()
		if i, ok := position(key, len(items)); ok {
			return items[i], true
		}
	case kindText:
		if !key.isInteger() || !r.spend(at, len(x.str)/256) {
			return Value{}, false
		}
		i, ok := position(key, utf8.RuneCountInString(x.str))
		if !ok {
			return Value{}, false
		}
		for _, c := range x.str {
			if i--; i < 0 {
				return Value{kind: kindText, safe: x.safe, str: string(c)}, true
			}
		}
	}
	return Value{}, false
}

// position is where an index, from the end where it is negative, points in n elements.
func position(key Value, n int) (int, bool) {
	if !key.isInteger() {
		return 0, false
	}
	i := key.num
	if i < 0 {
		i += int64(n)
	}
	return int(i), i >= 0 && i < int64(n)
}

func (r *run) slice(x *slice, s *scope) Value {
	v := r.eval(x.x, s)
	var ends [3]Value
	for i, e := range []expr{x.low, x.high, x.by} {
		ends[i] = None()
		if e != nil {
			ends[i] = r.eval(e, s)
		}
	}
	switch {
	case r.bad != nil:
		return Value{}
	case v.kind == kindUndefined:
		return r.useless(x.at(), v)
	case v.kind != kindText && v.kind != kindList && v.kind != kindTuple && v.kind != kindRange:
		return r.fail(x.at(), "a ", v.typeName(), " has no slices")
	}
	for _, e := range ends {
		if e.kind != kindNone && !e.isInteger() {
			return r.fail(x.at(), "a slice from or to a ", e.typeName())
		}
	}
	if ends[2].kind != kindNone && ends[2].num == 0 {
		return r.fail(x.at(), "the step of a slice is zero")
	}
	if v.kind == kindText {
		return r.sliceText(x.at(), v, ends)
	}
	low, high, step := bounds(ends, len(v.items()))
	var items []Value
	for i := low; step > 0 && i < high || step < 0 && i > high; i += step {
		if !r.spend(x.at(), 1) {
			return Value{}
		}
		items = append(items, v.items()[i])
	}
	return sequenceOf(v.kind, items)
}

// sliceText cuts between characters, not bytes.
func (r *run) sliceText(at int, v Value, ends [3]Value) Value {
	if !r.room(at, len(v.str)) {
		return Value{}
	}
	if ends[2].kind == kindNone && utf8.RuneCountInString(v.str) == len(v.str) {
		low, high, _ := bounds(ends, len(v.str))
		return Value{kind: kindText, safe: v.safe, str: v.str[low:max(low, high)]}
	}
	if !r.spend(at, len(v.str)/16) {
		return Value{}
	}
	runes := []rune(v.str)
	low, high, step := bounds(ends, len(runes))
	var b []byte
	for i := low; step > 0 && i < high || step < 0 && i > high; i += step {
		b = utf8.AppendRune(b, runes[i])
	}
	return Value{kind: kindText, safe: v.safe, str: string(b)}
}

// bounds clips the ends of a slice of n elements, as Python does.
func bounds(ends [3]Value, n int) (low, high, step int) {
	step = 1
	if ends[2].kind != kindNone {
		step = int(max(min(ends[2].num, int64(n)+1), -int64(n)-1)) // more would step out as well
	}
	first, last := 0, n // where the walk may begin and end
	low, high = 0, n
	if step < 0 {
		first, last = -1, n-1
		low, high = n-1, -1
	}
	clip := func(v Value, otherwise int) int {
		if v.kind == kindNone {
			return otherwise
		}
		i := v.num
		if i < 0 {
			i += int64(n)
		}
		return int(max(min(i, int64(last)), int64(first)))
	}
	return clip(ends[0], low), clip(ends[1], high), step
}
