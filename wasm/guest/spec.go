package main

// What a host asks for: inputs and the command's flags, as JSON.

import (
	"strings"

	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/json"
)

// input is one file that the host can read.
type input struct {
	name  string
	size  int64
	group string
}

// spec is a job as the host described it.
type spec struct {
	kind   *kind
	inputs []input
	memory int64

	typ, embd, snap, name, target, level, layout, as, tensor, key, find string
	stats, quick                                                        bool
	first, count                                                        int64
	set, unset, assume                                                  []string
}

// Groups of inputs.
const (
	groupA         = "a"
	groupB         = "b"
	groupTokenizer = "tokenizer"
)

// defaultMemory holds the largest ternary tensor of BitNet 2B-4T, 35 MB of bf16.
const defaultMemory = 48 << 20

// parse reads the options of a job of kind number k.
func parse(k uint32, text []byte) (*spec, error) {
	if k == 0 || int64(k) >= int64(len(kinds)) {
		return nil, fault.New("guest", fault.Usage, "there is no such kind of job").Try("kinds: docs/abi.md")
	}
	s := &spec{kind: &kinds[k], memory: defaultMemory}
	d := json.NewDecoder(text, json.Limits{})
	err := d.Object(func(name string) error {
		switch name {
		case "inputs":
			return d.Array(func(int) error { return s.input(d) })
		case "options":
			return d.Object(func(name string) error { return s.option(d, name) })
		case "maxMem":
			n, err := d.Int()
			if n > 0 {
				s.memory = n
			}
			return err
		}
		return fault.New("guest", fault.Usage, "no member of a job is called ", fault.Quote(name)).Try("inputs, options, maxMem")
	})
	if err == nil {
		err = d.End()
	}
	if err != nil {
		return nil, err
	}
	return s, s.check()
}

func (s *spec) input(d *json.Decoder) error {
	x := input{group: groupA}
	err := d.Object(func(name string) (err error) {
		switch name {
		case "name":
			x.name, err = d.String()
		case "size":
			x.size, err = d.Int()
		case "group":
			x.group, err = d.String()
		default:
			err = fault.New("guest", fault.Usage, "no member of an input is called ", fault.Quote(name)).Try("name, size, group")
		}
		return err
	})
	s.inputs = append(s.inputs, x)
	return err
}

// check refuses inputs that are no files of one folder.
func (s *spec) check() error {
	seen := map[string]bool{}
	for _, x := range s.inputs {
		id := x.group + "/" + x.name
		switch {
		case x.group != groupA && x.group != groupB && x.group != groupTokenizer:
			return fault.New("guest", fault.Usage, "no group of inputs is called ", fault.Quote(x.group)).Try("groups: a, b, tokenizer")
		case x.name == "" || x.name == "." || x.name == ".." || strings.ContainsAny(x.name, `/\`):
			return fault.New("guest", fault.Usage, fault.Quote(x.name), " is not the name of a file in a folder")
		case x.size < 0:
			return fault.New("guest", fault.Usage, "the size of ", fault.Quote(x.name), " is negative")
		case seen[id]:
			return fault.New("guest", fault.Usage, "two inputs are called ", fault.Quote(x.name))
		}
		seen[id] = true
	}
	return nil
}

// option reads one of the command's flags.
func (s *spec) option(d *json.Decoder, name string) (err error) {
	if !s.kind.takes(name) {
		return fault.New("guest", fault.Usage, s.kind.name, " has no option ", fault.Quote(name)).Try("options: ", s.kind.options, common)
	}
	switch name {
	case "type":
		s.typ, err = d.String()
	case "embd":
		s.embd, err = d.String()
	case "snap":
		s.snap, err = d.String()
	case "name":
		s.name, err = d.String()
	case "for":
		s.target, err = d.String()
	case "level":
		s.level, err = d.String()
	case "from-layout":
		s.layout, err = d.String()
	case "as":
		s.as, err = d.String()
	case "tensor":
		s.tensor, err = d.String()
	case "key":
		s.key, err = d.String()
	case "find":
		s.find, err = d.String()
	case "stats":
		s.stats, err = d.Bool()
	case "quick":
		s.quick, err = d.Bool()
	case "first":
		s.first, err = d.Int()
	case "count":
		s.count, err = d.Int()
	case "set":
		s.set, err = texts(d)
	case "unset":
		s.unset, err = texts(d)
	case "assume":
		s.assume, err = texts(d)
	}
	return err
}

func texts(d *json.Decoder) (list []string, err error) {
	err = d.Array(func(int) error {
		x, err := d.String()
		list = append(list, x)
		return err
	})
	return list, err
}
