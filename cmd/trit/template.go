package main

// From a conversation to tokens, by the model's chat template.

import (
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/template"
	"github.com/tritkit/tritkit/core/tokenizer"
)

// templating holds its flags.
type templating struct {
	raw          bool
	system, file string
	bare         string // what goes without a template
}

func (t *templating) flags(cmd *cobra.Command) {
	t.dialogueFlags(cmd)
	t.bare = "--raw"
	cmd.Flags().BoolVar(&t.raw, "raw", false, "continue the prompt as plain text, without the chat template")
}

// dialogueFlags are those of a command that always goes through a template.
func (t *templating) dialogueFlags(cmd *cobra.Command) {
	t.bare = "trit run --raw"
	f := cmd.Flags()
	f.StringVar(&t.system, "system", "", "what the model is told before the prompt")
	f.StringVar(&t.file, "chat-template", "", "a file with a chat template to use instead of the model's")
}

// tokens returns the tokens of a prompt and how they came about.
func (t *templating) tokens(l *loaded, prompt string) (ids []tokenizer.Token, mode string, err error) {
	parsed, err := t.parse(l)
	if err != nil {
		return nil, "", err
	}
	if parsed == nil {
		if t.system != "" {
			return nil, "", usage("--system needs a chat template")
		}
		ids, err = l.enc.Encode(nil, prompt, tokenizer.EncodeOptions{NoEOS: true})
		return ids, "plain completion", err
	}
	var turns []template.Message
	if t.system != "" {
		turns = append(turns, template.Message{Role: "system", Content: t.system})
	}
	turns = append(turns, template.Message{Role: "user", Content: prompt})
	ids, err = l.render(parsed, turns, time.Now())
	return ids, "through the chat template", t.withoutTemplate(err)
}

// parse returns the template to use, nil for none.
func (t *templating) parse(l *loaded) (*template.Template, error) {
	source := l.voc.ChatTemplate
	switch {
	case t.raw && t.file != "":
		return nil, usage("--raw and --chat-template exclude each other")
	case t.raw:
		return nil, nil
	case t.file != "":
		var err error
		if source, err = readTemplate(t.file); err != nil {
			return nil, err
		}
	case source == "":
		return nil, nil
	}
	p, err := template.Parse(source)
	return p, t.withoutTemplate(err)
}

// readTemplate reads no more than a template may have, and one byte to see that there is more.
func readTemplate(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, template.MaxSource+1))
	return string(b), err
}

// render returns the tokens of a conversation whose next turn is the model's, for a template at the time now.
func (l *loaded) render(t *template.Template, turns []template.Message, now time.Time) ([]tokenizer.Token, error) {
	text, err := t.Render(template.Data{
		Messages: turns, AddGenerationPrompt: true, BOS: l.token(l.voc.BOS), EOS: l.token(l.voc.EOS), Now: clock(now),
	})
	if err != nil {
		return nil, err
	}
	return l.enc.Encode(nil, text, tokenizer.EncodeOptions{Special: true, NoBOS: true, NoEOS: true})
}

// token returns the text of an id, "" for one that is not given.
func (l *loaded) token(id int) string {
	if id < 0 || id >= len(l.voc.Tokens) {
		return ""
	}
	return l.voc.Tokens[id]
}

// withoutTemplate adds the way out of a template that cannot be used, and its file where there is one.
func (t *templating) withoutTemplate(err error) error {
	if e, ok := err.(*fault.Error); ok && e.Pkg == "template" {
		e.File = t.file
		return e.Try(t.bare, " goes without it, --chat-template FILE takes another")
	}
	return err
}

// clock is a time as templates see it.
func clock(t time.Time) template.Clock {
	return template.Clock{Year: t.Year(), Month: int(t.Month()), Day: t.Day(), Hour: t.Hour(), Minute: t.Minute(), Second: t.Second()}
}
