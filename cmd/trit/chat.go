package main

// chat: a conversation with a model, through its chat template.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/json"
	"github.com/tritkit/tritkit/native/generate"
	"github.com/tritkit/tritkit/native/sample"
)

func (a *app) chatCmd() *cobra.Command {
	var r runner
	var s sampling
	var t templating
	var g generate.Options
	var stats bool
	cmd := &cobra.Command{
		Use: "chat [MODEL]", Short: "Talk with a model", Args: cobra.MaximumNArgs(1),
		Long: "chat is a conversation: each line is a turn, the model answers through its chat template and remembers. /help lists the commands,\n" +
			"Ctrl-C stops an answer, Ctrl-D or /exit ends the chat. When the context is full the model forgets the oldest turns, with a notice.\n" +
			"Lines may come from a pipe too: answers go to standard output, everything else to standard error.\n" +
			"Control tokens written in a turn are control tokens, as with run.\n\n" +
			"Without MODEL it lists the models in this folder, and says how to get one.",
		Example: "  trit chat model.gguf\n  trit chat model.gguf --system \"Answer in one sentence.\" -c 2048\n  printf 'Who are you?\\n/save talk.jsonl\\n' | trit chat model.gguf -q\n  trit chat model.gguf --json < questions.txt | jq -r .text",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return a.listModels(".")
			}
			var so sample.Options
			l, err := r.load(a, cmd, args[0], true, s.settle(cmd, &so))
			if err != nil {
				return err
			}
			defer l.close()
			d, err := newDialogue(l, &t, r.context, so, g)
			if err != nil {
				return err
			}
			return a.chat(cmd.Context(), d, stats)
		},
	}
	r.flags(cmd)
	s.flags(cmd)
	t.dialogueFlags(cmd)
	f := cmd.Flags()
	f.IntVarP(&g.Max, "predict", "n", 0, "most tokens of an answer; 0: until the context is full")
	f.StringArrayVar(&g.Stop, "stop", nil, "end an answer at this text; may be given several times")
	f.BoolVar(&stats, "stats", false, "print tokens and rates after each answer, on standard error")
	f.Lookup("context").Usage = contextUsage
	return cmd
}

// chat talks until the input or the user ends it.
func (a *app) chat(ctx context.Context, d *dialogue, stats bool) error {
	c := &chat{app: a, d: d, console: newConsole(a), stats: stats}
	d.forgets = func(turns int) {
		a.note("the context is full: the model no longer sees the oldest %d turns (/save still writes them)", turns)
	}
	if c.console.person {
		// Ctrl-C is for the answer, so that only the other signals are left to end the command.
		stop := make(chan os.Signal, 1)
		signal.Notify(stop, os.Interrupt)
		defer signal.Stop(stop)
		if err := ctx.Err(); err != nil {
			return err
		}
		var done func()
		ctx, done = signal.NotifyContext(context.WithoutCancel(ctx), syscall.SIGTERM)
		defer done()
		c.console.stop = stop
	}
	a.note("through the chat template · kernel %s · head %s · %d threads · context %d · seed %d", d.l.Kernel.Name, d.l.Head, d.l.Threads(), d.session.Limit(), d.sample.Seed)
	if c.console.person {
		a.note("/help lists the commands; Ctrl-C stops an answer, Ctrl-D ends the chat")
	}
	defer c.console.open()()
	return c.loop(ctx)
}

// chat is one run of the command.
type chat struct {
	*app
	d       *dialogue
	console *console
	stats   bool
}

func (c *chat) loop(ctx context.Context) error {
	for {
		s, err := c.console.message(ctx)
		if errors.Is(err, io.EOF) || err == nil && s.command == "/exit" {
			return nil
		}
		switch {
		case err != nil:
		case s.command != "":
			err = c.command(s.command, s.text)
		default:
			err = c.answer(ctx, s.text)
		}
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, errCleared):
		case errors.Is(err, errAtPrompt):
			c.note("/exit or Ctrl-D ends the chat")
		case err != nil:
			c.report(err) // of this turn: the chat goes on
		}
	}
}

