package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/internal/synth"
)

// Ctrl-C in the middle of a conversion: exit status 130, the reason in words, nothing left behind.
func TestInterruptLeavesNothing(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process cannot be sent Ctrl-C here")
	}
	dir := t.TempDir()
	shape := synth.Tiny
	shape.Embd, shape.FFN, shape.Vocab = 512, 1024, 48000 // an embedding that takes a second to write as q6_k
	source := filepath.Join(dir, "source")
	require.NoError(t, os.Mkdir(source, 0o755))
	for name, f := range synth.Folder(shape, synth.Packed, 1) {
		require.NoError(t, os.WriteFile(filepath.Join(source, name), f.Data, 0o644))
	}
	for _, args := range [][]string{{"--type", "i2_s", "--embd", "q6_k"}, {"--type", "tq1_0", "--embd", "q6_k", "--json"}} {
		out := t.TempDir()
		trit, err := exec.LookPath("trit")
		require.NoError(t, err)
		cmd := exec.Command(trit, append([]string{"convert", source, "-o", filepath.Join(out, "x.gguf"), "-t", "1"}, args...)...)
		var stderr strings.Builder
		cmd.Stderr = &stderr
		require.NoError(t, cmd.Start())
		require.Eventually(t, func() bool { entries, _ := os.ReadDir(out); return len(entries) > 0 }, 20*time.Second, time.Millisecond, "the conversion starts")
		require.NoError(t, cmd.Process.Signal(os.Interrupt))
		var exit *exec.ExitError
		require.True(t, errors.As(cmd.Wait(), &exit), stderr.String())
		require.Equal(t, 130, exit.ExitCode(), stderr.String())
		require.Contains(t, stderr.String(), "interrupted")
		entries, err := os.ReadDir(out)
		require.NoError(t, err)
		require.Empty(t, entries)
	}
}
