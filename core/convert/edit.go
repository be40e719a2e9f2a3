package convert

// Metadata only: the same tensors, byte for byte, under other pairs.

import (
	"context"
	"io"
	"strings"

	"github.com/tritkit/tritkit/core/checkpoint"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/gguf"
	"github.com/tritkit/tritkit/core/json"
	"github.com/tritkit/tritkit/core/tensor"
)

// Edit is a planned change of a GGUF's metadata.
type Edit struct {
	Progress func(done, total int64) // bytes written; may be nil

	c    *checkpoint.Checkpoint
	head []byte
	outs []tensor.Tensor
	size int64
}

// NewEdit plans a copy of c, a GGUF, with pairs set (in place, or appended) and keys removed. A key that decides how the
// tensors are read or computed with is refused: changing it makes another model out of the same weights.
func NewEdit(c *checkpoint.Checkpoint, set []gguf.KV, unset []string) (*Edit, error) {
	if c.GGUF == nil {
		return nil, fault.New("convert", fault.Usage, "only a GGUF has metadata to edit").Try("edit config.json with a text editor")
	}
	gone := map[string]bool{}
	for _, key := range unset {
		if _, ok := c.GGUF.Get(key); !ok {
			return nil, fault.New("convert", fault.NotFound, "there is no such key").In(key).Try("trit show --kv lists them")
		}
		gone[key] = true
	}
	for _, key := range append(keys(set), unset...) {
		if key == "general.architecture" || key == "general.alignment" || strings.HasSuffix(key, ".hidden_activation") {
			return nil, fault.New("convert", fault.Misbehave, "this key decides how the tensors are read or computed with").In(key).
				Try("convert the model from its source instead")
		}
	}
	set = append([]gguf.KV(nil), set...)
	var kv []gguf.KV
	for _, pair := range c.GGUF.KV {
		if gone[pair.Key] {
			continue
		}
		if new := take(&set, pair.Key); new != nil {
			pair = new[0]
		}
		kv = append(kv, pair)
	}
	e := &Edit{c: c}
	var err error
	e.head, e.outs, e.size, err = gguf.Header(append(kv, set...), c.Tensors, c.GGUF.Alignment)
	return e, err
}

func keys(kv []gguf.KV) []string {
	var list []string
	for _, p := range kv {
		list = append(list, p.Key)
	}
	return list
}

// Size returns the exact size of what Write writes.
func (e *Edit) Size() int64 { return e.size }

// AppendJSON appends {"bytes"}.
func (e *Edit) AppendJSON(b []byte) []byte {
	return append(json.AppendInt(json.AppendKey(append(b, '{'), "bytes"), e.size), '}')
}

// Write writes the file, strictly forward.
func (e *Edit) Write(ctx context.Context, w io.Writer) error {
	if _, err := w.Write(e.head); err != nil {
		return err
	}
	at := int64(len(e.head))
	buf := make([]byte, 4<<20)
	for i, out := range e.outs {
		src := e.c.Tensors[i]
		if _, err := w.Write(make([]byte, out.Offset-at)); err != nil {
			return err
		}
		for done := int64(0); done < src.Bytes; {
			if err := ctx.Err(); err != nil {
				return err
			}
			part := buf[:min(int64(len(buf)), src.Bytes-done)]
			if err := e.c.ReadAt(src.File, part, src.Offset+done); err != nil {
				return err
			}
			if _, err := w.Write(part); err != nil {
				return err
			}
			done += int64(len(part))
			if e.Progress != nil {
				e.Progress(out.Offset+done, e.size)
			}
		}
		at = out.Offset + src.Bytes
	}
	_, err := w.Write(make([]byte, e.size-at))
	return err
}
