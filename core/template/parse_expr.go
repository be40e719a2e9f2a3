package template

// Expressions, from the loosest binding to the tightest. Source: pallets/jinja parser.py at 3.1.6.

import (
	"slices"
	"strconv"

	"github.com/tritkit/tritkit/core/fault"
)

// maxLinks bounds x.a.b[c](d)|e: each link is a level of the evaluator's stack.
const maxLinks = 256

func (p *parser) expression() expr {
	if !p.enter() {
		return &literal{}
	}
	defer p.leave()
	aliens := len(p.alien)
	x := p.or()
	for links := 0; p.tok().is(tName, "if") && p.linked(links); links++ {
		c := &choice{pos: pos(p.next().pos), yes: x}
		c.test = p.or()
		if p.skip(tName, "else") {
			c.no = p.expression()
		}
		x = c
	}
	if _, ok := x.(*choice); ok {
		p.alien = p.alien[:min(aliens, len(p.alien))]
	}
	return x
}

// tuple reads an expression, or with commas a tuple. ifs is false where a trailing if belongs to the statement.
func (p *parser) tuple(ifs bool) expr {
	one := p.or
	if ifs {
		one = p.expression
	}
	x := one()
	if !p.tok().is(tOp, ",") {
		return x
	}
	t := &listing{pos: pos(x.at()), tuple: true, items: []expr{x}}
	for p.skip(tOp, ",") {
		if k := p.tok(); k.kind == tClose || k.kind == tTagDone || k.is(tOp, ")") || k.is(tOp, "]") {
			break
		}
		t.items = append(t.items, one())
	}
	return t
}

func (p *parser) or() expr { return p.logic("or", p.and) }

func (p *parser) and() expr { return p.logic("and", p.not) }

func (p *parser) logic(word string, one func() expr) expr {
	x := one()
	if !p.tok().is(tName, word) {
		return x
	}
	l := &logic{pos: pos(p.tok().pos), or: word == "or", terms: []expr{x}}
	for p.skip(tName, word) {
		l.terms = append(l.terms, one())
	}
	return l
}

func (p *parser) not() expr {
	if t := p.tok(); t.is(tName, "not") {
		p.next()
		return p.nested(t, p.not)
	}
	return p.compare()
}

// nested reads the operand of a prefix operator.
func (p *parser) nested(op token, operand func() expr) expr {
	if !p.enter() {
		return &literal{}
	}
	defer p.leave()
	return &unary{pos(op.pos), op.text, operand()}
}

func (p *parser) compare() expr {
	x := p.sum()
	var rest []link
	for {
		t := p.tok()
		switch {
		case t.kind == tOp && slices.Contains([]string{"==", "!=", "<", "<=", ">", ">="}, t.text), t.is(tName, "in"):
			p.next()
		case t.is(tName, "not") && p.look().is(tName, "in"):
			p.next()
			p.next()
			t.text = "not in"
		default:
			if rest == nil {
				return x
			}
			return &comparison{pos(x.at()), x, rest}
		}
		rest = append(rest, link{pos(t.pos), t.text, p.sum()})
	}
}

func (p *parser) sum() expr     { return p.chain(p.concat, "+", "-") }
func (p *parser) concat() expr  { return p.chain(p.product, "~") }
func (p *parser) product() expr { return p.chain(p.power, "*", "/", "//", "%") }
func (p *parser) power() expr   { return p.chain(p.prefix, "**") }

func (p *parser) chain(one func() expr, ops ...string) expr {
	x := one()
	var rest []link
	for t := p.tok(); t.kind == tOp && slices.Contains(ops, t.text); t = p.tok() {
		p.next()
		rest = append(rest, link{pos(t.pos), t.text, one()})
	}
	if rest == nil {
		return x
	}
	return &chain{pos(x.at()), x, rest}
}

func (p *parser) prefix() expr { return p.filters(p.signed(), false) }

