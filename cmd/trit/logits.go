package main

// run --logits: the numbers of a model for given tokens, for comparison with another runtime.

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/tritkit/tritkit/core/tokenizer"
	"github.com/tritkit/tritkit/native/files"
)

// logitsDump holds its flags.
type logitsDump struct {
	file, tokens string
	batch, force bool
}

func (d *logitsDump) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&d.file, "logits", "", "write the logits after each of --tokens to this .npy file: float32, tokens x vocabulary")
	f.StringVar(&d.tokens, "tokens", "", "ids for --logits, separated by commas")
	f.BoolVar(&d.batch, "batch", false, "with --logits, all tokens in one batch instead of one after another")
	f.BoolVar(&d.force, "force", false, "with --logits, overwrite the file")
}

func (d *logitsDump) run(a *app, cmd *cobra.Command, r *runner, args []string) error {
	if d.file == "" || d.tokens == "" || len(args) > 1 {
		return usage("--logits FILE goes with --tokens IDS, and without a prompt")
	}
	if err := r.allLogits("--logits"); err != nil {
		return err
	}
	var ids []tokenizer.Token
	for _, s := range strings.Split(d.tokens, ",") {
		n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 32)
		if err != nil {
			return usage("--tokens takes ids separated by commas, such as 1,2,3")
		}
		ids = append(ids, tokenizer.Token(n))
	}
	l, err := r.load(a, cmd, args[0], false, nil)
	if err != nil {
		return err
	}
	defer l.close()
	s, err := l.NewSession(r.context)
	if err != nil {
		return err
	}
	out, err := files.Create(d.file, d.force)
	if err != nil {
		return err
	}
	defer out.Abort()
	w := bufio.NewWriter(out)
	writeNpyHeader(w, len(ids), l.Config.Vocab)
	put := func(_ int, logits []float32) error {
		var b [4]byte
		for _, x := range logits {
			binary.LittleEndian.PutUint32(b[:], math.Float32bits(x))
			if _, err := w.Write(b[:]); err != nil {
				return err
			}
		}
		return nil
	}
	step := 1
	if d.batch {
		step = len(ids)
	}
	for at := 0; at < len(ids); at += step {
		if err := s.Each(cmd.Context(), ids[at:at+step], func(int) bool { return true }, put); err != nil {
			return err
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if err := out.Commit(nil); err != nil {
		return err
	}
	fmt.Fprintln(a.out, d.file)
	return nil
}

// writeNpyHeader writes the 128 bytes before a float32 array of rows x cols: numpy's format 1.0.
func writeNpyHeader(w io.Writer, rows, cols int) {
	head := fmt.Sprintf("{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }", rows, cols)
	fmt.Fprintf(w, "\x93NUMPY\x01\x00\x76\x00%-117s\n", head)
}
