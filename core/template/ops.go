package template

// Arithmetic, comparison and membership.

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

func (r *run) operate(at int, op string, a, b Value) Value {
	switch {
	case r.bad != nil:
		return Value{}
	case op == "~":
		a, b = r.printed(at, a), r.printed(at, b)
		a.safe, b.safe = false, false // without autoescape, ~ makes plain texts, where + does not
		return r.concat(at, a, b)
	case a.kind == kindUndefined:
		return r.useless(at, a)
	case b.kind == kindUndefined:
		return r.useless(at, b)
	case a.isInteger() && b.isInteger():
		return r.integers(at, op, a.num, b.num)
	case a.isNumber() && b.isNumber():
		return r.floats(at, op, a.float(), b.float())
	case op == "+" && a.kind == kindText && b.kind == kindText:
		return r.concat(at, a, b)
	case op == "+" && a.kind == b.kind && (a.kind == kindList || a.kind == kindTuple):
		if n := len(a.items()) + len(b.items()); r.spend(at, n) {
			return sequenceOf(a.kind, slices.Concat(a.items(), b.items()))
		}
		return Value{}
	case op == "*" && a.isInteger():
		return r.repeat(at, b, a)
	case op == "*" && b.isInteger():
		return r.repeat(at, a, b)
	case op == "%" && a.kind == kindText:
		return r.fail(at, "the operator % on a text is outside the subset")
	}
	return r.fail(at, "the operator ", op, " does not take ", a.typeName(), " and ", b.typeName())
}

// printed is v as a text, for ~ and the filters that print what they are given.
func (r *run) printed(at int, v Value) Value {
	if v.kind == kindText {
		return v
	}
	return Value{kind: kindText, str: r.print(at, v)}
}

// concat joins two texts. Where one is safe, the other is escaped, as markupsafe does.
func (r *run) concat(at int, a, b Value) Value {
	if !r.room(at, len(a.str)+len(b.str)) {
		return Value{}
	}
	if a.safe != b.safe {
		if a.safe {
			b.str = escapeHTML.Replace(b.str)
		} else {
			a.str = escapeHTML.Replace(a.str)
		}
		if !r.room(at, len(a.str)+len(b.str)) {
			return Value{}
		}
	}
	return Value{kind: kindText, safe: a.safe || b.safe, str: a.str + b.str}
}

var escapeHTML = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "'", "&#39;", `"`, "&#34;")

// repeat is v*n, for texts and lists.
func (r *run) repeat(at int, v, n Value) Value {
	times := max(n.num, 0)
	switch v.kind {
	case kindText:
		if len(v.str) == 0 || times == 0 {
			return Value{kind: kindText, safe: v.safe}
		}
		if times > MaxOutput || !r.room(at, len(v.str)*int(min(times, MaxOutput/int64(len(v.str))+1))) {
			r.room(at, MaxOutput+1)
			return Value{}
		}
		return Value{kind: kindText, safe: v.safe, str: strings.Repeat(v.str, int(times))}
	case kindList, kindTuple:
		size := len(v.items())
		if size == 0 || times == 0 {
			return sequenceOf(v.kind, nil)
		}
		if times > MaxSteps || !r.spend(at, size*int(min(times, MaxSteps/int64(size)+1))) {
			r.spend(at, MaxSteps+1)
			return Value{}
		}
		return sequenceOf(v.kind, slices.Repeat(v.items(), int(times)))
	}
	return r.fail(at, "the operator * does not take ", v.typeName(), " and ", n.typeName())
}

// integers computes in 64 bits; what needs more is an error, where Python goes on.
func (r *run) integers(at int, op string, a, b int64) Value {
	switch op {
	case "+":
		if c := a + b; (c > a) == (b > 0) {
			return Int(c)
		}
	case "-":
		if c := a - b; (c < a) == (b > 0) {
			return Int(c)
		}
	case "*":
		if a == 0 || b == 0 {
			return Int(0)
		}
		if c := a * b; c/b == a && !(a == -1 && b == math.MinInt64) && !(b == -1 && a == math.MinInt64) {
			return Int(c)
		}
	case "**":
		return r.power(at, a, b)
	case "/", "//", "%":
		if b == 0 {
			return r.fail(at, "a division by zero")
		}
		if op == "/" {
			return Float(float64(a) / float64(b))
		}
		if b == -1 && a == math.MinInt64 {
			break
		}
		q, m := a/b, a%b
		if m != 0 && (m < 0) != (b < 0) { // Python rounds down
			q, m = q-1, m+b
		}
		if op == "%" {
			return Int(m)
		}
		return Int(q)
	}
	return r.fail(at, "the result of ", strconv.FormatInt(a, 10), " ", op, " ", strconv.FormatInt(b, 10), " is outside 64 bits")
}

func (r *run) power(at int, a, b int64) Value {
	if b < 0 {
		if a == 0 {
			return r.fail(at, "a division by zero")
		}
		return Float(math.Pow(float64(a), float64(b)))
	}
	result := Int(1)
	base := Int(a)
	for ; b > 0 && r.bad == nil; b >>= 1 {
		if b&1 != 0 {
			result = r.integers(at, "*", result.num, base.num)
		}
		if b > 1 {
			base = r.integers(at, "*", base.num, base.num)
		}
	}
	return result
}

