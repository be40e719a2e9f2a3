//go:build !purego

package kernel

import "testing"

// BenchmarkPeak is SDOT alone: what BenchmarkTile is held against.
func BenchmarkPeak(b *testing.B) {
	if haveDotProd {
		const n = 1000
		b.Run("dotprod", func(b *testing.B) {
			for b.Loop() {
				peakSDOT(n)
			}
			perSecond(b, 16*n*16)
		})
	}
}
