// Package module carries Tritkit's WebAssembly module inside a Go program, for wasm/host. make module builds it and puts
// it here; it is in no repository.
package module

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"io/fs"
	"strings"
)

//go:embed data
var data embed.FS

const name = "tritkit.wasm"

// Bytes returns the module that this program was built with. Where there is none, the error says how to get one.
func Bytes() ([]byte, error) {
	folder, err := fs.Sub(data, "data")
	if err != nil {
		return nil, err
	}
	return read(folder)
}

// read returns the module in folder, if it is the one that its stamp, the output of sha256sum, was made of.
func read(folder fs.FS) ([]byte, error) {
	wasm, err := fs.ReadFile(folder, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.New("module: this program was built without " + name + ": run `make module` in Tritkit's source and build it again, or give host.New the file of a release")
	}
	if err != nil {
		return nil, err
	}
	stamp, err := fs.ReadFile(folder, name+".sha256")
	if err != nil {
		return nil, errors.New("module: " + name + " has no " + name + ".sha256 beside it: run `make module` and build again")
	}
	sum := sha256.Sum256(wasm)
	if digits, _, _ := strings.Cut(strings.TrimSpace(string(stamp)), " "); digits != hex.EncodeToString(sum[:]) {
		return nil, errors.New("module: " + name + " is not the file that " + name + ".sha256 was made of: run `make module` and build again")
	}
	return wasm, nil
}
