package main

import (
	"errors"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/tritkit/tritkit/core/checkpoint"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/native/files"
)

// source holds the flags of every command that reads a model.
type source struct {
	layout, tokenizer, snap string
	assume                  []string
}

func (s *source) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&s.layout, "from-layout", "x86", "layout of i2_s tensors: x86, arm64 or rows4; the file does not say")
	f.StringArrayVar(&s.assume, "assume", nil, "what an ambiguous type number means: NUMBER=TYPE")
	f.StringVar(&s.tokenizer, "tokenizer", "", "folder with the tokenizer, where it is not beside the weights")
}

// open opens the model at path, and says how to get one that is on the Hub.
func (s *source) open(path string) (*checkpoint.Checkpoint, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) && onHub(path) {
		name := strings.TrimPrefix(path, "hf://")
		return nil, fault.New("trit", fault.NotFound, "no file or folder ", fault.Quote(path)).Try("hf download ", name, " --local-dir ", name[strings.LastIndex(name, "/")+1:])
	}
	o, err := checkpoint.ParseOptions(s.layout, s.assume)
	if err != nil {
		return nil, err
	}
	if s.tokenizer != "" {
		r, err := files.Open(s.tokenizer)
		if err != nil {
			return nil, err
		}
		o.Tokenizer = r
	}
	r, err := files.Open(path)
	if err != nil {
		return nil, err
	}
	return checkpoint.Open(r, o, r.Names...)
}

// onHub reports whether a name looks like owner/name.
func onHub(path string) bool {
	path, explicit := strings.CutPrefix(path, "hf://")
	return explicit || strings.Count(path, "/") == 1 && !strings.HasPrefix(path, ".") && !strings.HasPrefix(path, "/")
}
