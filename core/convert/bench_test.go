package convert

// How fast a conversion is without the disk: a layer of BitNet 2B-4T's shape in memory, the output hashed.

import (
	"context"
	"crypto/sha256"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/checkpoint"
	"github.com/tritkit/tritkit/internal/synth"
)

func BenchmarkWrite(b *testing.B) {
	shape := synth.Tiny
	shape.Embd, shape.FFN, shape.Heads, shape.KVHeads, shape.Layers = 2560, 6912, 20, 5, 1
	master := open(b, synth.Folder(shape, synth.Master, 1))
	i2s := open(b, asFile(write(b, master, Options{Type: "i2_s"})))
	packed := open(b, asFolder(b, master, Options{Type: HFPacked}))
	for _, x := range []struct {
		name string
		c    *checkpoint.Checkpoint
		typ  string
	}{{"bf16-i2_s", master, "i2_s"}, {"packed-i2_s", packed, "i2_s"}, {"i2_s-tq2_0", i2s, "tq2_0"}, {"i2_s-q2_0", i2s, "q2_0"}, {"i2_s-tq1_0", i2s, "tq1_0"}, {"i2_s-packed", i2s, HFPacked}} {
		b.Run(x.name, func(b *testing.B) {
			p, err := NewPlan(x.c, Options{Type: x.typ})
			require.NoError(b, err)
			b.SetBytes(p.SourceBytes())
			for b.Loop() {
				require.NoError(b, p.Write(context.Background(), sha256.New()))
			}
		})
	}
}
