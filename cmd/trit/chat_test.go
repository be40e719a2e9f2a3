package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/template"
	"github.com/tritkit/tritkit/core/tokenizer"
	"github.com/tritkit/tritkit/internal/synth"
	"github.com/tritkit/tritkit/native/generate"
	"github.com/tritkit/tritkit/native/sample"
)

const roles = "{% for m in messages %}{{ m.role }}: {{ m.content }}<|eot_id|>{% endfor %}{% if add_generation_prompt %}assistant: {% endif %}"

// tinyModel loads a synthetic model, with a file that holds a template with roles.
func tinyModel(t *testing.T) (l *loaded, file string) {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(filepath.Join(dir, "m"), synth.Folder(synth.Tiny, synth.Master, 1)))
	file = filepath.Join(dir, "roles.jinja")
	require.NoError(t, os.WriteFile(file, []byte(roles), 0o644))
	cmd := &cobra.Command{}
	cmd.SetContext(context.Background())
	var r runner
	r.flags(cmd) // their defaults
	l, err := r.load(&app{err: io.Discard, threads: 2}, cmd, filepath.Join(dir, "m"), true, nil)
	require.NoError(t, err)
	t.Cleanup(l.close)
	return l, file
}

func talk(t *testing.T, l *loaded, file, system string, size int, so sample.Options, g generate.Options) *dialogue {
	t.Helper()
	d, err := newDialogue(l, &templating{file: file, system: system}, size, so, g)
	require.NoError(t, err)
	return d
}

// What was computed for earlier turns is used again, and changes nothing: each answer is the one that a fresh session
// gives to the same conversation, with penalties that look back, too.
func TestAnswersDoNotDependOnWhatIsRemembered(t *testing.T) {
	l, file := tinyModel(t)
	so, g := sample.Options{Temp: 0.8, TopK: 40, Repeat: 1.3, Presence: 0.5, Seed: 5}, generate.Options{Max: 12}
	d := talk(t, l, file, "be brief", 0, so, g)
	ctx := context.Background()
	var shown string
	had := 0
	for i, text := range []string{"hello", "two\nlines 漢", "again", "and again"} {
		shown = ""
		a, err := d.ask(ctx, text, func(s string) { shown += s })
		require.NoError(t, err)
		require.Equal(t, shown, a.Text)
		require.Equal(t, uint64(5+i), a.seed)
		require.Zero(t, a.dropped)
		require.Len(t, d.turns, 3+2*i)
		require.Equal(t, template.Message{Role: "assistant", Content: a.Text}, d.turns[2+2*i])

		fresh := talk(t, l, file, "", 0, so, g)
		fresh.answers = uint64(i)
		fresh.continueFrom(d.turns[: 1+2*i : 1+2*i])
		b, err := fresh.ask(ctx, text, nil)
		require.NoError(t, err)
		require.Equal(t, b.Tokens, a.Tokens)
		require.Equal(t, b.context, a.context)
		require.GreaterOrEqual(t, b.Prompt-a.Prompt, had, "what was given before is not computed again")
		had = a.context - len(a.Tokens)
	}
	d.reset()
	require.Equal(t, []template.Message{{Role: "system", Content: "be brief"}}, d.turns)
	require.NoError(t, d.setSystem(""))
	require.Empty(t, d.turns)
	require.Empty(t, d.system())
}

