package main

// The module as it is published: its size, what it asks of a host and gives to it, and what it is made of.

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/stretchr/testify/require"
)

// budget is the most that a page may load, in bytes, compressed by brotli -q 11 -w 24.
const budget = 750_000

// mayImport is what a host has to give, of wasi_snapshot_preview1: the first ten are the Go runtime's own.
var mayImport = strings.Fields(`sched_yield proc_exit args_get args_sizes_get clock_time_get environ_get environ_sizes_get fd_write random_get poll_oneoff
	fd_close fd_fdstat_get fd_fdstat_set_flags fd_prestat_get fd_prestat_dir_name`)

// mayNotLink would each make the module a seventh larger, or need what a page does not have.
var mayNotLink = regexp.MustCompile(`^(os|net|fmt|log|encoding/json|text/.*|html/.*|crypto/.*|net/.*|os/.*|.*\..*)$`)

func TestModule(t *testing.T) {
	t.Chdir("../..")
	wasm, err := build()
	require.NoError(t, err)
	imports, exports := interfaces(t, wasm)
	for _, name := range imports {
		require.Contains(t, mayImport, strings.TrimPrefix(name, "wasi_snapshot_preview1."))
	}
	require.Equal(t, documented(t), exports, "docs/abi.md and the module name different exports")
	if testing.Short() {
		t.Skip("compressing the module takes half a minute; run without -short")
	}
	var b bytes.Buffer
	w := brotli.NewWriterOptions(&b, brotli.WriterOptions{Quality: 11, LGWin: 24})
	_, err = w.Write(wasm)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	t.Logf("%d bytes, %d compressed", len(wasm), b.Len())
	require.LessOrEqual(t, b.Len(), budget)
}

// documented returns the exports that docs/abi.md lists, and those of every reactor, in order.
func documented(t *testing.T) []string {
	text, err := os.ReadFile("docs/abi.md")
	require.NoError(t, err)
	names := []string{"_initialize", "memory"}
	for _, m := range regexp.MustCompile("(?m)^\\| `(tk_[a-z]+)\\(").FindAllSubmatch(text, -1) {
		names = append(names, string(m[1]))
	}
	slices.Sort(names)
	return names
}

// interfaces returns the names of what a module imports, with their modules, and of what it exports, in order.
func interfaces(t *testing.T, module []byte) (imports, exports []string) {
	text := func(r *reader) string { return string(r.take(r.uint())) }
	r := &reader{b: module[8:]}
	for len(r.b) > 0 {
		id, s := r.byte(), &reader{b: r.take(r.uint())}
		switch id {
		case 2:
			for range s.uint() {
				imports = append(imports, text(s)+"."+text(s))
				require.Equal(t, byte(0), s.byte(), "something imported that is no function")
				s.uint()
			}
		case 7:
			for range s.uint() {
				exports = append(exports, text(s))
				s.byte()
				s.uint()
			}
		}
		require.False(t, r.broken || s.broken)
	}
	slices.Sort(imports)
	slices.Sort(exports)
	return imports, exports
}

func TestWhatTheModuleIsMadeOf(t *testing.T) {
	t.Chdir("../..")
	cmd := exec.Command("go", "list", "-deps", "./wasm/guest")
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "GOFLAGS=")
	out, err := cmd.Output()
	require.NoError(t, err)
	for _, name := range strings.Fields(string(out)) {
		if !strings.HasPrefix(name, "github.com/tritkit/tritkit/") {
			require.NotRegexp(t, mayNotLink, name)
		}
	}
	require.Contains(t, string(out), "github.com/tritkit/tritkit/core/convert")
}
