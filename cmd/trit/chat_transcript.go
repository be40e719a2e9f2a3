package main

// Conversations in files: JSON Lines, one {"role","content"} a turn.

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strconv"

	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/json"
	"github.com/tritkit/tritkit/core/template"
	"github.com/tritkit/tritkit/native/files"
)

// save writes turns to path, whole or not at all; an existing file is replaced when force is set.
func save(path string, force bool, turns []template.Message) error {
	o, err := files.Create(path, force)
	if err != nil {
		return err
	}
	if _, err := o.Write(appendTurns(nil, turns)); err != nil {
		o.Abort()
		return err
	}
	return o.Commit(nil)
}

func appendTurns(b []byte, turns []template.Message) []byte {
	for _, m := range turns {
		b = json.AppendString(json.AppendKey(append(b, '{'), "role"), m.Role)
		b = json.AppendString(json.AppendKey(b, "content"), m.Content)
		b = append(b, '}', '\n')
	}
	return b
}

// maxTranscript bounds a file: a template renders no more than this.
const maxTranscript = template.MaxOutput

// load reads what save wrote: a system text or none, then the user and the assistant in turn, the assistant last.
// Errors name the line.
func load(path string) ([]template.Message, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxTranscript+1))
	if err != nil {
		return nil, err
	}
	if len(b) > maxTranscript {
		return nil, fault.InFile(fault.New("chat", fault.Limit, "more than ", strconv.Itoa(maxTranscript>>20), " MiB"), path)
	}
	turns, err := parseTurns(b)
	return turns, fault.InFile(err, path)
}

func parseTurns(b []byte) (turns []template.Message, err error) {
	n := 0
	for line := range bytes.Lines(b) {
		n++
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		m, err := parseTurn(line)
		if err == nil {
			err = inTurn(turns, m.Role)
		}
		if err != nil {
			return nil, inLine(err, n)
		}
		turns = append(turns, m)
	}
	switch k := len(turns); {
	case k == 0:
		return nil, fault.New("chat", fault.JSON, "no conversation")
	case turns[k-1].Role == "user":
		return nil, inLine(fault.New("chat", fault.JSON, "the conversation ends without an answer"), n)
	}
	return turns, nil
}

func parseTurn(line []byte) (m template.Message, err error) {
	d := json.NewDecoder(line, json.Limits{})
	var role, content bool
	err = d.Object(func(name string) (err error) {
		switch name {
		case "role":
			role = true
			m.Role, err = d.String()
		case "content":
			content = true
			m.Content, err = d.String()
		default:
			err = fault.New("chat", fault.JSON, "a turn has role and content, not ", fault.Quote(name))
		}
		return err
	})
	if err == nil {
		err = d.End()
	}
	if err == nil && !(role && content) {
		err = fault.New("chat", fault.JSON, "a turn has role and content")
	}
	return m, err
}

// inTurn reports whether it is role's turn.
func inTurn(turns []template.Message, role string) error {
	want := "user"
	if k := len(turns); k > 0 && turns[k-1].Role == "user" {
		want = "assistant"
	}
	if role == want || role == "system" && len(turns) == 0 {
		return nil
	}
	return fault.New("chat", fault.JSON, "a turn of ", fault.Quote(role), " where it is the turn of the ", want)
}

// inLine names the line in a fault.
func inLine(err error, n int) error {
	var e *fault.Error
	if errors.As(err, &e) {
		e.Msg = "line " + strconv.Itoa(n) + ": " + e.Msg
	}
	return err
}