// answer gives text to the model and prints what it says.
func (c *chat) answer(ctx context.Context, text string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer c.console.stopsWith(cancel)()
	var emit func(string)
	if !c.json {
		emit = func(text string) { io.WriteString(c.out, c.shown(text)) }
	}
	r, err := c.d.ask(ctx, text, emit)
	stopped := errors.Is(err, context.Canceled)
	if err != nil && !stopped {
		if r.Text != "" && !c.json {
			fmt.Fprintln(c.out)
		}
		return err
	}
	if c.json {
		fmt.Fprintf(c.out, "%s\n", r.appendJSON(nil))
		return nil
	}
	fmt.Fprintln(c.out)
	switch {
	case stopped && r.Text == "":
		c.note("stopped before a word was said: the question is taken back")
	case stopped:
		c.note("stopped: what was said so far is the answer")
	case r.Reason == generate.Length:
		c.note("stopped after %d tokens (-n)", len(r.Tokens))
	case r.Reason == generate.Context:
		c.note("stopped: the context of %d tokens is full (-c)", c.d.session.Limit())
	}
	if c.stats {
		c.rates(&r.Result)
	}
	return nil
}

const help = `/system [TEXT]  show or set what the model is told before the conversation; "" takes it away
/reset          forget the conversation; the system text stays
/save FILE      write the conversation, one {"role","content"} a line; /save --force FILE replaces one
/load FILE      continue a conversation that was written so
/exit           end, as Ctrl-D does
"""             begins and ends a text of several lines, or one that begins with /
`

// command does what a line that begins with a slash says.
func (c *chat) command(name, text string) error {
	switch name {
	case "/help":
		io.WriteString(c.err, help)
		return nil
	case "/system":
		return c.system(text)
	case "/reset":
		c.d.reset()
		c.note("the conversation is forgotten")
		return nil
	case "/save":
		path, force := strings.CutPrefix(text, "--force ")
		if path = atHome(strings.TrimSpace(path)); path == "" {
			return usageOf("/save", "FILE")
		}
		if err := save(path, force, c.d.turns); err != nil {
			return err
		}
		c.note("%d turns are in %s", len(c.d.turns), fault.Clean(path))
		return nil
	case "/load":
		path := atHome(text)
		if path == "" {
			return usageOf("/load", "FILE")
		}
		turns, err := load(path)
		if err != nil {
			return err
		}
		c.d.continueFrom(turns)
		c.note("%d turns from %s", len(turns), fault.Clean(path))
		return nil
	}
	return fault.New("chat", fault.Usage, "no command ", fault.Quote(name)).Try(`/help lists them; """ around a text sends it as it is`)
}

func usageOf(name, argument string) error {
	return fault.New("chat", fault.Usage, name, " takes a file name").Try(name, " ", argument)
}

// system shows what the model is told first, or sets it.
func (c *chat) system(text string) error {
	switch text {
	case "":
		if now := c.d.system(); now != "" {
			fmt.Fprintln(c.err, safe(now))
		} else {
			c.note("the model is told nothing before the conversation")
		}
		return nil
	case `""`:
		text = ""
	}
	if err := c.d.setSystem(text); err != nil {
		return err
	}
	c.note("the system text is set; it stands before the whole conversation")
	return nil
}

// atHome gives ~/ the meaning that it has in a shell.
func atHome(path string) string {
	rest, ok := strings.CutPrefix(path, "~/")
	if home, err := os.UserHomeDir(); ok && err == nil {
		return filepath.Join(home, rest)
	}
	return path
}

// appendJSON appends the object of run, and what a conversation has beyond it.
func (r *answer) appendJSON(b []byte) []byte {
	b = appendGenerated(b, &r.Result, r.seed)
	b = json.AppendInt(json.AppendKey(b[:len(b)-1], "context_tokens"), int64(r.context))
	b = json.AppendInt(json.AppendKey(b, "dropped"), int64(r.dropped))
	return append(b, '}')
}
