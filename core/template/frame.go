package template

// frame decides, while a template is parsed, which variables a block hides from itself.
//
// jinja2 resolves names before it runs a template: a name that a block assigns before it reads it, and that no block
// around it mentions, is the block's own from its first line on, and undefined until then, even where the data has a
// variable of that name and a block inside reads it first. Source: pallets/jinja idtracking.py at 3.1.6.
type frame struct {
	outer  *frame
	body   *block
	seen   map[string]bool
	log    []string // the names of seen, in order
	branch int      // depth of if inside this frame: an assignment there hides nothing
	first  []string // names assigned before they were mentioned
}

func (p *parser) push() *block {
	b := &block{}
	p.frame = &frame{outer: p.frame, body: b, seen: map[string]bool{}}
	p.frames = append(p.frames, p.frame)
	return b
}

func (p *parser) pop() { p.frame = p.frame.outer }

func (f *frame) mention(name string) {
	if !f.seen[name] {
		f.seen[name] = true
		f.log = append(f.log, name)
	}
}

func (f *frame) store(name string) {
	if !f.seen[name] && f.branch == 0 {
		f.first = append(f.first, name)
	}
	f.mention(name)
}

// forget takes back what was mentioned since the mark and returns it: the branches of an if do not see one another.
func (f *frame) forget(mark int) []string {
	names := append([]string(nil), f.log[mark:]...)
	for _, name := range names {
		delete(f.seen, name)
	}
	f.log = f.log[:mark]
	return names
}

// hide settles the hidden names of every block, once all is known that the blocks around it mention.
func (p *parser) hide() {
	for _, f := range p.frames {
	names:
		for _, name := range f.first {
			for o := f.outer; o != nil; o = o.outer {
				if o.seen[name] {
					continue names
				}
			}
			f.body.hidden = append(f.body.hidden, name)
		}
	}
}
