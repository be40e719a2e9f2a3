package template

// The tree of a template.

// expr is one of the expressions below; at is where it stands in the source.
type expr interface{ at() int }

type pos int

func (p pos) at() int { return int(p) }

type (
	literal struct {
		pos
		value Value
	}
	variable struct {
		pos
		name string
	}
	listing struct { // [a, b] and (a, b)
		pos
		tuple bool
		items []expr
	}
	dictionary struct {
		pos
		keys, values []expr
	}
	link struct { // an operator and what stands right of it
		pos
		op    string
		right expr
	}
	chain struct { // a + b - c, from left to right; kept flat, so that long chains need no deep stack
		pos
		first expr
		rest  []link
	}
	comparison struct { // a < b < c: and between them
		pos
		first expr
		rest  []link
	}
	logic struct { // a and b and c, or with or
		pos
		or    bool
		terms []expr
	}
	unary struct {
		pos
		op string // not, -, +
		x  expr
	}
	choice struct { // yes if test else no
		pos
		test, yes, no expr // no may be nil
	}
	attribute struct {
		pos
		x    expr
		name string
	}
	index struct {
		pos
		x, key expr
	}
	slice struct {
		pos
		x             expr
		low, high, by expr // nil where absent
	}
	invocation struct {
		pos
		function expr
		args     arguments
	}
	filtered struct { // x|name(args); x is nil at the head of a filter block
		pos
		x    expr
		name string
		fn   *builtin
		args arguments
	}
	tested struct { // x is name(args)
		pos
		x    expr
		name string
		fn   *builtin
		args arguments
	}
)

type arguments struct {
	list  []expr
	named []namedExpr
}

type namedExpr struct {
	name string
	x    expr
}

// stmt is one of the statements below.
type stmt interface{ at() int }

// block is a run of statements with variables of its own.
type block struct {
	list   []stmt
	hidden []string // see frame
}

type (
	text struct {
		pos
		text string
	}
	output struct {
		pos
		x expr
	}
	branch struct {
		pos
		tests []expr
		then  [][]stmt
		other []stmt
	}
	loop struct {
		pos
		target target
		over   expr
		filter expr // nil: all
		body   *block
		empty  *block // nil: none
	}
	assign struct {
		pos
		target target
		x      expr
	}
	capture struct { // {% set a %}…{% endset %}
		pos
		target  target
		body    *block
		filters expr // over captured; nil: none
	}
	scoped struct { // {% generation %}, {% filter %}
		pos
		body    *block
		filters expr
	}
	macro struct {
		pos
		name     string
		params   []string
		defaults []expr // of the last params
		body     *block
	}
	jump struct {
		pos
		next bool // continue, else break
	}
)

// target is what is assigned to: a variable, an attribute of a namespace, or several of them.
type target struct {
	pos
	name  string
	attr  string // of the namespace name
	parts []target
}

// captured stands for the text of the block under the filters of a {% set %} or {% filter %}.
type captured struct{ pos }
