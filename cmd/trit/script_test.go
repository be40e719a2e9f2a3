package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/tritkit/tritkit/core/dtype"
	"github.com/tritkit/tritkit/core/gguf"
	"github.com/tritkit/tritkit/core/tensor"
	"github.com/tritkit/tritkit/internal/malformed"
	"github.com/tritkit/tritkit/internal/synth"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"trit": main})
}

// TestScripts runs the transcripts. Beside trit they know: "synth DIR FORM" and "litter DIR KIND" make checkpoints,
// "malformed FILE NAME" a broken GGUF, "ambiguous FILE" one whose type number has two meanings, "flip FILE" writes
// impossible codes into the middle of a file, "exits N ARGS…" demands trit's exit status.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"synth": func(ts *testscript.TestScript, _ bool, args []string) {
				ts.Check(os.CopyFS(ts.MkAbs(args[0]), synth.Folder(synth.Tiny, synth.Form(args[1]), 1)))
			},
			"litter": func(ts *testscript.TestScript, _ bool, args []string) {
				ts.Check(os.CopyFS(ts.MkAbs(args[0]), synth.LitterFolder(synth.Litter(args[1]), 1)))
			},
			"malformed": func(ts *testscript.TestScript, _ bool, args []string) {
				for _, c := range malformed.GGUF() {
					if c.Name == strings.Join(args[1:], " ") {
						ts.Check(os.WriteFile(ts.MkAbs(args[0]), c.Make(), 0o644))
						return
					}
				}
				ts.Fatalf("no such file in the list: %v", args[1:])
			},
			"ambiguous": func(ts *testscript.TestScript, _ bool, args []string) {
				head, _, size, err := gguf.Header(nil, []tensor.Tensor{{Name: "blk.0.attn_q.weight", Type: dtype.Q2_0, Shape: []int64{1, 128}}}, 32)
				ts.Check(err)
				ts.Check(os.WriteFile(ts.MkAbs(args[0]), append(head, make([]byte, size-int64(len(head)))...), 0o644))
			},
			"flip": func(ts *testscript.TestScript, _ bool, args []string) {
				path := ts.MkAbs(args[0])
				b, err := os.ReadFile(path)
				ts.Check(err)
				for i := len(b) / 2; i < len(b)/2+4096; i++ {
					b[i] = 0xff
				}
				ts.Check(os.WriteFile(path, b, 0o644))
			},
			"exits": func(ts *testscript.TestScript, _ bool, args []string) {
				err := ts.Exec("trit", args[1:]...)
				code := 0
				var exit *exec.ExitError
				if errors.As(err, &exit) {
					code = exit.ExitCode()
				}
				if strconv.Itoa(code) != args[0] {
					ts.Fatalf("exit status %d, want %s", code, args[0])
				}
			},
		},
	})
}

// TestExitStatus holds one row of the table of exit statuses against the program.
func TestExitStatus(t *testing.T) {
	dir := t.TempDir()
	for name, f := range synth.Folder(synth.Tiny, synth.Undefined, 1) {
		os.WriteFile(filepath.Join(dir, name), f.Data, 0o644)
	}
	empty, cut := filepath.Join(dir, "empty.gguf"), filepath.Join(dir, "cut.gguf")
	os.WriteFile(empty, nil, 0o644)
	os.WriteFile(cut, []byte("GGUF\x03\x00\x00\x00"), 0o644)
	for _, x := range []struct {
		want int
		args []string
	}{
		{0, []string{"version", "--json"}},
		{0, []string{"env"}},
		{0, []string{"show", dir, "--json"}},
		{2, []string{"nonsense"}},
		{2, []string{"show"}},
		{2, []string{"show", dir, "--no-such-flag"}},
		{2, []string{"convert", dir, "--snap", "sometimes"}},
		{3, []string{"show", empty}},
		{3, []string{"show", cut}},
		{3, []string{"convert", dir, "-o", filepath.Join(dir, "out.gguf")}},
		{4, []string{"show", filepath.Join(dir, "missing.gguf")}},
		{4, []string{"show", "owner/name"}},
	} {
		var out, err devNull
		if got := run(x.args, &out, &err); got != x.want {
			t.Errorf("trit %v: exit status %d, want %d", x.args, got, x.want)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "out.gguf")); err == nil {
		t.Error("a refused conversion left its output")
	}
}

type devNull struct{}

func (*devNull) Write(p []byte) (int, error) { return len(p), nil }
