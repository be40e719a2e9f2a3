package template

// Statements: what stands between {% and %}.

import (
	"slices"
	"strconv"

	"github.com/tritkit/tritkit/core/fault"
)

type parser struct {
	tokens []token // the last one is tEOF
	i      int
	depth  int
	loops  int // loops around here in the same function of jinja2's: where break may stand
	frame  *frame
	frames []*frame
	alien  []*failure // filters and tests outside the subset, where they are met on every path
	bad    *failure
}

// tags of jinja2 that are outside the subset: named as such, where others are unknown.
var foreignTags = []string{"autoescape", "block", "call", "do", "extends", "from", "import", "include", "trans", "with"}

func (p *parser) fail(at int, msg ...string) {
	p.failAs(at, fault.Template, msg...)
}

// failAs keeps the first failure and moves to the end, where every loop over tokens stops.
func (p *parser) failAs(at int, class fault.Class, msg ...string) {
	if p.bad == nil {
		p.bad = &failure{pos: at, class: class, msg: join(msg)}
	}
	p.i = len(p.tokens) - 1
}

func (p *parser) tok() token { return p.tokens[p.i] }

func (p *parser) look() token { return p.tokens[min(p.i+1, len(p.tokens)-1)] }

func (p *parser) next() token {
	t := p.tokens[p.i]
	if p.i < len(p.tokens)-1 {
		p.i++
	}
	return t
}

func (p *parser) skip(kind tokenKind, text string) bool {
	if p.tok().is(kind, text) {
		p.next()
		return true
	}
	return false
}

func (p *parser) expect(kind tokenKind, text string) token {
	if t := p.tok(); t.kind != kind || text != "" && t.text != text {
		p.unexpected(text)
		return token{pos: t.pos}
	}
	return p.next()
}

func (p *parser) unexpected(want string) {
	t, what := p.tok(), ""
	switch t.kind {
	case tEOF:
		what = "the end of the template"
	case tClose:
		what = "}}"
	case tTagDone:
		what = "%}"
	default:
		what = fault.Quote(t.text)
	}
	if want != "" {
		what += " where " + want + " is expected"
	}
	p.fail(t.pos, "an unexpected ", what)
}

// enter counts one level of nesting; each successful enter needs one leave.
func (p *parser) enter() bool {
	if p.depth >= MaxDepth {
		p.failAs(p.tok().pos, fault.Limit, "more than ", strconv.Itoa(MaxDepth), " levels of nesting")
		return false
	}
	p.depth++
	return true
}

func (p *parser) leave() { p.depth-- }

func (p *parser) template() *block {
	b := p.push()
	b.list = p.statements(token{})
	p.hide()
	if p.bad == nil && len(p.alien) > 0 {
		p.bad = p.alien[0]
	}
	return b
}

// statements reads up to the tag that one of ends names, and leaves the parser at that name; without ends, up to the end
// of the template. open is the tag that is to be ended.
func (p *parser) statements(open token, ends ...string) (list []stmt) {
	if !p.enter() {
		return nil
	}
	defer p.leave()
	for p.bad == nil {
		switch t := p.next(); t.kind {
		case tEOF:
			if len(ends) > 0 {
				p.fail(open.pos, "the tag ", open.text, " has no ", ends[len(ends)-1])
			}
			return list
		case tData:
			list = append(list, &text{pos(t.pos), t.text})
		case tOpen:
			list = append(list, &output{pos(t.pos), p.tuple(true)})
			p.expect(tClose, "")
		case tTag:
			name := p.tok()
			if name.kind == tName && slices.Contains(ends, name.text) {
				return list
			}
			if s := p.statement(p.expect(tName, "")); s != nil {
				list = append(list, s)
			}
			p.expect(tTagDone, "")
		}
	}
	return list
}

// body reads the statements of a tag in a frame of their own, after the end of that tag.
func (p *parser) body(open token, b *block, ends ...string) {
	p.expect(tTagDone, "")
	b.list = p.statements(open, ends...)
}

func (p *parser) statement(name token) stmt {
	at := pos(name.pos)
	switch name.text {
	case "if":
		return p.branch(name)
	case "for":
		return p.loop(name)
	case "set":
		return p.set(name)
	case "macro":
		return p.macro(name)
	case "generation":
		return p.scoped(name, nil)
	case "filter":
		return p.scoped(name, p.filters(&captured{at}, true))
	case "break", "continue":
		if p.loops == 0 {
			p.fail(name.pos, name.text, " outside a loop")
		}
		return &jump{at, name.text == "continue"}
	}
	if p.bad != nil {
		return nil
	}
	if slices.Contains(foreignTags, name.text) {
		p.fail(name.pos, "the tag ", name.text, " is outside the subset")
	} else {
		p.fail(name.pos, "an unknown tag ", fault.Quote(name.text))
	}
	return nil
}