// A full context costs the oldest exchanges, and neither the system text nor the transcript.
func TestTheOldestTurnsGo(t *testing.T) {
	l, file := tinyModel(t)
	d := talk(t, l, file, "be brief", 160, sample.Options{}, generate.Options{Max: 4})
	ctx := context.Background()
	gone, times, told, before := 0, 0, 0, 0
	d.forgets = func(turns int) { told += turns }
	for i := range 24 {
		a, err := d.ask(ctx, fmt.Sprintf("question %d", i), func(string) { before = told })
		require.NoError(t, err)
		require.Equal(t, gone+a.dropped, told)
		require.Equal(t, told, before, "it is told before the answer")
		require.LessOrEqual(t, a.context, 160)
		require.Zero(t, a.dropped%2, "a question goes with its answer")
		if gone += a.dropped; a.dropped > 0 {
			times++
			require.LessOrEqual(t, a.context-len(a.Tokens), 80, "half is free then")
		}
		require.Equal(t, gone, d.hidden)
		tokens, _, err := d.tokens(append(d.turns[:len(d.turns):len(d.turns)], template.Message{Role: "user", Content: "?"}), d.hidden, 160)
		require.NoError(t, err)
		text := l.enc.Decode(tokens, tokenizer.DecodeOptions{Special: true})
		require.True(t, strings.HasPrefix(text, "system: be brief"), text)
		require.Contains(t, text, fmt.Sprintf("question %d<", i))
	}
	require.Greater(t, times, 1)
	require.Less(t, times, 12, "not at every turn: what follows has to be computed again")
	require.Len(t, d.turns, 1+2*24)
	require.Equal(t, "question 0", d.turns[1].Content)

	// One turn that is too long by itself is an error of that turn.
	turns, hidden := len(d.turns), d.hidden
	_, err := d.ask(ctx, strings.Repeat("x", 200), nil)
	code, _ := status(err)
	require.Equal(t, "context-full", code)
	require.Len(t, d.turns, turns)
	require.Equal(t, hidden, d.hidden)
	_, err = d.ask(ctx, "short", nil)
	require.NoError(t, err)

	// A conversation of any length can be continued, also one that no template renders.
	long := []template.Message{}
	for range 3000 {
		long = append(long, template.Message{Role: "user", Content: "q"}, template.Message{Role: "assistant", Content: strings.Repeat("a", 1000)})
	}
	long = append(long, template.Message{Role: "user", Content: "last"}, template.Message{Role: "assistant", Content: "one"})
	d.continueFrom(long)
	a, err := d.ask(ctx, "now?", nil)
	require.NoError(t, err)
	require.Equal(t, 6000, a.dropped)
}

// An answer that is stopped stays as far as it came; a question that was stopped before is none.
func TestStoppedAnswers(t *testing.T) {
	l, file := tinyModel(t)
	d := talk(t, l, file, "", 0, sample.Options{}, generate.Options{})
	ctx, cancel := context.WithCancel(context.Background())
	n := 0
	a, err := d.ask(ctx, "hello", func(string) {
		if n++; n == 3 {
			cancel()
		}
	})
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, generate.Interrupted, a.Reason)
	require.NotEmpty(t, a.Text)
	require.Equal(t, a.Text, d.turns[1].Content)
	_, err = d.ask(ctx, "stopped already", nil)
	require.ErrorIs(t, err, context.Canceled)
	require.Len(t, d.turns, 2)
	_, err = d.ask(context.Background(), "go on", func(string) {})
	require.NoError(t, err)
	require.Len(t, d.turns, 4)
}

func TestTranscriptsComeBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "talk.jsonl")
	turns := []template.Message{{Role: "system", Content: "a \"b\"\n\u2028"}, {Role: "user", Content: "漢字\t"}, {Role: "assistant", Content: ""}}
	require.NoError(t, save(path, false, turns))
	back, err := load(path)
	require.NoError(t, err)
	require.Equal(t, turns, back)
	require.Error(t, save(path, false, turns[:1]))
	require.NoError(t, save(path, true, turns[:1]))
	back, err = load(path)
	require.NoError(t, err)
	require.Equal(t, turns[:1], back)
}

func TestTranscriptsThatAreNone(t *testing.T) {
	const user, assistant = `{"role":"user","content":"x"}` + "\n", `{"role":"assistant","content":"y"}` + "\n"
	for name, x := range map[string][2]string{
		"empty":             {"\n \n", "no conversation"},
		"two assistants":    {user + assistant + assistant, `line 3: a turn of "assistant" where it is the turn of the user`},
		"two users":         {user + "\n" + user, `line 3: a turn of "user" where it is the turn of the assistant`},
		"assistant first":   {assistant, "line 1: a turn of"},
		"a late system":     {user + assistant + `{"role":"system","content":""}`, "line 3: a turn of"},
		"another role":      {user + `{"role":"tool","content":""}`, "line 2: a turn of"},
		"no answer":         {user + assistant + user, "line 3: the conversation ends without an answer"},
		"another member":    {`{"role":"user","content":"x","name":"y"}`, `line 1: a turn has role and content, not "name"`},
		"a member twice":    {`{"role":"user","role":"user","content":"x"}`, "line 1: duplicate member"},
		"no content":        {`{"role":"user"}`, "line 1: a turn has role and content"},
		"no text":           {user + `{"role":"assistant","content":[]}`, "line 2: wanted a string"},
		"not an object":     {`"user"`, "line 1: wanted an object"},
		"two on a line":     {strings.TrimSpace(user) + assistant, "line 1: there is more after the end"},
		"over several":      {"{\n" + user, "line 1: the document ends early"},
		"not UTF-8":         {user + "{\"role\":\"assistant\",\"content\":\"\xff\"}", "line 2: "},
		"a byte order mark": {"\ufeff" + user + assistant, "line 1: "},
	} {
		_, err := parseTurns([]byte(x[0]))
		require.ErrorContains(t, err, x[1], name)
		require.ErrorIs(t, err, fault.ErrFormat, name)
	}
	path := filepath.Join(t.TempDir(), "long")
	require.NoError(t, os.WriteFile(path, bytes.Repeat([]byte(user+assistant), maxTranscript/50), 0o644))
	_, err := load(path)
	require.ErrorIs(t, err, fault.ErrLimit)
}

