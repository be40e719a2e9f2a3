package main

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/tritkit/tritkit/core/checkpoint"
	"github.com/tritkit/tritkit/core/dtype"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/ternary"
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
	o := checkpoint.Options{}
	switch s.layout {
	case "", "x86":
	case "arm64":
		o.Layout = dtype.ARM64
	case "rows4":
		o.Layout = dtype.Rows4
	default:
		return nil, usage("--from-layout is x86, arm64 or rows4")
	}
	for _, a := range s.assume {
		number, name, _ := strings.Cut(a, "=")
		n, err := strconv.ParseUint(number, 10, 32)
		t, ok := dtype.Parse(name)
		if err != nil || !ok {
			return nil, usage("--assume takes NUMBER=TYPE, such as 42=q2_0")
		}
		if o.Assume == nil {
			o.Assume = map[uint32]dtype.Type{}
		}
		o.Assume[uint32(n)] = t
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

func rule(name string) (ternary.Rule, error) {
	switch name {
	case "":
		return ternary.Declared, nil
	case "absmean":
		return ternary.AbsMean, nil
	case "nonzero-mean":
		return ternary.NonzeroMean, nil
	}
	return 0, usage("--snap is absmean or nonzero-mean")
}
