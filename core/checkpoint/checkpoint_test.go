package checkpoint_test

// Folders as people have them: each is opened and planned, or refused with the reason and a next step.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/checkpoint"
	"github.com/tritkit/tritkit/core/convert"
	"github.com/tritkit/tritkit/core/dtype"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/gguf"
	"github.com/tritkit/tritkit/core/tensor"
	"github.com/tritkit/tritkit/internal/synth"
)

// toI2S opens and converts, and returns the first error.
func toI2S(fsys fs.FS, names ...string) error {
	c, err := checkpoint.Open(fsys, checkpoint.Options{}, names...)
	if err != nil {
		return err
	}
	defer c.Close()
	p, err := convert.NewPlan(c, convert.Options{Type: "i2_s"})
	if err != nil {
		return err
	}
	return p.Write(context.Background(), &bytes.Buffer{})
}

func TestFoldersAsPeopleHaveThem(t *testing.T) {
	for what, want := range map[synth.Litter]struct {
		class     fault.Class // "": it converts
		msg, next string
	}{
		synth.Trainer:      {},
		synth.LoRA:         {fault.TensorType, "LoRA adapter", "merge_and_unload"},
		synth.Pickle:       {fault.TensorType, "pickle", "safe_serialization"},
		synth.FSDP:         {fault.TensorType, "FSDP", "merge-weights"},
		synth.DeepSpeed:    {fault.TensorType, "ZeRO", "zero_to_fp32"},
		synth.Outputs:      {fault.NotFound, "no checkpoint in this folder", "checkpoint-300"},
		synth.NoTokenizer:  {fault.NotFound, "no tokenizer", "--tokenizer DIR"},
		synth.NoConfig:     {fault.NotFound, "config.json", "config.json"},
		synth.LostShard:    {fault.NotFound, "model-00002-of-00002", "download"},
		synth.HasNaN:       {fault.NotFinite, "weight 777 (row 3, column 9) is NaN", ""},
		synth.HasInf:       {fault.NotFinite, "weight 778 (row 3, column 10) is -Inf", ""},
		synth.Excluded:     {fault.NotTernary, "modules_to_not_convert", "--type f16"},
		synth.TwiceQuant:   {fault.JSON, `duplicate member name "quantization_config"`, ""},
		synth.ExtraNorm:    {fault.Arch, "use_rms_norm", ""},
		synth.ScaleOnline:  {fault.Config, "online", ""},
		synth.NoScale:      {fault.Tensor, "weight_scale", ""},
		synth.ZeroScale:    {fault.Scale, "positive and finite", ""},
		synth.BadCode:      {fault.Code, "code 3 in row", ""},
		synth.OtherAct:     {fault.Arch, "another activation is another model", ""},
		synth.OtherClass:   {fault.Arch, "FooForCausalLM", ""},
		synth.ExtraTensor:  {fault.Tensor, "sub_norm", "trit verify"},
		synth.MissingOne:   {fault.Tensor, "missing", "trit verify"},
		synth.NoVocabSize:  {fault.Config, "missing", ""},
		synth.OtherRope:    {fault.Arch, "yarn", ""},
		synth.OtherPattern: {fault.Config, "{1,2}", ""},
		synth.StrayToken:   {fault.Config, "320", ""},
	} {
		t.Run(string(what), func(t *testing.T) {
			err := toI2S(synth.LitterFolder(what, 1))
			if want.class == "" {
				require.NoError(t, err)
				return
			}
			var e *fault.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, want.class, e.Class, "%v", err)
			require.Contains(t, err.Error(), want.msg)
			require.Contains(t, e.Next, want.next)
			if want.class != fault.NotFound {
				require.NotEmpty(t, e.File+e.Tensor, "it says where: %v", err)
			}
		})
	}
	require.Len(t, synth.Litters, 26, "a new one belongs into this table")
}

// small is a GGUF of one tensor and a few pairs.
func small(t *testing.T, typ dtype.Type, kv ...gguf.KV) []byte {
	head, _, size, err := gguf.Header(append([]gguf.KV{{Key: "general.architecture", Value: gguf.String("bitnet-b1.58")}}, kv...),
		[]tensor.Tensor{{Name: "blk.0.attn_q.weight", Type: typ, Shape: []int64{4, 256}}}, 32)
	require.NoError(t, err)
	return append(head, make([]byte, size-int64(len(head)))...)
}

