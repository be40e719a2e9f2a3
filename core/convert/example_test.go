package convert_test

// The whole of embedding the converter: a folder in, a GGUF out.

import (
	"bytes"
	"context"
	"fmt"

	"github.com/tritkit/tritkit/core/checkpoint"
	"github.com/tritkit/tritkit/core/convert"
	"github.com/tritkit/tritkit/core/dtype"
	"github.com/tritkit/tritkit/core/gguf"
	"github.com/tritkit/tritkit/internal/synth"
)

// A program that holds checkpoints anywhere — a folder through os.DirFS, an upload, a browser's file list — needs only an
// fs.FS whose files are io.ReaderAt and an io.Writer that takes the result forward.
func ExampleNewPlan() {
	fsys := synth.Folder(synth.Tiny, synth.Packed, 1) // or os.DirFS("./bitnet-b1.58-2B-4T")

	c, err := checkpoint.Open(fsys, checkpoint.Options{}) // headers only
	if err != nil {
		fmt.Println(err) // a *fault.Error: what, where, why, and the next step
		return
	}
	defer c.Close()

	plan, err := convert.NewPlan(c, convert.Options{Type: "tq2_0", Embd: "q8_0"})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range plan.Steps[:3] { // everything is decided before the first byte
		fmt.Println(s.Name, s.From, s.Action, s.To, s.Bytes)
	}
	for _, l := range plan.Loads {
		if l.App == "llama.cpp" {
			fmt.Println(l.App, l.Verdict)
		}
	}

	var out bytes.Buffer // or a file; Size says how large it will be
	if err := plan.Write(context.Background(), &out); err != nil {
		fmt.Println(err)
		return
	}
	f, err := gguf.Read(bytes.NewReader(out.Bytes()), int64(out.Len()), gguf.ReadOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(int64(out.Len()) == plan.Size(), len(f.Tensors), f.Tensors[2].Type == dtype.TQ2_0)
	// Output:
	// token_embd.weight bf16 convert q8_0 87040
	// blk.0.attn_norm.weight bf16 convert f32 1024
	// blk.0.attn_q.weight packed repack tq2_0 16896
	// llama.cpp refuses
	// true 24 true
}