func (p *parser) branch(open token) stmt {
	s := &branch{pos: pos(open.pos)}
	f := p.frame
	var names []string
	part := func() []stmt {
		mark := len(f.log)
		f.branch++
		p.expect(tTagDone, "")
		list := p.statements(open, "elif", "else", "endif")
		f.branch--
		names = append(names, f.forget(mark)...)
		return list
	}
	for {
		s.tests = append(s.tests, p.tuple(false))
		s.then = append(s.then, part())
		if !p.skip(tName, "elif") {
			break
		}
	}
	if p.skip(tName, "else") {
		s.other = part()
	}
	for _, name := range names {
		f.mention(name)
	}
	p.expect(tName, "endif")
	return s
}

func (p *parser) loop(open token) stmt {
	s := &loop{pos: pos(open.pos)}
	s.body = p.push()
	f := p.frame
	s.target = p.target(false, f.mention)
	f.mention("loop")
	p.expect(tName, "in")
	p.frame = f.outer
	s.over = p.tuple(false)
	p.frame = f
	if p.skip(tName, "if") {
		s.filter = p.expression()
	}
	if t := p.tok(); t.is(tName, "recursive") {
		p.fail(t.pos, "a recursive loop is outside the subset")
	}
	p.loops++
	p.body(open, s.body, "else", "endfor")
	p.loops--
	p.pop()
	if p.skip(tName, "else") {
		s.empty = p.push()
		p.body(open, s.empty, "endfor")
		p.pop()
	}
	p.expect(tName, "endfor")
	return s
}

// target reads what is assigned to, with commas several; store hears of its variables.
func (p *parser) target(attrs bool, store func(name string)) target {
	t := p.target1(attrs, store)
	if !p.tok().is(tOp, ",") {
		return t
	}
	all := target{pos: t.pos, parts: []target{t}}
	for p.bad == nil && p.skip(tOp, ",") {
		if t := p.tok(); t.is(tOp, "=") || t.is(tName, "in") || t.kind == tTagDone || t.is(tOp, ")") || t.is(tOp, "]") {
			break
		}
		all.parts = append(all.parts, p.target1(attrs, store))
	}
	return all
}

func (p *parser) target1(attrs bool, store func(name string)) target {
	for opening, closing := range map[string]string{"(": ")", "[": "]"} {
		if p.tok().is(tOp, opening) && p.enter() {
			defer p.leave()
			p.next()
			t := p.target(attrs, store)
			p.expect(tOp, closing)
			return t
		}
	}
	name := p.expect(tName, "")
	t := target{pos: pos(name.pos), name: name.text}
	if reserved(t.name) {
		p.fail(name.pos, "a value cannot be assigned to ", t.name)
	}
	if attrs && p.skip(tOp, ".") {
		t.attr = p.expect(tName, "").text
		p.frame.mention(t.name)
	} else {
		store(t.name)
	}
	return t
}

func reserved(name string) bool {
	switch name {
	case "true", "false", "none", "True", "False", "None", "and", "or", "not", "in", "is", "if", "else", "elif":
		return true
	}
	return false
}

func (p *parser) set(open token) stmt {
	var names []string
	t := p.target(true, func(name string) { names = append(names, name) })
	var s stmt
	if p.skip(tOp, "=") {
		s = &assign{pos(open.pos), t, p.tuple(true)}
	} else {
		c := &capture{pos: pos(open.pos), target: t}
		if p.tok().is(tOp, "|") {
			c.filters = p.filters(&captured{pos(open.pos)}, false)
		}
		c.body = p.push()
		p.body(open, c.body, "endset")
		p.pop()
		p.expect(tName, "endset")
		s = c
	}
	for _, name := range names {
		p.frame.store(name)
	}
	return s
}

// scoped reads a block that jinja2 runs as a function: a loop around it cannot be left from inside.
func (p *parser) scoped(open token, filters expr) stmt {
	s := &scoped{pos: pos(open.pos), filters: filters, body: p.push()}
	outside := p.loops
	if open.text == "generation" {
		p.loops = 0
	}
	p.body(open, s.body, "end"+open.text)
	p.loops = outside
	p.pop()
	p.expect(tName, "end"+open.text)
	return s
}

func (p *parser) macro(open token) stmt {
	name := p.expect(tName, "")
	s := &macro{pos: pos(open.pos), name: name.text}
	p.frame.store(s.name)
	s.body = p.push()
	p.expect(tOp, "(")
	for p.bad == nil && !p.tok().is(tOp, ")") {
		if len(s.params) > 0 {
			p.expect(tOp, ",")
		}
		param := p.expect(tName, "")
		p.frame.mention(param.text)
		s.params = append(s.params, param.text)
		if p.skip(tOp, "=") {
			s.defaults = append(s.defaults, p.expression())
		} else if len(s.defaults) > 0 {
			p.fail(param.pos, "the parameter ", param.text, " without a default follows one with a default")
		}
	}
	p.expect(tOp, ")")
	outside := p.loops
	p.loops = 0
	p.body(open, s.body, "endmacro")
	p.loops = outside
	p.pop()
	p.expect(tName, "endmacro")
	return s
}
