package template

// Statements, run one after the other.

import "strconv"

// block runs b in a scope of its own inside outer.
func (r *run) block(b *block, outer *scope) {
	r.list(b.list, r.scope(b, outer))
}

// scope returns the variables of b at its beginning.
func (r *run) scope(b *block, outer *scope) *scope {
	s := &scope{outer: outer}
	if len(b.hidden) == 0 || !r.spend(b.list[0].at(), len(b.hidden)) {
		return s
	}
	for _, name := range b.hidden {
		s.set(name, undefinedName(name))
	}
	return s
}

func (r *run) list(list []stmt, s *scope) {
	for _, x := range list {
		if r.jumped != onward || !r.spend(x.at(), 1) {
			return
		}
		r.statement(x, s)
	}
}

func (r *run) statement(x stmt, s *scope) {
	switch x := x.(type) {
	case *text:
		r.write(x.at(), x.text)
	case *output:
		r.write(x.at(), r.print(x.at(), r.eval(x.x, s)))
	case *branch:
		r.branch(x, s)
	case *loop:
		r.loop(x, s)
	case *assign:
		r.assign(x.target, r.eval(x.x, s), s)
	case *capture:
		r.capture(x.body, x.filters, s, func(v Value) { r.assign(x.target, v, s) })
	case *scoped:
		r.capture(x.body, x.filters, s, func(v Value) { r.write(x.at(), r.print(x.at(), v)) })
	case *macro:
		s.set(x.name, Value{kind: kindMacro, ref: &closure{x, s}})
	case *jump:
		r.jumped = leaveLoop
		if x.next {
			r.jumped = nextTurn
		}
	}
}

func (r *run) branch(x *branch, s *scope) {
	for i, test := range x.tests {
		if yes := r.eval(test, s).truth(); r.bad != nil {
			return
		} else if yes {
			r.list(x.then[i], s)
			return
		}
	}
	r.list(x.other, s)
}

// capture runs body into a text of its own, under filters, and gives it to use.
func (r *run) capture(body *block, filters expr, s *scope, use func(Value)) {
	v := r.captured(body, r.scope(body, s))
	if filters != nil {
		inner := &scope{outer: s}
		inner.set(capturedName, v)
		v = r.eval(filters, inner)
	}
	if r.bad == nil && r.jumped == onward {
		use(v)
	}
}

// capturedName is a variable that no template can name.
const capturedName = "{%"

func (r *run) captured(body *block, s *scope) Value {
	out := r.out
	r.out = nil
	r.list(body.list, s)
	v := Value{kind: kindText, str: string(r.out)}
	r.out = out
	return v
}

func (r *run) assign(t target, v Value, s *scope) {
	switch {
	case r.bad != nil:
	case t.parts != nil:
		items, ok := r.iterate(t.at(), v)
		if ok && r.spend(t.at(), len(t.parts)) && len(items) != len(t.parts) {
			r.fail(t.at(), strconv.Itoa(len(items)), " values for ", strconv.Itoa(len(t.parts)), " names")
		}
		for i := range t.parts {
			if r.bad == nil {
				r.assign(t.parts[i], items[i], s)
			}
		}
	case t.attr != "":
		ns, _ := s.get(t.name)
		if ns.kind != kindNamespace {
			r.fail(t.at(), "only a namespace has attributes to assign to, and ", t.name, " is ", ns.typeName())
			return
		}
		r.setAttribute(t.at(), ns.ref.(*scope), t.attr, v)
	default:
		s.set(t.name, v)
	}
}

// setAttribute refuses names that begin with an underscore, as transformers does.
func (r *run) setAttribute(at int, ns *scope, name string, v Value) {
	if name != "" && name[0] == '_' {
		r.fail(at, "the attribute ", name, " of a namespace begins with an underscore")
		return
	}
	ns.set(name, v)
}

// loopState is the variable loop.
type loopState struct {
	items []Value
	i     int
}

func (r *run) loop(x *loop, s *scope) {
	over := r.eval(x.over, s)
	items, ok := r.iterate(x.over.at(), over)
	if !ok {
		return
	}
	if x.filter != nil {
		items = r.kept(x, items, s)
	}
	state := &loopState{items: items}
	whole := false // whether a turn came to its end: without one, jinja2 runs the else even after a break
	for i, item := range items {
		state.i = i
		inner := r.scope(x.body, s)
		inner.set("loop", Value{kind: kindLoop, ref: state})
		r.assign(x.target, item, inner)
		r.list(x.body.list, inner)
		leave := r.jumped == leaveLoop
		whole = whole || r.jumped == onward
		r.jumped = onward
		if leave || !r.spend(x.at(), 1) {
			break
		}
	}
	if !whole && x.empty != nil {
		r.block(x.empty, s)
	}
}

// kept returns the items that pass the loop's if.
func (r *run) kept(x *loop, items []Value, s *scope) []Value {
	var kept []Value
	for _, item := range items {
		inner := &scope{outer: s}
		r.assign(x.target, item, inner)
		if !r.spend(x.at(), 1) {
			return nil
		}
		if r.eval(x.filter, inner).truth() {
			kept = append(kept, item)
		}
	}
	return kept
}

// closure is a macro and the scope it was defined in.
type closure struct {
	*macro
	scope *scope
}

// invoke runs a macro; arguments that are not given take their default, which sees the ones before it.
func (r *run) invoke(at int, m *closure, args []Value, named []namedValue) Value {
	if len(args) > len(m.params) {
		return r.fail(at, "the macro ", m.name, " takes ", strconv.Itoa(len(m.params)), " arguments, and gets ", strconv.Itoa(len(args)))
	}
	if r.depth++; !r.nested(at, r.depth) {
		return Value{}
	}
	defer func() { r.depth-- }()
	if !r.spend(at, len(m.params)) {
		return Value{}
	}
	s := r.scope(m.body, m.scope)
	given := make(map[string]bool, len(m.params))
	for _, name := range m.params {
		given[name] = false
	}
	for i, v := range args {
		s.set(m.params[i], v)
		given[m.params[i]] = true
	}
	for _, n := range named {
		if twice, known := given[n.name]; !known {
			return r.fail(at, "the macro ", m.name, " has no parameter ", n.name)
		} else if twice {
			return r.fail(at, "the macro ", m.name, " gets ", n.name, " twice")
		}
		s.set(n.name, n.value)
		given[n.name] = true
	}
	without := len(m.params) - len(m.defaults)
	for i, name := range m.params {
		switch {
		case given[name]:
		case i >= without:
			s.set(name, r.eval(m.defaults[i-without], s))
		default:
			s.set(name, Value{str: "the parameter '" + name + "' was not given"})
		}
	}
	jump := r.jumped
	v := r.captured(m.body, s)
	r.jumped = jump
	return v
}
