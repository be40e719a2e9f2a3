package main

// The command, as people have it: run with --json, its objects read back.

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// trit runs the command.
type trit struct {
	path    string
	threads int // 0: the command's own default
	say     func(format string, args ...any)
}

// ran is what a run of it gave.
type ran struct {
	Command string  `json:"command"`
	Exit    int     `json:"exit"`
	Seconds float64 `json:"seconds"`
	Peak    int64   `json:"peak_bytes"`
	out     []byte
}

// run runs trit with args and --json. Exit statuses 0 and 5 (a check failed) are answers; the others are errors, in the
// command's words.
func (t *trit) run(ctx context.Context, args ...string) (*ran, error) {
	args = append(args, "--json")
	if t.threads > 0 {
		args = append(args, "-t", strconv.Itoa(t.threads))
	}
	cmd := exec.CommandContext(ctx, t.path, args...)
	cmd.WaitDelay = 10 * time.Second
	if runtime.GOOS != "windows" {
		cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	}
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	defer t.heartbeat()()
	start := time.Now()
	err := cmd.Run()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if cmd.ProcessState == nil {
		return nil, err
	}
	r := &ran{Command: "trit " + strings.Join(args, " "), Exit: cmd.ProcessState.ExitCode(), Seconds: time.Since(start).Seconds(), Peak: peak(cmd.ProcessState), out: out.Bytes()}
	if r.Exit != 0 && r.Exit != 5 {
		return nil, fmt.Errorf("%s: exit status %d: %s", r.Command, r.Exit, message(complaint.Bytes()))
	}
	return r, nil
}

// message is the sentence of {"error":{…}}, or what else was said.
func message(b []byte) string {
	var e struct {
		Error struct{ Code, Message, Next string }
	}
	if json.Unmarshal(b, &e) == nil && e.Error.Message != "" {
		return strings.TrimSpace(e.Error.Code + ": " + e.Error.Message + " " + e.Error.Next)
	}
	return strings.TrimSpace(string(b))
}

// heartbeat says once a minute that the command is still at work; the function returned ends it.
func (t *trit) heartbeat() func() {
	start, done := time.Now(), make(chan struct{})
	go func() {
		for tick := time.NewTicker(time.Minute); ; {
			select {
			case <-done:
				tick.Stop()
				return
			case <-tick.C:
				t.say("  … %s so far", span(time.Since(start).Seconds()))
			}
		}
	}()
	return func() { close(done) }
}

// into reads the first object that the command printed.
func (r *ran) into(v any) error {
	if err := json.NewDecoder(bytes.NewReader(r.out)).Decode(v); err != nil {
		return fmt.Errorf("%s printed no such JSON: %w", r.Command, err)
	}
	return nil
}

// each calls do for every object that the command printed.
func (r *ran) each(do func(b json.RawMessage)) error {
	d := json.NewDecoder(bytes.NewReader(r.out))
	for {
		var b json.RawMessage
		err := d.Decode(&b)
		if err != nil {
			if len(bytes.TrimSpace(r.out[d.InputOffset():])) == 0 {
				return nil
			}
			return fmt.Errorf("%s printed no JSON: %w", r.Command, err)
		}
		do(b)
	}
}

var errNoTrit = errors.New("no trit command")

// find makes the path of the command absolute, and fails early where there is none.
func find(path string) (string, error) {
	found, err := exec.LookPath(path)
	if err != nil && !errors.Is(err, exec.ErrDot) {
		return "", fmt.Errorf("%w: %v; make build makes build/trit", errNoTrit, err)
	}
	return found, nil
}
