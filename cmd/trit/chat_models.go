package main

// chat without a model: which ones are at hand, and how to get one.

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/tritkit/tritkit/core/checkpoint"
	"github.com/tritkit/tritkit/core/json"
	"github.com/tritkit/tritkit/core/model"
	"github.com/tritkit/tritkit/native/files"
)

// maxModels bounds how many headers are read: a vocabulary takes some hundredths of a second.
const maxModels = 32

// getModel says how to get one. The file is the model's authors' own.
const getModel = `To get one (1.2 GB):
  hf download microsoft/bitnet-b1.58-2B-4T-gguf ggml-model-i2_s.gguf --local-dir .
  trit chat ggml-model-i2_s.gguf
`

// atHand is a model that can be chatted with.
type atHand struct {
	path  string
	arch  string
	types string
	bytes int64
}

// listModels prints the ternary models in dir, and how to get one.
func (a *app) listModels(dir string) error {
	list, others, more, err := modelsIn(dir)
	if err != nil {
		return err
	}
	if a.json {
		b := json.AppendKey([]byte{'{'}, "models")
		b = json.AppendArray(b, len(list), func(b []byte, i int) []byte {
			b = json.AppendString(json.AppendKey(append(b, '{'), "path"), list[i].path)
			b = json.AppendString(json.AppendKey(b, "arch"), list[i].arch)
			return append(json.AppendInt(json.AppendKey(b, "bytes"), list[i].bytes), '}')
		})
		fmt.Fprintf(a.out, "%s}\n", b)
		return nil
	}
	if len(list) > 0 {
		rows := make([][]string, len(list))
		for i, m := range list {
			rows[i] = []string{m.path, m.arch, m.types, size(m.bytes)}
		}
		a.table([]string{"model", "architecture", "weights", "size"}, rows)
		fmt.Fprintf(a.out, "\ntrit chat %s\n", shellWord(list[0].path))
	} else {
		fmt.Fprintln(a.out, "No ternary model in this folder.")
	}
	if others > 0 {
		a.note("%d more, of which the headers do not say that they are ternary: trit show NAME tells what they are", others)
	}
	if more > 0 {
		a.note("%d more were not looked at", more)
	}
	if len(list) == 0 {
		io.WriteString(a.out, getModel)
	}
	return nil
}

// modelsIn opens what may be a model in dir: GGUF files, and folders with a config.json, dir itself among them. It
// returns the ternary ones, and how many are not, and how many were too many to look at.
func modelsIn(dir string) (list []atHand, others, more int, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, 0, 0, err
	}
	var paths []string
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		switch {
		case e.Name() == "config.json":
			paths = append(paths, dir)
		case strings.EqualFold(filepath.Ext(path), ".gguf"), hasConfig(path):
			paths = append(paths, path)
		}
	}
	more = max(len(paths)-maxModels, 0)
	for _, path := range paths[:len(paths)-more] {
		if m, ok := openAtHand(path); ok {
			list = append(list, m)
		} else {
			others++
		}
	}
	return list, others, more, nil
}

func hasConfig(path string) bool {
	info, err := os.Stat(filepath.Join(path, "config.json"))
	return err == nil && info.Mode().IsRegular()
}

// openAtHand reads a model's headers, and reports whether it is complete and they say that it is ternary.
func openAtHand(path string) (atHand, bool) {
	r, err := files.Open(path)
	if err != nil {
		return atHand{}, false
	}
	defer r.Close()
	c, err := checkpoint.Open(r, checkpoint.Options{}, r.Names...)
	if err != nil {
		return atHand{}, false
	}
	defer c.Close()
	if c.Unknown != nil || len(c.Problems) > 0 {
		return atHand{}, false
	}
	m := atHand{path: path, arch: c.Config.Arch.Name, bytes: c.Bytes()}
	for i := range c.Weights {
		if w := &c.Weights[i]; w.Kind == model.Linear {
			m.types = w.Tensor.Type.String()
			return m, w.Source != checkpoint.Floats && !w.Kept
		}
	}
	return m, false
}

// shellWord is a path as it can be typed.
func shellWord(path string) string {
	if strings.ContainsAny(path, " '\"$&();|<>*?\\`") {
		return `"` + path + `"`
	}
	return path
}