// signed reads -x: the sign binds tighter than a filter.
func (p *parser) signed() expr {
	if t := p.tok(); t.is(tOp, "-") || t.is(tOp, "+") {
		p.next()
		return p.postfix(p.nested(t, p.signed))
	}
	return p.postfix(p.primary())
}

func (p *parser) primary() expr {
	t := p.next()
	at := pos(t.pos)
	switch {
	case t.kind == tName:
		switch t.text {
		case "true", "True":
			return &literal{at, Bool(true)}
		case "false", "False":
			return &literal{at, Bool(false)}
		case "none", "None":
			return &literal{at, None()}
		}
		p.frame.mention(t.text)
		return &variable{at, t.text}
	case t.kind == tString:
		parts := []string{t.text}
		for p.tok().kind == tString {
			parts = append(parts, p.next().text)
		}
		return &literal{at, String(join(parts))}
	case t.kind == tInt:
		n, err := strconv.ParseInt(t.text, 0, 64)
		if err != nil {
			p.fail(t.pos, "the number ", fault.Quote(t.text), " is outside 64 bits")
		}
		return &literal{at, Int(n)}
	case t.kind == tFloat:
		f, _ := strconv.ParseFloat(t.text, 64) // its range error comes with ±Inf, as in Python
		return &literal{at, Float(f)}
	case t.is(tOp, "("):
		if p.skip(tOp, ")") {
			return &listing{pos: at, tuple: true}
		}
		x := p.tuple(true)
		p.expect(tOp, ")")
		return x
	case t.is(tOp, "["):
		items := p.items("]")
		return &listing{pos: at, items: items}
	case t.is(tOp, "{"):
		return p.dict(at)
	}
	if p.bad == nil {
		p.i-- // next moved past it, unless it was the end
		if t.kind == tEOF {
			p.i = len(p.tokens) - 1
		}
		p.unexpected("an expression")
	}
	return &literal{pos: at}
}

// items reads expressions with commas up to the closing bracket.
func (p *parser) items(closing string) (list []expr) {
	for p.bad == nil && !p.tok().is(tOp, closing) {
		if len(list) > 0 {
			p.expect(tOp, ",")
			if p.tok().is(tOp, closing) {
				break
			}
		}
		list = append(list, p.expression())
	}
	p.expect(tOp, closing)
	return list
}

func (p *parser) dict(at pos) expr {
	d := &dictionary{pos: at}
	for p.bad == nil && !p.tok().is(tOp, "}") {
		if len(d.keys) > 0 {
			p.expect(tOp, ",")
			if p.tok().is(tOp, "}") {
				break
			}
		}
		d.keys = append(d.keys, p.expression())
		p.expect(tOp, ":")
		d.values = append(d.values, p.expression())
	}
	p.expect(tOp, "}")
	return d
}

func (p *parser) postfix(x expr) expr {
	for links := 0; p.linked(links); links++ {
		t := p.tok()
		switch {
		case t.is(tOp, "."):
			p.next()
			x = p.member(x, t)
		case t.is(tOp, "["):
			p.next()
			x = p.subscript(x, t)
		case t.is(tOp, "("):
			x = p.call(x)
		default:
			return x
		}
	}
	return x
}

func (p *parser) linked(n int) bool {
	if n > maxLinks {
		p.failAs(p.tok().pos, fault.Limit, "more than ", strconv.Itoa(maxLinks), " steps from one value to the next")
	}
	return p.bad == nil
}

func (p *parser) member(x expr, dot token) expr {
	name := p.next()
	switch name.kind {
	case tName:
		return &attribute{pos(name.pos), x, name.text}
	case tInt:
		n, _ := strconv.ParseInt(name.text, 0, 64)
		return &index{pos(name.pos), x, &literal{pos(name.pos), Int(n)}}
	}
	p.fail(dot.pos, "no name follows the dot")
	return x
}

