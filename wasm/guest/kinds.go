package main

// The jobs: each is a call into core whose result is the command's own JSON.

import (
	"runtime"
	"strings"

	"github.com/tritkit/tritkit/core/checkpoint"
	"github.com/tritkit/tritkit/core/convert"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/inspect"
	"github.com/tritkit/tritkit/core/ternary"
)

// kind is a row of the table of jobs.
type kind struct {
	name    string
	options string // that it takes besides common, each followed by a space
	run     func(j *job) ([]byte, error)
}

// common are the options that every job takes: how files are read.
const common = "from-layout assume "

// kinds is the table of docs/abi.md; a job's number is its index.
var kinds = [...]kind{
	{},
	{"show", "stats snap ", show},
	{"plan", "type embd snap name for ", plan},
	{"convert", "type embd snap name for ", write},
	{"verify", "quick ", verify},
	{"diff", "level snap ", diff},
	{"edit", "set unset as ", edit},
	{"peek", "tensor key first count find ", peek},
}

func (k *kind) takes(option string) bool {
	return !strings.Contains(option, " ") && strings.Contains(" "+k.options+common, " "+option+" ")
}

// open opens the model of a group: the one file that there is, or what the folder holds.
func (j *job) open(name string) (*checkpoint.Checkpoint, error) {
	o, err := checkpoint.ParseOptions(j.spec.layout, j.spec.assume)
	if err != nil {
		return nil, err
	}
	if t := j.group(groupTokenizer); len(t.inputs) > 0 {
		o.Tokenizer = t
	}
	g := j.group(name)
	var names []string
	if len(g.inputs) == 1 {
		for only := range g.inputs {
			names = append(names, only)
		}
	}
	if len(g.inputs) == 0 {
		return nil, fault.New("guest", fault.Usage, "no input of group ", name)
	}
	return checkpoint.Open(g, o, names...)
}

// reading are the options of jobs that read weights.
func (j *job) reading() (inspect.Options, error) {
	rule, err := ternary.ParseRule(j.spec.snap)
	j.req.phase = reading
	return inspect.Options{Hash: newSHA256, Rule: rule, Progress: j.progress, Memory: j.spec.memory}, err
}

func show(j *job) ([]byte, error) {
	c, err := j.open(groupA)
	if err != nil {
		return nil, err
	}
	r := inspect.Show(c)
	if j.spec.stats && c.Unknown == nil {
		o, err := j.reading()
		if err != nil {
			return nil, err
		}
		o.Detail = true
		var more []inspect.Finding
		if r.Stats, more, err = inspect.Read(j.context(), c, o); err != nil {
			return nil, err
		}
		r.Findings = append(r.Findings, more...)
	}
	return r.AppendJSON(nil), nil
}

// planned opens and plans a conversion.
func (j *job) planned() (*convert.Plan, error) {
	s := j.spec
	rule, err := ternary.ParseRule(s.snap)
	if err != nil {
		return nil, err
	}
	c, err := j.open(groupA)
	if err != nil {
		return nil, err
	}
	for _, f := range c.Files {
		j.input = append(j.input, uint32(j.group(groupA).inputs[f.Name]))
	}
	return convert.NewPlan(c, convert.Options{Type: s.typ, Embd: s.embd, Snap: rule, Name: s.name, For: s.target, Memory: s.memory, Progress: j.progress, Ahead: j.ahead})
}

func plan(j *job) ([]byte, error) {
	p, err := j.planned()
	if err != nil {
		return nil, err
	}
	return p.AppendJSON(nil), nil
}

func write(j *job) ([]byte, error) {
	p, err := j.planned()
	if err != nil {
		return nil, err
	}
	j.req.phase = writing
	p.KV = nil   // it is in the header, ready to be written: a vocabulary less in memory …
	runtime.GC() // … and what planning left behind, before the largest tensor wants room
	for i, f := range p.Files {
		if _, err := j.output(i, f.Name).Write(f.Data); err != nil {
			return nil, err
		}
	}
	o := j.output(len(p.Files), convert.WeightsName)
	o.wrote = func(at int64) { j.req.tensor = int32(p.StepAt(at)) }
	if err := p.Write(j.context(), o); err != nil {
		return nil, err
	}
	return p.AppendJSON(nil), nil
}

func verify(j *job) ([]byte, error) {
	c, err := j.open(groupA)
	if err != nil {
		return nil, err
	}
	o, err := j.reading()
	if err != nil {
		return nil, err
	}
	v, err := inspect.Verify(j.context(), c, j.spec.quick, o)
	if err != nil {
		return nil, err
	}
	return v.AppendJSON(nil), nil
}

func diff(j *job) ([]byte, error) {
	a, err := j.open(groupA)
	if err != nil {
		return nil, err
	}
	b, err := j.open(groupB)
	if err != nil {
		return nil, err
	}
	o, err := j.reading()
	if err != nil {
		return nil, err
	}
	level := j.spec.level
	if level == "" {
		level = "scales"
	}
	d, err := inspect.Diff(j.context(), a, b, inspect.Level(level), o)
	if err != nil {
		return nil, err
	}
	return d.AppendJSON(nil), nil
}

func edit(j *job) ([]byte, error) {
	c, err := j.open(groupA)
	if err != nil {
		return nil, err
	}
	kv, err := convert.Changes(c, j.spec.set, j.spec.as)
	if err != nil {
		return nil, err
	}
	e, err := convert.NewEdit(c, kv, j.spec.unset)
	if err != nil {
		return nil, err
	}
	j.req.phase, e.Progress = writing, j.progress
	if err := e.Write(j.context(), j.output(0, "the copy")); err != nil {
		return nil, err
	}
	return e.AppendJSON(nil), nil
}

func peek(j *job) ([]byte, error) {
	c, err := j.open(groupA)
	if err != nil {
		return nil, err
	}
	s, err := inspect.Peek(j.context(), c, inspect.PeekOptions{
		Tensor: j.spec.tensor, Key: j.spec.key, First: j.spec.first, Count: j.spec.count, Find: j.spec.find,
	})
	if err != nil {
		return nil, err
	}
	return s.AppendJSON(nil), nil
}
