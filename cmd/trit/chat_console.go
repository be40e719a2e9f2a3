package main

// Where the lines of a chat come from: a person at a terminal, who may edit them, or a pipe.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/tritkit/tritkit/core/fault"
	"golang.org/x/term"
)

// Ctrl-C where nothing runs that it could stop, and where it took back what was typed.
var (
	errAtPrompt = errors.New("interrupted at the prompt")
	errCleared  = errors.New("taken back")
)

// maxLine bounds a line that is read, and a text of several.
const maxLine = maxTranscript

// console reads a chat's lines. It is for one goroutine.
type console struct {
	person bool             // somebody types: Ctrl-C stops answers
	stop   <-chan os.Signal // Ctrl-C, where somebody types

	in     io.Reader
	read   chan piece // what the read under way will bring; nil: there is none
	held   []byte     // read, and part of no line yet
	ended  error      // after held
	screen io.Writer  // for prompts; nil: none are wanted
	tty    int        // the terminal's descriptor, where lines are edited
	editor *editor    // nil: lines come as they are
}

type piece struct {
	data []byte
	err  error
}

// newConsole finds out what standard input is. Prompts and editing go to standard error, so that answers can go to a
// file or another program.
func newConsole(a *app) *console {
	c := &console{in: a.in}
	f, ok := a.in.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return c
	}
	c.person, c.tty = true, int(f.Fd())
	if isTerminal(a.err) && !a.json {
		c.screen = a.err
		if os.Getenv("TERM") != "dumb" {
			c.editor = &editor{}
		}
	}
	return c
}

// open readies the screen for editing, if it can be, and returns what puts it back.
func (c *console) open() (restore func()) {
	f, ok := c.screen.(*os.File)
	if !ok || c.editor == nil {
		return func() {}
	}
	restore, ok = escapes(f)
	if !ok {
		c.editor = nil
	}
	return restore
}

// said is what came: a text for the model, or a command with what follows it.
type said struct{ command, text string }

// message returns the next line that is not empty, or the text between two """. io.EOF is the end.
func (c *console) message(ctx context.Context) (said, error) {
	for {
		line, err := c.line(ctx, "> ")
		if err != nil {
			return said{}, err
		}
		s := parseSaid(line)
		if text, begun := strings.CutPrefix(s.text, `"""`); begun {
			if s.text, err = c.block(ctx, text); err != nil {
				return said{}, err
			}
		}
		if s.command != "" || strings.TrimSpace(s.text) != "" {
			return s, nil
		}
	}
}

// parseSaid divides a line: /letters and the rest, or text. A path is no command, and neither is a comment.
func parseSaid(line string) said {
	text := strings.TrimSpace(line)
	word, rest := text, ""
	if i := strings.IndexAny(text, " \t\n"); i >= 0 {
		word, rest = text[:i], strings.TrimSpace(text[i:])
	}
	if name, ok := strings.CutPrefix(word, "/"); ok && name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz") == "" {
		return said{word, rest}
	}
	if strings.HasPrefix(text, `"""`) {
		return said{text: text}
	}
	return said{text: line}
}

// block returns what stands before the closing """, beginning with the rest of the line of the opening one. Line ends
// beside the marks are theirs.
func (c *console) block(ctx context.Context, text string) (string, error) {
	for {
		if body, ok := strings.CutSuffix(strings.TrimRight(text, " \t"), `"""`); ok {
			return strings.TrimSuffix(strings.TrimPrefix(body, "\n"), "\n"), nil
		}
		line, err := c.line(ctx, ". ")
		if errors.Is(err, io.EOF) {
			return "", fault.New("chat", fault.Usage, `the input ends in a text that began with """`)
		}
		if err != nil {
			return "", err
		}
		if text += "\n" + line; len(text) > maxLine {
			return "", tooLong()
		}
	}
}

func tooLong() error {
	return fault.New("chat", fault.Limit, fmt.Sprintf("a text of more than %d MiB", maxLine>>20))
}

// line returns one line, without its end; after the last one, io.EOF.
func (c *console) line(ctx context.Context, prompt string) (string, error) {
	if c.editor != nil {
		return c.edit(ctx, prompt)
	}
	if c.screen != nil {
		io.WriteString(c.screen, prompt)
	}
	tooMuch := false
	for {
		if i := bytes.IndexByte(c.held, '\n'); i >= 0 || c.ended != nil && len(c.held) > 0 {
			if i < 0 {
				i = len(c.held)
			}
			line := strings.TrimSuffix(string(c.held[:i]), "\r")
			c.held = c.held[min(i+1, len(c.held)):]
			if tooMuch || len(line) > maxLine {
				return "", tooLong()
			}
			return line, nil
		}
		if len(c.held) > maxLine {
			c.held, tooMuch = nil, true // the rest of this line goes the same way
		}
		if err := c.more(ctx); err != nil {
			return "", err
		}
	}
}

// more waits for input and appends it to held. At its end, and after an error, which is told once, it returns io.EOF.
//
// Nothing is read that was not asked for: what is typed while the model speaks stays in the terminal. A read cannot be
// called off, so when something else comes first, the next call takes over the read that is under way.
func (c *console) more(ctx context.Context) error {
	if c.ended != nil {
		return c.ended
	}
	if c.read == nil {
		c.read = make(chan piece, 1)
		go func(to chan<- piece) {
			b := make([]byte, 32<<10)
			n, err := c.in.Read(b)
			to <- piece{b[:n], err}
		}(c.read)
	}
	select {
	case p := <-c.read:
		c.read = nil
		c.held = append(c.held, p.data...)
		if p.err == nil {
			return nil
		}
		c.ended = io.EOF
		if errors.Is(p.err, io.EOF) && len(c.held) > 0 {
			return nil
		}
		return p.err
	case <-c.stop:
		if c.screen != nil {
			fmt.Fprintln(c.screen)
		}
		return errAtPrompt
	case <-ctx.Done():
		return ctx.Err()
	}
}

// edit returns a line that is typed, edited and recalled with keys.
func (c *console) edit(ctx context.Context, prompt string) (string, error) {
	state, err := term.MakeRaw(c.tty)
	if err != nil {
		c.editor = nil // an old console: lines as it edits them
		return c.line(ctx, prompt)
	}
	defer term.Restore(c.tty, state)
	io.WriteString(c.screen, pasteOn)
	defer io.WriteString(c.screen, pasteOff)
	c.editor.begin(prompt)
	for {
		var done bool
		c.held, done, err = c.editor.keys(c.held)
		switch {
		case done || err != nil:
			c.editor.finish(c.screen, c.size)
			if done {
				c.editor.remember()
			}
			return c.editor.text, err
		default:
			c.editor.draw(c.screen, c.size)
		}
		if err := c.more(ctx); err != nil {
			c.editor.finish(c.screen, c.size)
			return "", err
		}
	}
}

// size returns the columns and rows of the screen.
func (c *console) size() (width, height int) {
	if f, ok := c.screen.(*os.File); ok {
		if w, h, err := term.GetSize(int(f.Fd())); err == nil && w > 0 && h > 0 {
			return w, h
		}
	}
	return 80, 24
}

// stopsWith calls cancel at Ctrl-C, until end is called.
func (c *console) stopsWith(cancel func()) (end func()) {
	if c.stop == nil {
		return func() {}
	}
	select {
	case <-c.stop: // from before
	default:
	}
	over, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		select {
		case <-c.stop:
			cancel()
		case <-over:
		}
	}()
	return func() { close(over); <-done }
}
