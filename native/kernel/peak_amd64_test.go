//go:build !purego

package kernel

import "testing"

// BenchmarkPeak is VPDPBUSD alone: what BenchmarkTile is held against.
func BenchmarkPeak(b *testing.B) {
	const n = 1000
	run := func(name string, have bool, bytes int, peak func(n int)) {
		if have {
			b.Run(name, func(b *testing.B) {
				for b.Loop() {
					peak(n)
				}
				perSecond(b, 16*n*bytes)
			})
		}
	}
	run("avx512vnni", have512VNNI, 64, peakAVX512)
	run("avxvnni", haveAVXVNNI, 32, peakAVXVNNI)
	run("avxvnni-evex", have512VNNI, 32, peakEVEX256)
}
