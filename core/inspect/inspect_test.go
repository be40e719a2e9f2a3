package inspect

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/checkpoint"
	"github.com/tritkit/tritkit/core/convert"
	"github.com/tritkit/tritkit/internal/synth"
)

var ctx = context.Background()

func open(t testing.TB, fsys fs.FS) *checkpoint.Checkpoint {
	c, err := checkpoint.Open(fsys, checkpoint.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	return c
}

func converted(t testing.TB, c *checkpoint.Checkpoint, typ string) []byte {
	p, err := convert.NewPlan(c, convert.Options{Type: typ})
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, p.Write(ctx, &b))
	return b.Bytes()
}

func file(b []byte) fs.FS { return fstest.MapFS{"m.gguf": {Data: b}} }

func TestTritHashIsEqualInEveryPacking(t *testing.T) {
	c := open(t, synth.Folder(synth.Tiny, synth.Master, 4))
	want := ""
	for _, typ := range []string{"", "i2_s", "tq1_0", "tq2_0", "q2_0", "f16", "f32"} {
		src := c
		if typ != "" {
			src = open(t, file(converted(t, c, typ)))
		}
		s, findings, err := Read(ctx, src, Options{Hash: sha256.New})
		require.NoError(t, err)
		require.Empty(t, findings, typ)
		if want == "" {
			want = s.TritHash
		}
		require.Len(t, s.TritHash, 64)
		require.Equal(t, want, s.TritHash, typ)
	}
	other, _, err := Read(ctx, open(t, synth.Folder(synth.Tiny, synth.Master, 5)), Options{Hash: sha256.New})
	require.NoError(t, err)
	require.NotEqual(t, want, other.TritHash)
}

func TestVerifyFindsOneImpossibleCode(t *testing.T) {
	good := converted(t, open(t, synth.Folder(synth.Tiny, synth.Packed, 4)), "i2_s")
	v, err := Verify(ctx, open(t, file(good)), false, Options{Hash: sha256.New})
	require.NoError(t, err)
	require.False(t, v.Failed(true), "%+v", v.Findings)
	c := open(t, file(good))
	at := c.Tensor("blk.1.ffn_up.weight").Offset + 77
	bad := bytes.Clone(good)
	bad[at] = 0xff
	v, err = Verify(ctx, open(t, file(bad)), false, Options{Hash: sha256.New})
	require.NoError(t, err)
	require.True(t, v.Failed(false))
	require.Empty(t, v.TritHash)
	last := v.Findings[len(v.Findings)-1]
	require.Equal(t, "blk.1.ffn_up.weight", last.Tensor)
	require.Contains(t, last.Message, "offset")
	quick, err := Verify(ctx, open(t, file(bad)), true, Options{})
	require.NoError(t, err)
	require.False(t, quick.Failed(false), "quick reads no weights")
}

func TestDiffTellsFlippedCodesFromRoundedScales(t *testing.T) {
	c := open(t, synth.Folder(synth.Tiny, synth.Packed, 4))
	a := open(t, file(converted(t, c, "i2_s")))
	b := open(t, file(converted(t, c, "tq2_0")))
	for _, level := range []Level{LevelCodes, LevelScales} {
		d, err := Diff(ctx, a, b, level, Options{})
		require.NoError(t, err)
		require.True(t, d.Same)
	}
	other := open(t, synth.Folder(synth.Tiny, synth.Packed, 5))
	d, err := Diff(ctx, a, other, LevelCodes, Options{})
	require.NoError(t, err)
	require.False(t, d.Same)
}

func TestJSONIsValid(t *testing.T) {
	for _, form := range synth.Forms {
		c := open(t, synth.Folder(synth.Tiny, form, 1))
		require.True(t, jsontext.Value(Show(c).AppendJSON(nil)).IsValid(), form)
	}
	c := open(t, file(converted(t, open(t, synth.Folder(synth.Tiny, synth.Packed, 1)), "tq1_0")))
	r := Show(c)
	require.Equal(t, "tq1_0", r.FileType)
	require.NotEmpty(t, r.Loads)
	var err error
	r.Stats, _, err = Read(ctx, c, Options{Hash: sha256.New})
	require.NoError(t, err)
	require.True(t, jsontext.Value(r.AppendJSON(nil)).IsValid())
}

func ExampleVerify() {
	c, err := checkpoint.Open(synth.Folder(synth.Tiny, synth.Packed, 1), checkpoint.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	v, err := Verify(context.Background(), c, false, Options{Hash: sha256.New})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(v.Failed(false), len(v.TritHash))
	// Output: false 64
}
