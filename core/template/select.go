package template

// Filters over lists that take an attribute, a test or another filter.

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tritkit/tritkit/core/fault"
)

// attributeOf follows a path with dots, as "function.name"; numbers are indices.
func (c *call) attributeOf(v, path, otherwise Value) Value {
	if path.isInteger() {
		return c.index(c.at, v, path)
	}
	if path.kind != kindText {
		return c.fail("the attribute is no name")
	}
	for _, name := range strings.Split(path.str, ".") {
		if !c.spend(c.at, 1) {
			return Value{}
		}
		key := Value{kind: kindText, str: name}
		if n, err := strconv.ParseUint(name, 10, 31); err == nil {
			key = Int(int64(n))
		}
		if v = c.index(c.at, v, key); v.kind == kindUndefined && otherwise.kind != kindUndefined {
			v = otherwise
		}
	}
	return v
}

func (c *call) attributes(items []Value, path, otherwise Value) []Value {
	list := make([]Value, 0, len(items))
	for _, x := range items {
		if !c.spend(c.at, 1) {
			return nil
		}
		list = append(list, c.attributeOf(x, path, otherwise))
	}
	return list
}

func (c *call) namedArg(name string) (Value, bool) {
	for _, n := range c.named {
		if n.name == name {
			return n.value, true
		}
	}
	return Value{}, false
}

// none is what map and select make of anything false, even of what cannot be looped over.
func (c *call) none() (Value, bool) {
	return sequenceOf(kindIterator, nil), c.bad == nil && !c.in.truth()
}

func filterMap(c *call) Value {
	if v, ok := c.none(); ok {
		return v
	}
	items, ok := c.iterate(c.at, c.in)
	if !ok {
		return Value{}
	}
	if path, ok := c.namedArg("attribute"); ok && len(c.args) == 0 {
		otherwise, _ := c.namedArg("default")
		return sequenceOf(kindIterator, c.attributes(items, path, otherwise))
	}
	if len(c.args) == 0 {
		return c.fail("neither a filter nor an attribute is named")
	}
	f := filters[c.args[0].str]
	if f == nil || c.args[0].kind != kindText {
		return c.fail("the filter ", fault.Quote(c.args[0].str), " is outside the subset")
	}
	list := make([]Value, 0, len(items))
	for _, x := range items {
		if !c.spend(c.at, 1) {
			return Value{}
		}
		list = append(list, c.apply(c.at, "filter "+c.args[0].str, f, x, c.args[1:], c.named))
	}
	return sequenceOf(kindIterator, list)
}

// keep is select, reject, selectattr and rejectattr: the items, or those whose attribute, pass a test, or do not.
func (c *call) keep(attr, wanted bool) Value {
	if v, ok := c.none(); ok {
		return v
	}
	items, ok := c.iterate(c.at, c.in)
	if !ok {
		return Value{}
	}
	args := c.args
	var path Value
	if attr {
		if len(args) == 0 {
			return c.fail("no attribute is named")
		}
		path, args = args[0], args[1:]
	}
	test := &builtin{"", 0, func(c *call) Value { return c.in }}
	name := ""
	if len(args) > 0 {
		name = args[0].str
		if test = tests[name]; test == nil || args[0].kind != kindText {
			return c.fail("the test ", fault.Quote(name), " is outside the subset")
		}
		args = args[1:]
	}
	var list []Value
	for _, x := range items {
		v := x
		if attr {
			v = c.attributeOf(x, path, Value{})
		}
		pass := c.apply(c.at, "test "+name, test, v, args, c.named).truth()
		if c.bad != nil {
			return Value{}
		}
		if pass == wanted {
			list = append(list, x)
		}
	}
	return sequenceOf(kindIterator, list)
}

// keys returns what the items are compared by: an attribute, without its case unless that counts.
func (c *call) keys(items []Value, sensitive, path Value) []Value {
	list := items
	if path.kind != kindUndefined && path.kind != kindNone {
		if strings.Contains(path.str, ",") {
			c.fail("several attributes are outside the subset")
			return nil
		}
		list = c.attributes(items, path, Value{})
	}
	if sensitive.truth() {
		return list
	}
	list = slices.Clone(list)
	for i, v := range list {
		if v.kind == kindText && c.room(c.at, len(v.str)) {
			list[i].str = lower(v.str)
		}
	}
	return list
}

// sorted orders items by keys; equal ones stay in their order.
func (c *call) sorted(items, keys []Value, reverse bool) []Value {
	if c.bad != nil {
		return nil
	}
	rank := make([]int, len(items))
	for i := range rank {
		rank[i] = i
	}
	slices.SortStableFunc(rank, func(i, j int) int {
		if reverse {
			i, j = j, i
		}
		return c.order(c.at, "<", keys[i], keys[j], 0)
	})
	list := make([]Value, len(items))
	for i, j := range rank {
		list[i] = items[j]
	}
	return list
}

func filterSort(c *call) Value {
	items, ok := c.iterate(c.at, c.in)
	if !ok || !c.spend(c.at, len(items)) {
		return Value{}
	}
	return sequenceOf(kindList, c.sorted(items, c.keys(items, c.args[1], c.args[2]), c.args[0].truth()))
}

func filterDictSort(c *call) Value {
	if c.in.kind != kindDict {
		return c.fail("a ", c.in.typeName(), " is no dict")
	}
	d := c.in.dict()
	by := d.keys
	if c.given[1] {
		switch c.args[1].str {
		case "key":
		case "value":
			by = d.values
		default:
			return c.fail("a dict is sorted by key or by value")
		}
	}
	pairs := c.pairs(d)
	return sequenceOf(kindList, c.sorted(pairs, c.keys(by, c.args[0], Value{}), c.args[2].truth()))
}

func filterUnique(c *call) Value {
	items, ok := c.iterate(c.at, c.in)
	if !ok || !c.spend(c.at, len(items)) {
		return Value{}
	}
	seen := map[string]bool{}
	var list []Value
	for i, k := range c.keys(items, c.args[0], c.args[1]) {
		hash, ok := c.hash(c.at, k)
		if !ok {
			return c.fail("a ", k.typeName(), " cannot be told from others by its hash")
		}
		if !seen[hash] {
			seen[hash] = true
			list = append(list, items[i])
		}
	}
	return sequenceOf(kindIterator, list)
}

// extreme is the first of the largest items, or with a negative sign of the smallest.
func (c *call) extreme(sign int) Value {
	items, ok := c.iterate(c.at, c.in)
	if !ok || !c.spend(c.at, len(items)) {
		return Value{}
	}
	if len(items) == 0 {
		return Value{str: "there is no largest or smallest item: the sequence is empty"}
	}
	keys := c.keys(items, c.args[0], c.args[1])
	best := 0
	for i := range keys {
		if c.order(c.at, "<", keys[i], keys[best], 0)*sign > 0 {
			best = i
		}
	}
	return items[best]
}

func filterSum(c *call) Value {
	items, ok := c.iterate(c.at, c.in)
	if !ok || !c.spend(c.at, len(items)) {
		return Value{}
	}
	if c.args[0].kind != kindUndefined && c.args[0].kind != kindNone {
		items = c.attributes(items, c.args[0], Value{})
	}
	total := Int(0)
	if c.given[1] {
		total = c.args[1]
	}
	if total.kind == kindText {
		return c.fail("texts are joined, not summed")
	}
	for _, x := range items {
		total = c.operate(c.at, "+", total, x)
	}
	return total
}
