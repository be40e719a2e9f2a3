package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// floors lists the packages from the ground up; those of one line may not import one another.
var floors = [][]string{
	{"core/fault"}, {"core/json"},
	{"core/ternary"}, {"core/dtype"}, {"core/tensor"},
	{"core/gguf", "core/safetensors"}, {"core/model"}, {"core/tokenizer"}, {"core/template"}, {"core/checkpoint"}, {"core/convert"}, {"core/inspect"},
	{"wasm/guest", "wasm/host", "wasm/module"},
	{"native/files", "native/kernel"},
	{"native/sample"},
	{"native/infer"},
	{"native/generate", "native/eval"},
	{"www"},
	{"cmd/trit"},
}

// forbidden keeps core small in Wasm and free of the system.
var forbidden = []string{"fmt", "os", "net", "net/http", "reflect", "unsafe", "encoding/json", "crypto/sha256", "time", "log", "C"}

const module = "github.com/tritkit/tritkit/"

// TestFloors holds the order of the house: a package imports only packages on lower floors.
func TestFloors(t *testing.T) {
	level := map[string]int{}
	for i, names := range floors {
		for _, name := range names {
			level[name] = i
		}
	}
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		rel, _ := filepath.Rel(root, path)
		pkg := filepath.ToSlash(filepath.Dir(rel))
		if strings.HasPrefix(pkg, "internal/") || strings.Contains(pkg, "/_") {
			return nil
		}
		mine, ok := level[pkg]
		if !ok {
			t.Errorf("%s is on no floor", pkg)
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range f.Imports {
			name, _ := strconv.Unquote(spec.Path.Value)
			checkImport(t, rel, pkg, name, mine, level)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func checkImport(t *testing.T, file, pkg, name string, mine int, level map[string]int) {
	if strings.HasPrefix(name, "github.com/tetratelabs/wazero") && pkg != "wasm/host" {
		t.Errorf("%s imports %s, which is wasm/host's alone", file, name)
	}
	if below, ok := strings.CutPrefix(name, module); ok {
		if theirs, ok := level[below]; !ok || theirs >= mine {
			t.Errorf("%s imports %s, which is not on a lower floor", file, below)
		}
		return
	}
	if !strings.HasPrefix(pkg, "core/") && pkg != "wasm/guest" {
		return
	}
	for _, bad := range forbidden {
		if name == bad && !(pkg == "wasm/guest" && (bad == "unsafe" || bad == "time")) { // addresses; the ModTime of an fs.FileInfo
			t.Errorf("%s imports %s, which core does without", file, name)
		}
	}
	if strings.Contains(name, ".") {
		t.Errorf("%s imports %s: core needs the standard library alone", file, name)
	}
}
