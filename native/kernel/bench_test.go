package kernel

import (
	"sync"
	"testing"
)

// The sizes of the largest layer of BitNet 2B-4T: gate and up together, read from memory or from the innermost caches.
const benchCols = 2560

func eachFast(b *testing.B, do func(b *testing.B, k *Kernel)) {
	for _, k := range append(All(), twins()...) {
		if k != Generic {
			b.Run(k.Name, func(b *testing.B) { do(b, k) })
		}
	}
}

// large is 256 MiB, more than any cache, and only made for benchmarks.
var large = sync.OnceValue(func() []byte {
	b := make([]byte, 256<<20)
	for i := range b {
		b[i] = byte(i*7) & 0xaa
	}
	return b
})

// stream measures GB/s over large, 256 KiB a call.
func stream(b *testing.B, do func(w []byte)) {
	const piece = benchCols / 4 * 256
	w := large()
	n := len(w) / piece
	b.SetBytes(int64(n * piece))
	for b.Loop() {
		for i := range n {
			do(w[i*piece : (i+1)*piece])
		}
	}
}

func BenchmarkProbe(b *testing.B) {
	eachFast(b, func(b *testing.B, k *Kernel) { stream(b, func(w []byte) { k.StreamRead(w) }) })
}

func BenchmarkDotFromMemory(b *testing.B) {
	eachFast(b, func(b *testing.B, k *Kernel) {
		d, q := make([]int32, 256), make([]int8, benchCols)
		stream(b, func(w []byte) { k.Dot(d, w, q) })
	})
}

func BenchmarkScreenFromMemory(b *testing.B) {
	eachFast(b, func(b *testing.B, k *Kernel) {
		d, q := make([]int32, 128), make([]int8, benchCols)
		stream(b, func(w []byte) { k.Screen(d, w, q) })
	})
}

func BenchmarkDotI2SFromMemory(b *testing.B) {
	eachFast(b, func(b *testing.B, k *Kernel) {
		d, q := make([]int32, 256), make([]int8, benchCols)
		stream(b, func(w []byte) { k.DotI2S(d, w, q) })
	})
}

// perSecond reports 10^9 products a second.
func perSecond(b *testing.B, products int) {
	b.ReportMetric(float64(products)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GMAC/s")
	b.ReportMetric(0, "ns/op")
}

func BenchmarkTile(b *testing.B) {
	eachFast(b, func(b *testing.B, k *Kernel) {
		const rows = 96
		tokens := k.Tile[0]
		d, w, q := make([]int32, rows*tokens), make([]byte, rows*benchCols/4), make([]int8, benchCols*tokens)
		for b.Loop() {
			k.DotTile(d, w, q, tokens)
		}
		perSecond(b, rows*benchCols*tokens)
	})
}
