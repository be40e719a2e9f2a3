// Package template renders a model's chat template: the part of Jinja that such templates use, bounded.
//
// What a template means is what jinja2 makes of it as transformers sets it up: a sandbox whose lists and dicts cannot be
// changed, trim_blocks and lstrip_blocks on, loop controls, raise_exception, strftime_now, and a tojson that escapes no
// HTML. Source: huggingface/transformers utils/chat_template_utils.py at 5.24.0, pallets/jinja at 3.1.6; testdata/template
// holds what those two rendered. A construct outside the subset is an error that names its line, column and name, at
// Parse where the text shows it, else at Render. A template reads its data and writes text; it reaches nothing else.
package template

import (
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tritkit/tritkit/core/fault"
)

// What one template may cost. A template that needs more is an error of class fault.Limit.
const (
	MaxSource = 64 << 10  // bytes of a template
	MaxOutput = 4 << 20   // bytes of a result, and of any text on the way to it
	MaxSteps  = 1_000_000 // nodes evaluated, elements visited and quarter KiB copied
	MaxDepth  = 64        // blocks and brackets inside one another, macros that call macros, lists in lists
)

// ErrRefused is what errors.Is finds where the template itself called raise_exception: it does not take the conversation.
var ErrRefused = errors.New("the template refuses the conversation")

// Template is a parsed chat template. It does not change: any number of goroutines may render it.
type Template struct {
	source string // newlines as \n
	body   block
}

// Message is one turn of a conversation.
type Message struct {
	Role    string // "system", "user", "assistant"
	Content string
	Fields  []Field // further members, as reasoning_content; one named role or content stands in place of the above
}

// Data is what a template sees.
type Data struct {
	Messages            []Message
	AddGenerationPrompt bool
	BOS, EOS            string           // texts of the tokens; "" leaves bos_token or eos_token undefined, as transformers does
	Extra               map[string]Value // further variables, as enable_thinking or tools; they win over the above
	Now                 Clock            // what strftime_now tells; zero: the function is undefined
}

// Parse reads a template: UTF-8, at most MaxSource bytes. The error is a *fault.Error of class Template or Limit.
func Parse(source string) (*Template, error) {
	if len(source) > MaxSource {
		return nil, fault.New("template", fault.Limit, "a template of ", strconv.Itoa(len(source)), " bytes; at most ", strconv.Itoa(MaxSource), " are read")
	}
	if !utf8.ValidString(source) {
		return nil, fault.New("template", fault.Template, "the template is not UTF-8")
	}
	source = unixLines(source)
	tokens, bad := lex(source)
	if bad != nil {
		return nil, bad.fault(source)
	}
	p := &parser{tokens: tokens}
	body := p.template()
	if p.bad != nil {
		return nil, p.bad.fault(source)
	}
	return &Template{source: source, body: *body}, nil
}

// Render returns the text of the conversation d.
//
// The error is a *fault.Error that names line and column: class Limit where a bound was reached, else Template; it also
// matches ErrRefused where the template called raise_exception. Bytes of d that are not UTF-8 become U+FFFD.
func (t *Template) Render(d Data) (string, error) { return t.render(d, MaxSteps) }

func (t *Template) render(d Data, steps int) (string, error) {
	r := &run{steps: steps}
	r.block(&t.body, r.globals(d))
	if r.bad != nil {
		return "", r.bad.fault(t.source)
	}
	return string(r.out), nil
}

// failure is an error that does not know its line yet.
type failure struct {
	pos   int // offset in the source
	class fault.Class
	msg   string
	cause error
}

func (f *failure) fault(source string) *fault.Error {
	line, column := 1, 1
	for _, c := range source[:min(f.pos, len(source))] {
		column++
		if c == '\n' {
			line, column = line+1, 1
		}
	}
	return fault.New("template", f.class, "line ", strconv.Itoa(line), ", column ", strconv.Itoa(column), ": ", f.msg).Because(f.cause)
}

// outside is what is said of a construct of Jinja that is not ours.
func outside(what string) string { return "the " + what + " is outside the subset" }

// shortened bounds a template's own words in an error.
func shortened(s string) string {
	const most = 1000
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

func join(parts []string) string {
	n := 0
	for _, p := range parts {
		n += len(p)
	}
	b := make([]byte, 0, n)
	for _, p := range parts {
		b = append(b, p...)
	}
	return string(b)
}
