package host_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/tritkit/tritkit/internal/synth"
	"github.com/tritkit/tritkit/wasm/host"
)

// Converting a folder to a GGUF in a sandbox.
func ExampleHost_Convert() {
	ctx, out := context.Background(), &bytes.Buffer{} // out: a file, a network connection
	wasm := tritkit()                                 // module.Bytes(), after make module
	h, err := host.New(ctx, wasm, host.Options{CacheDir: "../../build/wazero"})
	if err != nil {
		panic(err)
	}
	defer h.Close(ctx)
	fsys := synth.Folder(synth.Tiny, synth.Master, 1) // os.DirFS("./bitnet-b1.58-2B-4T-bf16")
	plan, err := h.Convert(ctx, fsys, out, host.ConvertOptions{Type: "i2_s"})
	fmt.Println(err, plan.Bytes == int64(out.Len()), plan.Steps[2].Name, plan.Steps[2].To)
	// Output: <nil> true blk.0.attn_q.weight i2_s
}

// tritkit builds the module, as make module does.
func tritkit() []byte {
	dir, err := os.MkdirTemp("", "tritkit")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	out := filepath.Join(dir, "tritkit.wasm")
	build := exec.Command("go", "run", "./internal/module", "-o", out)
	build.Dir = "../.."
	if said, err := build.CombinedOutput(); err != nil {
		panic(string(said))
	}
	wasm, err := os.ReadFile(out)
	if err != nil {
		panic(err)
	}
	return wasm
}
