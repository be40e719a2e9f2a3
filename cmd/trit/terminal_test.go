package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestNumbersForPeople(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 1023: "1023 B", 1024: "1.00 KiB", 1187801280: "1.11 GiB", 1 << 50: "1.00 PiB"} {
		require.Equal(t, want, size(n))
	}
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 2412820480: "2,412,820,480"} {
		require.Equal(t, want, group(n))
	}
	require.Equal(t, "scalar", dims(nil))
	require.Equal(t, "2560 x 6912", dims([]int64{2560, 6912}))
}

// Columns line up whatever the script, and text from a file cannot move the cursor.
func TestTablesLineUp(t *testing.T) {
	var out bytes.Buffer
	a := &app{out: &out}
	a.table([]string{"name", "n"}, [][]string{{"漢字", "1"}, {"plain", "2"}, {"e\x1b[31m", "3"}})
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Equal(t, []string{"name         n", "漢字         1", "plain        2", `e\u{1b}[31m  3`}, lines)
}

// Without a terminal progress is a line now and then, with rate and time left; nothing in the first second, nothing for
// machines.
func TestProgressWithoutATerminal(t *testing.T) {
	var errs bytes.Buffer
	a := &app{err: &errs}
	p := a.progress("converting")
	p.update(1<<20, 100<<20)
	require.Empty(t, errs.String())
	p.start, p.last = time.Now().Add(-20*time.Second), time.Now().Add(-11*time.Second)
	p.update(50<<20, 100<<20)
	p.update(51<<20, 100<<20)
	p.stop()
	require.Regexp(t, `^converting: 50 %, 2\.\d\d MiB/s, \d+s left\n$`, errs.String())
	for _, silent := range []*app{{err: &errs, json: true}, {err: &errs, quiet: true}, {err: &errs, noProgress: true}} {
		errs.Reset()
		p := silent.progress("x")
		p.start = time.Now().Add(-time.Hour)
		p.update(1, 2)
		p.stop()
		require.Empty(t, errs.String())
	}
}

func TestLayersAreFoundInNames(t *testing.T) {
	for name, want := range map[string][3]string{
		"blk.12.attn_q.weight": {"12", "blk.", ".attn_q.weight"}, "model.layers.0.mlp.up_proj.weight": {"0", "model.layers.", ".mlp.up_proj.weight"},
		"token_embd.weight": {"", "token_embd.weight", ""},
	} {
		layer, before, after := layerOf(name)
		require.Equal(t, want, [3]string{layer, before, after})
	}
}

// Completion for every shell comes with the program.
func TestCompletion(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		var out, errs bytes.Buffer
		require.Zero(t, run([]string{"completion", shell}, &out, &errs), errs.String())
		require.Contains(t, out.String(), "trit")
	}
}