// Lines are the same however they come, and between two marks they are one text.
func TestLinesOfAPipe(t *testing.T) {
	const input = "one\r\n\n  \n\"\"\"\n/two\n\n  lines\n\"\"\"\n\"\"\"three\"\"\"  \n/system \"\"\"a\nb\"\"\"\n/etc/passwd\n// no command\n/load  a file.jsonl \n/system \"\"\n / \n\"\"\"\"\"\"\nlast"
	want := []said{{"", "one"}, {"", "/two\n\n  lines"}, {"", "three"}, {"/system", "a\nb"}, {"", "/etc/passwd"}, {"", "// no command"}, {"/load", "a file.jsonl"},
		{"/system", `""`}, {"", " / "}, {"", "last"}}
	for _, in := range []io.Reader{strings.NewReader(input), iotest.OneByteReader(strings.NewReader(input)), iotest.DataErrReader(strings.NewReader(input))} {
		c := newConsole(&app{in: in})
		require.False(t, c.person)
		var got []said
		for {
			s, err := c.message(context.Background())
			if err == io.EOF {
				break
			}
			require.NoError(t, err)
			got = append(got, s)
		}
		require.Equal(t, want, got)
	}
}

func TestLinesThatAreNone(t *testing.T) {
	ctx := context.Background()
	c := newConsole(&app{in: strings.NewReader("\"\"\"\nx\n")})
	_, err := c.message(ctx)
	require.ErrorIs(t, err, fault.ErrUsage)
	_, err = c.message(ctx)
	require.Equal(t, io.EOF, err)

	c = newConsole(&app{in: strings.NewReader(strings.Repeat("x", 3*maxLine) + "\nshort\n")})
	_, err = c.message(ctx)
	require.ErrorIs(t, err, fault.ErrLimit)
	s, err := c.message(ctx)
	require.NoError(t, err)
	require.Equal(t, "short", s.text)

	c = newConsole(&app{in: iotest.ErrReader(io.ErrClosedPipe)})
	_, err = c.message(ctx)
	require.Equal(t, io.ErrClosedPipe, err)
	_, err = c.message(ctx)
	require.Equal(t, io.EOF, err, "an error is told once")

	r, w := io.Pipe()
	defer w.Close()
	ended, cancel := context.WithCancel(ctx)
	cancel()
	c = newConsole(&app{in: r})
	_, err = c.message(ended)
	require.ErrorIs(t, err, context.Canceled)
	go io.WriteString(w, "late\n")
	s, err = c.message(ctx)
	require.NoError(t, err)
	require.Equal(t, "late", s.text, "the read that was under way is not lost")
}

// The JSON of an answer is that of run with the same seed and more, and docs/json.md names every member.
func TestJSONOfAnswers(t *testing.T) {
	l, file := tinyModel(t)
	var out, errs bytes.Buffer
	a := &app{in: strings.NewReader("hello\n" + strings.Repeat("x", 200) + "\nagain\n"), out: &out, err: &errs, json: true}
	d := talk(t, l, file, "", 128, sample.Options{Temp: 1, Seed: 9}, generate.Options{Max: 5})
	require.NoError(t, a.chat(context.Background(), d, true))
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 2)
	doc := document(t)
	for i, line := range lines {
		var v map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &v))
		require.EqualValues(t, 9+i, v["seed"])
		for name := range v {
			require.Contains(t, doc, `"`+name+`"`)
		}
	}
	require.Contains(t, doc, "`chat --json`")
	require.Contains(t, doc, "interrupted")
	require.Equal(t, 1, strings.Count(errs.String(), "\n"))
	require.Contains(t, errs.String(), `{"error":{"code":"context-full"`)

	out.Reset()
	require.NoError(t, (&app{out: &out, json: true}).listModels(t.TempDir()))
	require.Equal(t, `{"models":[]}`+"\n", out.String())
}