func (r *run) floats(at int, op string, a, b float64) Value {
	if b == 0 && (op == "/" || op == "//" || op == "%") {
		return r.fail(at, "a division by zero")
	}
	switch op {
	case "+":
		return Float(a + b)
	case "-":
		return Float(a - b)
	case "*":
		return Float(a * b)
	case "/":
		return Float(a / b)
	case "**":
		if f := math.Pow(a, b); !math.IsNaN(f) && !math.IsInf(f, 0) {
			return Float(f)
		}
		return r.fail(at, "the result of ** is no number")
	}
	m := math.Mod(a, b)
	q := (a - m) / b
	if m == 0 {
		m = math.Copysign(0, b)
	} else if (m < 0) != (b < 0) {
		m, q = m+b, q-1
	}
	if op == "%" {
		return Float(m)
	}
	if q == 0 {
		return Float(math.Copysign(0, a/b))
	}
	floor := math.Floor(q)
	if q-floor > 0.5 { // a quotient that lost its last bit
		floor++
	}
	return Float(floor)
}

func (r *run) sign(at int, op string, v Value) Value {
	switch {
	case r.bad != nil:
		return Value{}
	case v.kind == kindUndefined:
		return r.useless(at, v)
	case !v.isNumber():
		return r.fail(at, "the sign ", op, " does not take ", v.typeName())
	case v.kind == kindFloat && op == "-":
		return Float(-v.float())
	case v.kind == kindFloat:
		return v
	case op == "-":
		return r.integers(at, "-", 0, v.num)
	}
	return Int(v.num)
}

// equal is Python's a == b.
func (r *run) equal(at int, a, b Value, depth int) bool {
	if !r.nested(at, depth) || !r.spend(at, 1) {
		return false
	}
	switch {
	case a.isInteger() && b.isInteger():
		return a.num == b.num
	case a.isNumber() && b.isNumber():
		return a.float() == b.float()
	case a.kind != b.kind:
		return false
	}
	switch a.kind {
	case kindText:
		return r.spend(at, len(a.str)/256) && a.str == b.str
	case kindList, kindTuple, kindRange:
		x, y := a.items(), b.items()
		if len(x) != len(y) {
			return false
		}
		for i := range x {
			if !r.equal(at, x[i], y[i], depth+1) {
				return false
			}
		}
		return true
	case kindDict:
		x, y := a.dict(), b.dict()
		if len(x.keys) != len(y.keys) {
			return false
		}
		for i, key := range x.keys {
			hash, _ := r.hash(at, key)
			if v, ok := y.get(hash); !ok || !r.equal(at, x.values[i], v, depth+1) {
				return false
			}
		}
		return true
	}
	return a.ref == b.ref // none and undefined have none
}

// order compares numbers, texts and sequences, as < does: below, at or above zero.
func (r *run) order(at int, op string, a, b Value, depth int) int {
	switch {
	case !r.nested(at, depth) || !r.spend(at, 1+min(len(a.str), len(b.str))/256):
	case a.kind == kindUndefined:
		r.useless(at, a)
	case b.kind == kindUndefined:
		r.useless(at, b)
	case a.isInteger() && b.isInteger():
		return compare(a.num, b.num)
	case a.isNumber() && b.isNumber():
		return compare(a.float(), b.float())
	case a.kind == kindText && b.kind == kindText:
		return strings.Compare(a.str, b.str)
	case a.kind == b.kind && (a.kind == kindList || a.kind == kindTuple):
		x, y := a.items(), b.items()
		for i := range min(len(x), len(y)) {
			if !r.equal(at, x[i], y[i], depth+1) {
				return r.order(at, op, x[i], y[i], depth+1)
			}
		}
		return compare(len(x), len(y))
	default:
		r.fail(at, "the operator ", op, " does not take ", a.typeName(), " and ", b.typeName())
	}
	return 0
}

func compare[T int | int64 | float64](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func (r *run) compares(at int, op string, a, b Value) bool {
	switch op {
	case "==":
		return r.equal(at, a, b, 0)
	case "!=":
		return !r.equal(at, a, b, 0)
	case "in":
		return r.contains(at, b, a)
	case "not in":
		return !r.contains(at, b, a)
	case "<":
		return r.order(at, op, a, b, 0) < 0
	case "<=":
		return r.order(at, op, a, b, 0) <= 0
	case ">":
		return r.order(at, op, a, b, 0) > 0
	}
	return r.order(at, op, a, b, 0) >= 0
}

// contains is Python's x in list.
func (r *run) contains(at int, list, x Value) bool {
	switch list.kind {
	case kindText:
		if x.kind != kindText {
			r.fail(at, "a text holds texts, not ", x.typeName())
			return false
		}
		return r.spend(at, 1+len(list.str)/256) && strings.Contains(list.str, x.str)
	case kindDict:
		hash, ok := r.hash(at, x)
		if !ok && x.kind != kindUndefined && x.kind != kindTuple {
			r.fail(at, "a ", x.typeName(), " is no key of a dict")
		}
		_, found := list.dict().get(hash)
		return ok && found
	}
	items, _ := r.iterate(at, list)
	return slices.ContainsFunc(items, func(y Value) bool { return r.equal(at, x, y, 0) })
}
