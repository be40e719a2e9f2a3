package template

// Expressions, computed.

import (
	"slices"

	"github.com/tritkit/tritkit/core/fault"
)

func (r *run) eval(x expr, s *scope) Value {
	if !r.spend(x.at(), 1) {
		return Value{}
	}
	switch x := x.(type) {
	case *literal:
		return x.value
	case *variable:
		if v, ok := s.get(x.name); ok {
			return v
		}
		return undefinedName(x.name)
	case *captured:
		v, _ := s.get(capturedName)
		return v
	case *listing:
		k := kindList
		if x.tuple {
			k = kindTuple
		}
		return sequenceOf(k, r.evalList(x.items, s))
	case *dictionary:
		return r.dictionary(x, s)
	case *chain:
		v := r.eval(x.first, s)
		for _, l := range x.rest {
			v = r.operate(l.at(), l.op, v, r.eval(l.right, s))
		}
		return v
	case *comparison:
		return r.comparison(x, s)
	case *logic:
		return r.logic(x, s)
	case *unary:
		v := r.eval(x.x, s)
		if x.op == "not" {
			return Bool(!v.truth())
		}
		return r.sign(x.at(), x.op, v)
	case *choice:
		if r.eval(x.test, s).truth() {
			return r.eval(x.yes, s)
		} else if x.no != nil {
			return r.eval(x.no, s)
		}
		return Value{str: "the inline if has no else"}
	case *attribute:
		return r.attribute(x.at(), r.eval(x.x, s), x.name)
	case *index:
		v := r.eval(x.x, s)
		return r.index(x.at(), v, r.eval(x.key, s))
	case *slice:
		return r.slice(x, s)
	case *invocation:
		f := r.eval(x.function, s)
		args, named := r.arguments(x.args, s)
		return r.call(x.at(), f, args, named)
	case *filtered:
		v := r.eval(x.x, s)
		args, named := r.arguments(x.args, s)
		return r.apply(x.at(), "filter "+x.name, x.fn, v, args, named)
	case *tested:
		v := r.eval(x.x, s)
		args, named := r.arguments(x.args, s)
		return r.apply(x.at(), "test "+x.name, x.fn, v, args, named)
	}
	return Value{}
}

func (r *run) evalList(list []expr, s *scope) []Value {
	if len(list) == 0 {
		return nil
	}
	values := make([]Value, len(list))
	for i, x := range list {
		values[i] = r.eval(x, s)
	}
	return values
}

type namedValue struct {
	name  string
	value Value
}

func (r *run) arguments(a arguments, s *scope) ([]Value, []namedValue) {
	var named []namedValue
	list := r.evalList(a.list, s)
	for _, n := range a.named {
		named = append(named, namedValue{n.name, r.eval(n.x, s)})
	}
	return list, named
}

func (r *run) dictionary(x *dictionary, s *scope) Value {
	d := newDict(len(x.keys))
	for i, k := range x.keys {
		key := r.eval(k, s)
		hash, ok := r.hash(k.at(), key)
		if !ok {
			return r.fail(k.at(), "a ", key.typeName(), " is no key of a dict")
		}
		d.put(key, hash, r.eval(x.values[i], s))
	}
	return Value{kind: kindDict, ref: d}
}

func (r *run) comparison(x *comparison, s *scope) Value {
	a := r.eval(x.first, s)
	for _, l := range x.rest {
		b := r.eval(l.right, s)
		if r.bad != nil || !r.compares(l.at(), l.op, a, b) {
			return Bool(false)
		}
		a = b
	}
	return Bool(true)
}

// logic gives the term that decides, not a truth value, as Python does.
func (r *run) logic(x *logic, s *scope) (v Value) {
	for _, term := range x.terms {
		if v = r.eval(term, s); v.truth() == x.or || r.bad != nil {
			return v
		}
	}
	return v
}

// call calls a function, a method or a macro.
func (r *run) call(at int, f Value, args []Value, named []namedValue) Value {
	if r.bad != nil {
		return Value{}
	}
	switch f := f.ref.(type) {
	case *closure:
		return r.invoke(at, f, args, named)
	case *function:
		return r.apply(at, f.name, f.builtin, f.receiver, args, named)
	}
	if f.kind == kindUndefined {
		return r.useless(at, f)
	}
	return r.fail(at, "a ", f.typeName(), " cannot be called")
}

// iterate returns what a loop over v visits.
func (r *run) iterate(at int, v Value) ([]Value, bool) {
	if r.bad != nil {
		return nil, false
	}
	switch v.kind {
	case kindUndefined:
		return nil, true
	case kindList, kindTuple, kindRange, kindView:
		return v.items(), true
	case kindIterator:
		s := v.ref.(*sequence)
		if s.read {
			return nil, true
		}
		s.read = true
		return s.items, true
	case kindDict:
		return v.dict().keys, true
	case kindText:
		if !r.spend(at, len(v.str)) {
			return nil, false
		}
		items := make([]Value, 0, len(v.str))
		for _, c := range v.str {
			items = append(items, Value{kind: kindText, str: string(c)})
		}
		return items, true
	}
	r.fail(at, "a ", v.typeName(), " cannot be looped over")
	return nil, false
}

// function is one of ours, or a method with what it is called on.
type function struct {
	*builtin
	name     string
	receiver Value
}

// builtin is a filter, a test, a method or a function.
type builtin struct {
	params   string // names of the parameters, in order, with a space between; "*": any, in call.args and call.named
	required int
	fn       func(c *call) Value
}

// call is one use of a builtin. Parameters that are not given are undefined and not in given.
type call struct {
	*run
	at    int
	name  string
	in    Value
	args  []Value
	given []bool
	named []namedValue
}

func (c *call) fail(msg ...string) Value {
	return c.run.fail(c.at, "the ", c.name, ": ", join(msg))
}

// apply binds the arguments to the builtin's parameters and runs it.
func (r *run) apply(at int, name string, f *builtin, in Value, args []Value, named []namedValue) Value {
	if !r.spend(at, 1) {
		return Value{}
	}
	if f == nil {
		return r.fail(at, outside(name))
	}
	c := &call{run: r, at: at, name: name, in: in, args: args, named: named}
	if f.params == "*" {
		return f.fn(c)
	}
	params := words(f.params)
	if len(args) > len(params) {
		return c.fail("too many arguments")
	}
	c.args, c.given = make([]Value, len(params)), make([]bool, len(params))
	for i := range copy(c.args, args) {
		c.given[i] = true
	}
	for _, n := range named {
		i := slices.Index(params, n.name)
		if i < 0 || c.given[i] {
			return c.fail("the argument ", fault.Quote(n.name), " is not expected")
		}
		c.args[i], c.given[i] = n.value, true
	}
	for i := range f.required {
		if !c.given[i] {
			return c.fail("the argument ", params[i], " is missing")
		}
	}
	return f.fn(c)
}
