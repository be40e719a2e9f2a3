package template

// Functions that a template may call.

import (
	"strconv"

	"github.com/tritkit/tritkit/core/fault"
)

var functions = map[string]*builtin{
	"dict":            {"*", 0, functionDict},
	"namespace":       {"*", 0, functionNamespace},
	"raise_exception": {"message", 1, functionRaise},
	"range":           {"start stop step", 1, functionRange},
}

// maxRange is the sandbox's own bound. Source: pallets/jinja sandbox.py MAX_RANGE at 3.1.6.
const maxRange = 100_000

func functionRange(c *call) Value {
	low, high, step := int64(0), c.args[0], Int(1)
	if c.given[1] {
		low, high = c.args[0].num, c.args[1]
	}
	if c.given[2] {
		step = c.args[2]
	}
	if !c.args[0].isInteger() || !high.isInteger() || !step.isInteger() {
		return c.fail("its arguments are integers")
	}
	if step.num == 0 {
		return c.fail("the step is zero")
	}
	var items []Value
	for i := low; step.num > 0 && i < high.num || step.num < 0 && i > high.num; {
		if len(items) >= maxRange {
			return c.fail("more than 100000 numbers")
		}
		if !c.spend(c.at, 1) {
			return Value{}
		}
		items = append(items, Int(i))
		next := i + step.num
		if (next > i) != (step.num > 0) {
			break // past the largest integer, and so past the end
		}
		i = next
	}
	v := sequenceOf(kindRange, items)
	v.str = "range(" + strconv.FormatInt(low, 10) + ", " + strconv.FormatInt(high.num, 10)
	if step.num != 1 {
		v.str += ", " + strconv.FormatInt(step.num, 10)
	}
	v.str += ")"
	return v
}

// members returns what dict and namespace are made of: at most one dict, then named values.
func (c *call) members(put func(key Value, hash string, v Value)) {
	if len(c.args) > 1 || len(c.args) == 1 && c.args[0].kind != kindDict {
		c.fail("it takes one dict and named values")
		return
	}
	if len(c.args) == 1 {
		d := c.args[0].dict()
		if !c.spend(c.at, len(d.keys)) {
			return
		}
		for i, key := range d.keys {
			hash, _ := c.hash(c.at, key)
			put(key, hash, d.values[i])
		}
	}
	for _, n := range c.named {
		put(Value{kind: kindText, str: n.name}, "t"+n.name, n.value)
	}
}

func functionDict(c *call) Value {
	d := newDict(len(c.named))
	c.members(d.put)
	return Value{kind: kindDict, ref: d}
}

func functionNamespace(c *call) Value {
	ns := &scope{}
	c.members(func(key Value, _ string, v Value) {
		if key.kind == kindText {
			c.setAttribute(c.at, ns, key.str, v)
		}
	})
	return Value{kind: kindNamespace, ref: ns}
}

func functionRaise(c *call) Value {
	c.failAs(c.at, fault.Template, ErrRefused, "the template refuses the conversation: ", shortened(c.print(c.at, c.args[0])))
	return Value{}
}
