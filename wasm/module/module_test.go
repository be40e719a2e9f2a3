package module

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

func TestTheModuleIsTheOneOfItsStamp(t *testing.T) {
	wasm := []byte("\x00asm\x01\x00\x00\x00")
	sum := sha256.Sum256(wasm)
	stamp := hex.EncodeToString(sum[:])
	file := func(b string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(b)} }
	for _, text := range []string{stamp, stamp + "\n", stamp + "  tritkit.wasm\n"} {
		got, err := read(fstest.MapFS{name: file(string(wasm)), name + ".sha256": file(text)})
		require.NoError(t, err)
		require.Equal(t, wasm, got)
	}
	for want, folder := range map[string]fs.FS{
		"built without":      fstest.MapFS{"README": file("")},
		"no tritkit.wasm.sh": fstest.MapFS{name: file(string(wasm))},
		"is not the file":    fstest.MapFS{name: file("other"), name + ".sha256": file(stamp)},
		"is not the file th": fstest.MapFS{name: file(string(wasm)), name + ".sha256": file("")},
	} {
		_, err := read(folder)
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, "make module")
	}
}

// What this binary carries is whole, or it says what to run.
func TestBytes(t *testing.T) {
	wasm, err := Bytes()
	if err != nil {
		require.ErrorContains(t, err, "run `make module`")
		return
	}
	require.Equal(t, "\x00asm", string(wasm[:4]))
}
