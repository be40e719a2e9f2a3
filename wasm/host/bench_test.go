package host

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/convert"
)

// BenchmarkStart is from the bytes of the module to a result, the compiled module being in its folder.
func BenchmarkStart(b *testing.B) {
	wasm, fsys := buildModule(b), asFile([]byte("GGUF\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"))
	newHost(b, Options{})
	for b.Loop() {
		h, err := New(ctx, wasm, Options{CacheDir: cacheDir})
		require.NoError(b, err)
		_, err = h.Inspect(ctx, fsys, InspectOptions{})
		require.NoError(b, err)
		require.NoError(b, h.Close(ctx))
	}
}

// BenchmarkInstance is what a job costs before it does anything.
func BenchmarkInstance(b *testing.B) {
	h := newHost(b, Options{})
	for b.Loop() {
		x, err := h.newInstance(ctx, &h.plain)
		require.NoError(b, err)
		require.NoError(b, x.close(ctx))
	}
}

// models is where make model-2b4t leaves the checkpoints of the full shape.
func models() string {
	if dir := os.Getenv("TRIT_SYNTH_MODELS"); dir != "" {
		return dir
	}
	return "../../build/models"
}

// BenchmarkConvert converts BitNet 2B-4T's shape to i2_s, one thread, output dropped: natively and in the module.
func BenchmarkConvert(b *testing.B) {
	dir := filepath.Join(models(), "bf16")
	if _, err := os.Stat(dir); err != nil {
		b.Skip("no ", dir, ": make model-2b4t")
	}
	c, err := openNative(os.DirFS(dir))
	require.NoError(b, err)
	defer c.Close()
	b.Run("native", func(b *testing.B) {
		b.SetBytes(c.Bytes())
		for b.Loop() {
			p, err := convert.NewPlan(c, convert.Options{Type: "i2_s", Memory: 48 << 20})
			require.NoError(b, err)
			require.NoError(b, p.Write(ctx, io.Discard))
		}
	})
	b.Run("wazero", func(b *testing.B) {
		h := newHost(b, Options{})
		b.SetBytes(c.Bytes())
		for b.Loop() {
			_, err := h.Convert(ctx, os.DirFS(dir), io.Discard, ConvertOptions{Type: "i2_s"})
			require.NoError(b, err)
		}
		b.ReportMetric(float64(h.Memory())/(1<<20), "guest-MiB")
	})
}
