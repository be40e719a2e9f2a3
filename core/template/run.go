package template

// One rendering: its variables, its output and what it may still spend.

import (
	"strconv"

	"github.com/tritkit/tritkit/core/fault"
)

// run keeps the first failure; after it every evaluation returns at once, undefined.
type run struct {
	out    []byte
	steps  int
	depth  int // macros that called one another
	jumped jumped
	bad    *failure
}

type jumped uint8

const (
	onward jumped = iota
	nextTurn
	leaveLoop
)

// scope is the variables of one block, or the attributes of a namespace.
type scope struct {
	outer *scope
	vars  map[string]Value
}

func (s *scope) set(name string, v Value) {
	if s.vars == nil {
		s.vars = make(map[string]Value, 4)
	}
	s.vars[name] = v
}

func (s *scope) get(name string) (Value, bool) {
	for ; s != nil; s = s.outer {
		if v, ok := s.vars[name]; ok {
			return v, true
		}
	}
	return Value{}, false
}

// globals returns the scope of what the template is given: the functions, and over them the data.
func (r *run) globals(d Data) *scope {
	s := &scope{}
	for name, f := range functions {
		s.set(name, Value{kind: kindFunction, ref: &function{builtin: f, name: name}})
	}
	if d.Now != (Clock{}) {
		s.set("strftime_now", Value{kind: kindFunction, ref: &function{builtin: d.Now.function(), name: "strftime_now"}})
	}
	s = &scope{outer: s}
	messages := make([]Value, len(d.Messages))
	for i, m := range d.Messages {
		messages[i] = Dict(append([]Field{{"role", String(m.Role)}, {"content", String(m.Content)}}, m.Fields...)...)
	}
	s.set("messages", List(messages...))
	s.set("add_generation_prompt", Bool(d.AddGenerationPrompt))
	s.set("tools", None())
	s.set("documents", None())
	if d.BOS != "" {
		s.set("bos_token", String(d.BOS))
	}
	if d.EOS != "" {
		s.set("eos_token", String(d.EOS))
	}
	for name, v := range d.Extra {
		s.set(name, v)
	}
	return s
}

// fail keeps the first failure and returns the undefined value that stands for its result.
func (r *run) fail(at int, msg ...string) Value {
	r.failAs(at, fault.Template, nil, msg...)
	return Value{}
}

func (r *run) failAs(at int, class fault.Class, cause error, msg ...string) {
	if r.bad == nil {
		r.bad = &failure{pos: at, class: class, msg: join(msg), cause: cause}
	}
}

// spend counts n steps and reports whether the rendering may go on.
func (r *run) spend(at, n int) bool {
	if r.bad != nil {
		return false
	}
	if n > r.steps {
		r.failAs(at, fault.Limit, nil, "the template needs more than ", strconv.Itoa(MaxSteps), " steps")
		return false
	}
	r.steps -= n
	return true
}

// room counts a text of n bytes, which is about to be made, and reports whether it may be.
func (r *run) room(at, n int) bool {
	if r.bad == nil && n > MaxOutput {
		r.failAs(at, fault.Limit, nil, "a text of more than ", strconv.Itoa(MaxOutput), " bytes")
	}
	return r.spend(at, 1+n/256)
}

// hash is hashable; the text of a key costs as any other.
func (r *run) hash(at int, v Value) (string, bool) {
	if v.kind == kindText && !r.spend(at, len(v.str)/256) {
		return "", false
	}
	return hashable(v)
}

// nested reports whether depth, of values in values or of macros, is within bounds.
func (r *run) nested(at, depth int) bool {
	if r.bad == nil && depth > MaxDepth {
		r.failAs(at, fault.Limit, nil, "more than ", strconv.Itoa(MaxDepth), " levels of nesting")
	}
	return r.bad == nil
}

// text returns the text b as a value.
func (r *run) text(at int, b []byte) Value {
	if !r.room(at, len(b)) {
		return Value{}
	}
	return Value{kind: kindText, str: string(b)}
}

// write adds to the output.
func (r *run) write(at int, s string) {
	if r.bad == nil && len(s) > MaxOutput-len(r.out) {
		r.failAs(at, fault.Limit, nil, "an output of more than ", strconv.Itoa(MaxOutput), " bytes")
	}
	if r.spend(at, 1+len(s)/256) {
		r.out = append(r.out, s...)
	}
}