func TestFilesThatAreNoModelOfOursAreNamed(t *testing.T) {
	for name, x := range map[string]struct {
		files fstest.MapFS
		names []string
		msg   string
	}{
		"a part of a split GGUF":  {fstest.MapFS{"m.gguf": {Data: small(t, dtype.F32, gguf.KV{Key: "split.count", Value: gguf.Uint32(3)})}}, nil, "split in several files"},
		"two models in a folder":  {fstest.MapFS{"a.gguf": {}, "b.gguf": {}}, nil, "several models: a.gguf, b.gguf"},
		"shards of two models":    {fstest.MapFS{"a-00001-of-00002.safetensors": {}, "b-00002-of-00002.safetensors": {}}, nil, "several models"},
		"an empty folder":         {fstest.MapFS{}, nil, "no checkpoint in this folder"},
		"a file that is not":      {fstest.MapFS{}, []string{"x.gguf"}, "no such file"},
		"a folder for a file":     {fstest.MapFS{"d/x": {}}, []string{"d"}, "not a file"},
		"a GGUF and safetensors":  {fstest.MapFS{"a.gguf": {Data: small(t, dtype.F32)}, "b.safetensors": {Data: append([]byte{2, 0, 0, 0, 0, 0, 0, 0}, "{}"...)}}, []string{"a.gguf", "b.safetensors"}, "several files"},
		"a web page":              {fstest.MapFS{"m.gguf": {Data: []byte("<!DOCTYPE html><html>")}}, nil, "HTML"},
		"an LFS pointer":          {fstest.MapFS{"model.safetensors": {Data: []byte("version https://git-lfs.github.com/spec/v1\noid sha256:00")}}, nil, "Git LFS"},
		"a rotated basis (Prism)": {fstest.MapFS{"m.gguf": {Data: small(t, dtype.TQ2_0, gguf.KV{Key: "prism.hadamard.block", Value: gguf.Uint32(128)})}}, nil, "hadamard"},
		"PQ2_0":                   {fstest.MapFS{"m.gguf": {Data: small(t, dtype.PQ2_0)}}, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			err := toI2S(x.files, x.names...)
			require.ErrorAs(t, err, new(*fault.Error))
			require.ErrorContains(t, err, x.msg)
		})
	}
}

// The types that forks write and we only name: the tensor is named, and what to do.
func TestForeignTypesAreNamedAndRefused(t *testing.T) {
	c, err := checkpoint.Open(synth.Folder(synth.Tiny, synth.Packed, 1), checkpoint.Options{})
	require.NoError(t, err)
	defer c.Close()
	p, err := convert.NewPlan(c, convert.Options{Type: "tq2_0"})
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, p.Write(context.Background(), &b))
	for typ, name := range map[dtype.Type]string{dtype.PQ2_0: "pq2_0", dtype.PTQ1_0: "ptq1_0", dtype.IQ1_BN: "iq1_bn", dtype.IQ2_BN: "iq2_bn", dtype.IQ2_BN_R4: "iq2_bn_r4", dtype.TL1: "tl1", dtype.Q4_0: "q4_0"} {
		f, err := gguf.Read(bytes.NewReader(b.Bytes()), int64(b.Len()), gguf.ReadOptions{})
		require.NoError(t, err)
		for i := range f.Tensors {
			if f.Tensors[i].Name == "blk.1.ffn_down.weight" {
				f.Tensors[i].Type = typ
			}
		}
		head, placed, size, err := gguf.Header(f.KV, f.Tensors, 32)
		if err != nil { // of no known size: laid out as it was
			require.Nil(t, sized(typ), name)
			continue
		}
		_ = placed
		err = toI2S(fstest.MapFS{"m.gguf": {Data: append(head, make([]byte, size-int64(len(head)))...)}})
		var e *fault.Error
		require.ErrorAs(t, err, &e, name)
		require.Equal(t, fault.TensorType, e.Class, "%v", err)
		require.Contains(t, err.Error(), name)
		require.Equal(t, "blk.1.ffn_down.weight", e.Tensor)
		require.NotEmpty(t, e.Next)
	}
}

func sized(t dtype.Type) *dtype.Format {
	if f := dtype.Lookup(t); f != nil && f.Block > 0 {
		return f
	}
	return nil
}

// An I2_S file in another layout reads right under --from-layout, and only there.
func TestLayoutsAreReadWhenTheUserSaysSo(t *testing.T) {
	c, err := checkpoint.Open(synth.Folder(synth.Tiny, synth.Packed, 1), checkpoint.Options{})
	require.NoError(t, err)
	p, err := convert.NewPlan(c, convert.Options{Type: "i2_s"})
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, p.Write(context.Background(), &b))
	digest := func(layout dtype.Layout) string {
		c, err := checkpoint.Open(fstest.MapFS{"m.gguf": {Data: b.Bytes()}}, checkpoint.Options{Layout: layout})
		require.NoError(t, err)
		m, err := c.NewReader(checkpoint.ReadOptions{}).Open(context.Background(), c.Weight("blk.0.ffn_up.weight"))
		require.NoError(t, err)
		var rows checkpoint.Canonical
		_, err = rows.Read(m, 0, m.Rows)
		require.NoError(t, err)
		return fmt.Sprintf("%x", rows.Codes)
	}
	require.NotEqual(t, digest(dtype.X86), digest(dtype.ARM64))
	require.NotEqual(t, digest(dtype.X86), digest(dtype.Rows4))
}

func TestOpenClosesWhatItOpened(t *testing.T) {
	c, err := checkpoint.Open(synth.Folder(synth.Tiny, synth.Sharded, 1), checkpoint.Options{})
	require.NoError(t, err)
	require.Len(t, c.Files, 2)
	require.NoError(t, c.Close())
	require.Empty(t, c.Files)
	_, err = c.Side("no such file")
	require.True(t, errors.Is(err, fs.ErrNotExist))
	require.Nil(t, c.Tensor("no such tensor"))
	require.Nil(t, c.Weight("no such weight"))
}

func ExampleOpen() {
	c, err := checkpoint.Open(synth.Folder(synth.Tiny, synth.Packed, 1), checkpoint.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	w := c.Weight("blk.0.ffn_down.weight")
	fmt.Println(c.Config.Arch.Name, w.Source, w.Shape, w.Tensor.Name)
	// Output: bitnet-b1.58 packed [256 768] model.layers.0.mlp.down_proj.weight
}
