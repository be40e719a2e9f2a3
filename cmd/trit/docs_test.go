package main

// docs/json.md against the program: every code with its status, every member of every object.

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/internal/synth"
)

func document(t *testing.T) string {
	b, err := os.ReadFile("../../docs/json.md")
	require.NoError(t, err)
	return string(b)
}

func TestDocumentedCodesAreTheProgramsCodes(t *testing.T) {
	documented := map[string]int{}
	for _, row := range regexp.MustCompile(`(?m)^\| (\d+) \| [^|]+ \| ([^|]*)\|$`).FindAllStringSubmatch(document(t), -1) {
		exit, err := strconv.Atoi(row[1])
		require.NoError(t, err)
		list, _, _ := strings.Cut(row[2], ":")
		for _, code := range regexp.MustCompile("`([a-z-]+)`").FindAllStringSubmatch(list, -1) {
			documented[code[1]] = exit
		}
	}
	require.Equal(t, exits, documented)
}

// Every class of fault ends in a code of the list, and errors from below do too.
func TestEveryErrorHasACode(t *testing.T) {
	for _, class := range []fault.Class{
		fault.Truncated, fault.Magic, fault.Version, fault.Endian, fault.Count, fault.Length, fault.Key, fault.Type, fault.Value, fault.Alignment, fault.Shape,
		fault.Overflow, fault.Offset, fault.Bounds, fault.JSON, fault.Limit, fault.Arch, fault.TensorType, fault.Ambiguous, fault.Config, fault.Tensor, fault.Code,
		fault.Scale, fault.NotTernary, fault.NotFinite, fault.Template, fault.NotFound, fault.Usage, fault.Misbehave, fault.Changed, fault.Memory, fault.Full,
	} {
		require.Contains(t, exits, class.ErrorCode(), class)
	}
	for want, err := range map[string]error{
		"not-found": fs.ErrNotExist, "internal": errors.New("a surprise"), "usage": plain(errors.New(`unknown command "x"`)), "check-failed": fmt.Errorf("x: %w", errCheck),
		"changed": fault.New("x", fault.Changed), "no-space": &os.PathError{Op: "write", Path: "x", Err: noSpace()},
	} {
		code, exit := status(err)
		require.Equal(t, want, code)
		require.Equal(t, exits[want], exit)
	}
}

func noSpace() error {
	return syscall.Errno(map[bool]uintptr{true: 112, false: uintptr(syscall.ENOSPC)}[os.PathSeparator == '\\'])
}

// members collects the names of all members of a JSON value, but for those of metadata and its types, which are the file's.
func members(v any, into map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for name, x := range v {
			into[name] = true
			if !strings.HasPrefix(name, "metadata") {
				members(x, into)
			}
		}
	case []any:
		for _, x := range v {
			members(x, into)
		}
	}
}

func TestDocumentedMembersAreTheProgramsMembers(t *testing.T) {
	doc := document(t)
	dir := t.TempDir()
	source := filepath.Join(dir, "source")
	require.NoError(t, os.CopyFS(source, synth.Folder(synth.Tiny, synth.Master, 1)))
	at := func(name string) string { return filepath.Join(dir, name) }
	for _, args := range [][]string{
		{"convert", source, "-o", at("a.gguf"), "--type", "i2_s"},
		{"convert", source, "-o", at("b.gguf"), "--type", "tq2_0", "--dry-run"},
		{"snap", source, "-o", at("packed")},
		{"prune", source, "-o", at("pruned"), "--prune", "5"},
		{"edit", at("a.gguf"), "-o", at("c.gguf"), "--set", "general.name=x"},
		{"show", source, "--stats"},
		{"show", at("a.gguf")},
		{"verify", at("a.gguf")},
		{"diff", at("a.gguf"), at("c.gguf")},
		{"convert", at("a.gguf"), "-o", at("d"), "--type", "hf-packed"},
		{"peek", at("a.gguf"), "--tensor", "output_norm.weight"},
		{"peek", at("a.gguf"), "--key", "tokenizer.ggml.tokens", "--find", "a"},
		{"version"}, {"env"},
	} {
		var out, errs bytes.Buffer
		require.Zero(t, run(append(args, "--json"), &out, &errs), "%v: %s", args, errs.String())
		require.Empty(t, errs.String(), "%v", args)
		var v any
		require.NoError(t, json.Unmarshal(out.Bytes(), &v), "%v", args)
		names := map[string]bool{}
		members(v, names)
		require.NotEmpty(t, names)
		for name := range names {
			require.Contains(t, doc, `"`+name+`"`, "trit %v", args)
		}
	}
	var out, errs bytes.Buffer
	require.Equal(t, 4, run([]string{"show", at("missing"), "--json"}, &out, &errs))
	require.Empty(t, out.String())
	var v map[string]map[string]any
	require.NoError(t, json.Unmarshal(errs.Bytes(), &v))
	for name := range v["error"] {
		require.Contains(t, doc, `"`+name+`"`)
	}
	require.Equal(t, 1, strings.Count(errs.String(), "\n"), "one line")
}
