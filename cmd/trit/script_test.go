package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/tritkit/tritkit/internal/synth"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"trit": main})
}

// TestScripts runs the transcripts. "synth DIR FORM" makes a checkpoint, "exits N COMMAND…" demands an exit status.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"synth": func(ts *testscript.TestScript, _ bool, args []string) {
				for name, f := range synth.Folder(synth.Tiny, synth.Form(args[1]), 1) {
					path := filepath.Join(ts.MkAbs(args[0]), name)
					ts.Check(os.MkdirAll(filepath.Dir(path), 0o755))
					ts.Check(os.WriteFile(path, f.Data, 0o644))
				}
			},
			"flip": func(ts *testscript.TestScript, _ bool, args []string) { // the last byte of the first tensor's neighbourhood
				path := ts.MkAbs(args[0])
				b, err := os.ReadFile(path)
				ts.Check(err)
				for i := len(b) / 2; i < len(b)/2+4096; i++ {
					b[i] = 0xff
				}
				ts.Check(os.WriteFile(path, b, 0o644))
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
