// Command make writes a synthetic checkpoint to a folder: make DIR [FORM]; the form 2b4t is the full shape of BitNet 2B-4T.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/tritkit/tritkit/internal/synth"
)

func main() {
	form := synth.Master
	if len(os.Args) > 2 {
		form = synth.Form(os.Args[2])
	}
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: make DIR [FORM]; forms:", synth.Forms)
		os.Exit(2)
	}
	if form == "2b4t" {
		if err := synth.WriteMaster(os.Args[1], synth.BitNet2B4T, 1); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	for name, f := range synth.Folder(synth.Tiny, form, 1) {
		path := filepath.Join(os.Args[1], name)
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		if err == nil {
			err = os.WriteFile(path, f.Data, 0o644)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}
