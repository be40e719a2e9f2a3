// Command make writes synthetic checkpoints: make DIR [FORM] a tiny one, make DIR 2b4t the three of BitNet 2B-4T's shape
// (bf16 master, packed folder, i2_s GGUF), make DIR everything a tiny one of each form and, as broken.NAME, each folder gone wrong.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing/fstest"

	"github.com/tritkit/tritkit/core/checkpoint"
	"github.com/tritkit/tritkit/core/convert"
	"github.com/tritkit/tritkit/internal/synth"
	"github.com/tritkit/tritkit/native/files"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: make DIR [FORM]; forms: 2b4t everything", synth.Forms)
		os.Exit(2)
	}
	form := synth.Master
	if len(os.Args) > 2 {
		form = synth.Form(os.Args[2])
	}
	err := error(nil)
	switch form {
	case "2b4t":
		err = large(os.Args[1])
	case "everything":
		err = everything(os.Args[1])
	default:
		err = write(os.Args[1], synth.Folder(synth.Tiny, form, 1))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func everything(dir string) error {
	for _, form := range synth.Forms {
		if err := write(filepath.Join(dir, string(form)), synth.Folder(synth.Tiny, form, 1)); err != nil {
			return err
		}
	}
	for _, what := range synth.Litters {
		if err := write(filepath.Join(dir, "broken."+string(what)), synth.LitterFolder(what, 1)); err != nil {
			return err
		}
	}
	return nil
}

func write(dir string, folder fstest.MapFS) error {
	for name, f := range folder {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, f.Data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func large(dir string) error {
	packed := filepath.Join(dir, "packed")
	if err := synth.WriteFolder(filepath.Join(dir, "bf16"), synth.BitNet2B4T, synth.Master, 1); err != nil {
		return err
	}
	if err := synth.WriteFolder(packed, synth.BitNet2B4T, synth.Packed, 1); err != nil {
		return err
	}
	root, err := files.Open(packed)
	if err != nil {
		return err
	}
	c, err := checkpoint.Open(root, checkpoint.Options{})
	if err != nil {
		return err
	}
	p, err := convert.NewPlan(c, convert.Options{Type: "i2_s", Parallel: files.Parallel(2)})
	if err != nil {
		return err
	}
	o, err := files.Create(filepath.Join(dir, "i2_s.gguf"), true)
	if err != nil {
		return err
	}
	if err := p.Write(context.Background(), o); err != nil {
		o.Abort()
		return err
	}
	return o.Commit(nil)
}
