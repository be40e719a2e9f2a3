package infer

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/checkpoint"
	"github.com/tritkit/tritkit/native/files"
	"github.com/tritkit/tritkit/native/kernel"
)

// mapped opens a file that can be mapped, unlike those of fstest.
func mapped(t *testing.T, path string) *checkpoint.Checkpoint {
	t.Helper()
	r, err := files.Open(path)
	require.NoError(t, err)
	c, err := checkpoint.Open(r, checkpoint.Options{}, r.Names...)
	require.NoError(t, err)
	t.Cleanup(func() { c.Close(); r.Close() })
	require.NotNil(t, c.View(0, 0, c.Files[0].Size), "the system maps files")
	require.Nil(t, c.View(0, 1, c.Files[0].Size))
	return c
}

// TestWhereTheWeightsLieDoesNotMatter: read, mapped and packed, or multiplied in place.
func TestWhereTheWeightsLieDoesNotMatter(t *testing.T) {
	const path = golden + "tiny-b158-i2s.gguf"
	c := mapped(t, path)
	tokens := prompt(t)
	for _, head := range []Head{HeadInt8, HeadF16} {
		want := steps(t, load(t, open(t, path), Options{Kernel: kernel.Generic, Head: head}), tokens, true)
		for _, k := range kernel.All() {
			packed, inPlace := load(t, c, Options{Kernel: k, Head: head}), load(t, c, Options{Kernel: k, Head: head, InPlace: true})
			require.NotNil(t, packed.layers[0].qkv.w)
			require.Nil(t, inPlace.layers[0].qkv.w)
			for _, batch := range []bool{true, false} {
				require.Zero(t, worst(want, steps(t, packed, tokens, batch)), "%s, packed", k.Name)
				require.Zero(t, worst(want, steps(t, inPlace, tokens, batch)), "%s, in place", k.Name)
			}
		}
	}
}
