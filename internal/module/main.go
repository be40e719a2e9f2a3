// Command module builds the WebAssembly module as it is published: small, and the same bytes whoever builds it.
//
// It compiles wasm/guest with the flags below, makes its data small, and writes build/tritkit.wasm and, for
// programs that carry the module, a copy in wasm/module/data with its SHA-256 beside it. It runs in the root of the
// repository; -o FILE writes that file alone.
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// flags of go build. Without inlining the module is 140 KB smaller after compression. What goes over every weight and
// every token keeps it, and what that inlines from the standard library.
var flags = append([]string{"-buildmode=c-shared", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-gcflags=all=-l"}, inlined(
	"github.com/tritkit/tritkit/core/dtype", "github.com/tritkit/tritkit/core/ternary", "encoding/binary", "math", "math/bits",
	"github.com/tritkit/tritkit/core/json", "bytes", "hash/maphash", "strings", "unicode/utf8")...)

// inlined undoes -gcflags=all=-l for some packages.
func inlined(packages ...string) (flags []string) {
	for _, p := range packages {
		flags = append(flags, "-gcflags="+p+"=")
	}
	return flags
}

func main() {
	out := flag.String("o", "", "write this file alone")
	flag.Parse()
	if err := run(*out); err != nil {
		fmt.Fprintln(os.Stderr, "module:", err)
		os.Exit(1)
	}
}

func run(out string) error {
	wasm, err := build()
	if err != nil {
		return err
	}
	if out != "" {
		return os.WriteFile(out, wasm, 0o644)
	}
	sum := sha256.Sum256(wasm)
	stamp := hex.EncodeToString(sum[:]) + "  tritkit.wasm\n"
	for _, file := range []struct {
		path string
		data []byte
	}{{"build/tritkit.wasm", wasm}, {"wasm/module/data/tritkit.wasm", wasm}, {"wasm/module/data/tritkit.wasm.sha256", []byte(stamp)}} {
		if err := os.MkdirAll(filepath.Dir(file.path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file.path, file.data, 0o644); err != nil {
			return err
		}
	}
	fmt.Println("build/tritkit.wasm:", len(wasm), "bytes, sha256", hex.EncodeToString(sum[:]))
	return nil
}

// build compiles the module and shrinks it.
func build() ([]byte, error) {
	dir, err := os.MkdirTemp("", "module")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "guest.wasm")
	cmd := exec.Command("go", append(append([]string{"build", "-o", file}, flags...), "./wasm/guest")...)
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "GOWASM=", "GOFLAGS=", "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("go build ./wasm/guest: %w\n%s", err, text)
	}
	compiled, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return shrink(compiled)
}