func (p *parser) subscript(x expr, open token) expr {
	at := pos(open.pos)
	var parts [3]expr
	n, colons := 0, 0
	for ; n < 3 && !p.tok().is(tOp, "]"); n++ {
		if !p.tok().is(tOp, ":") {
			parts[n] = p.expression()
		}
		if !p.skip(tOp, ":") {
			break
		}
		colons++
	}
	if p.tok().is(tOp, ",") {
		p.fail(p.tok().pos, "an index of several parts is outside the subset")
	}
	p.expect(tOp, "]")
	switch {
	case colons > 2 || colons == 0 && parts[0] == nil:
		p.fail(open.pos, "the index is empty or has too many colons")
	case colons == 0:
		return &index{at, x, parts[0]}
	}
	return &slice{at, x, parts[0], parts[1], parts[2]}
}

func (p *parser) call(x expr) expr {
	at := p.tok().pos
	return &invocation{pos(at), x, p.arguments()}
}

func (p *parser) arguments() (a arguments) {
	p.expect(tOp, "(")
	for n := 0; p.bad == nil && !p.tok().is(tOp, ")"); n++ {
		if n > 0 {
			p.expect(tOp, ",")
			if p.tok().is(tOp, ")") {
				break
			}
		}
		switch t := p.tok(); {
		case t.is(tOp, "*") || t.is(tOp, "**"):
			p.fail(t.pos, "arguments from a list or dict (", t.text, ") are outside the subset")
		case t.kind == tName && p.look().is(tOp, "="):
			p.next()
			p.next()
			if slices.ContainsFunc(a.named, func(n namedExpr) bool { return n.name == t.text }) {
				p.fail(t.pos, "the argument ", t.text, " is given twice")
			}
			a.named = append(a.named, namedExpr{t.text, p.expression()})
		default:
			if len(a.named) > 0 {
				p.fail(t.pos, "an argument without a name follows one with a name")
			}
			a.list = append(a.list, p.expression())
		}
	}
	p.expect(tOp, ")")
	return a
}

// filters reads |filter and is test after x; bare: the first filter comes without its |, as after {% filter.
func (p *parser) filters(x expr, bare bool) expr {
	for links := 0; p.linked(links); links++ {
		t := p.tok()
		switch {
		case bare || t.is(tOp, "|"):
			if !bare {
				p.next()
			}
			bare = false
			x = p.filter(x)
		case t.is(tName, "is"):
			p.next()
			x = p.test(x)
		case t.is(tOp, "("):
			x = p.call(x)
		default:
			return x
		}
	}
	return x
}

func (p *parser) filter(x expr) expr {
	name := p.expect(tName, "")
	f := &filtered{pos: pos(name.pos), x: x, name: name.text, fn: filters[name.text]}
	if f.fn == nil {
		p.foreign("filter", name)
	}
	if p.tok().is(tOp, "(") {
		f.args = p.arguments()
	}
	return f
}

// foreign notes a filter or test that we do not have. As in jinja2, one under an if is an error only when it is reached.
func (p *parser) foreign(what string, name token) {
	if p.frame.branch == 0 {
		p.alien = append(p.alien, &failure{pos: name.pos, class: fault.Template, msg: outside(what + " " + fault.Quote(name.text))})
	}
}

func (p *parser) test(x expr) expr {
	negated := p.skip(tName, "not")
	name := p.expect(tName, "")
	f := &tested{pos: pos(name.pos), x: x, name: name.text, fn: tests[name.text]}
	if f.fn == nil {
		p.foreign("test", name)
	}
	t := p.tok()
	switch {
	case t.is(tOp, "("):
		f.args = p.arguments()
	case t.is(tName, "is"):
		p.fail(t.pos, "one test follows another")
	case t.is(tName, "else"), t.is(tName, "or"), t.is(tName, "and"):
	case t.kind == tName, t.kind == tString, t.kind == tInt, t.kind == tFloat, t.is(tOp, "["), t.is(tOp, "{"):
		f.args.list = []expr{p.postfix(p.primary())}
	}
	if negated {
		return &unary{f.pos, "not", f}
	}
	return f
}
