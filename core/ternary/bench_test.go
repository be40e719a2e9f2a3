package ternary

// Benchmarks: bytes are those of the float32 weights, or of the trits.

import (
	"math"
	"testing"
)

const benchRows, benchCols = 256, 2560

func BenchmarkSnap(b *testing.B) {
	w := gaussian(benchRows*benchCols, 1)
	for _, rule := range []Rule{AbsMean, NonzeroMean} {
		b.Run(map[Rule]string{AbsMean: "absmean", NonzeroMean: "nonzero-mean"}[rule], func(b *testing.B) {
			m := Matrix{Rows: benchRows, Cols: benchCols}
			b.SetBytes(int64(4 * len(w)))
			for b.Loop() {
				if err := Snap(&m, w, rule); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkRowSum(b *testing.B) {
	w := gaussian(benchRows*benchCols, 1)
	sums := make([]float64, benchRows)
	b.Run("one", func(b *testing.B) {
		b.SetBytes(int64(4 * len(w)))
		for b.Loop() {
			for r := range sums {
				sums[r], _, _ = RowSum(w[r*benchCols : (r+1)*benchCols])
			}
		}
	})
	b.Run("four", func(b *testing.B) {
		b.SetBytes(int64(4 * len(w)))
		for b.Loop() {
			RowSums(sums, w, benchCols)
		}
	})
}

func BenchmarkCodes(b *testing.B) {
	w := gaussian(benchRows*benchCols, 1)
	t := make([]int8, len(w))
	b.Run("threshold", func(b *testing.B) {
		b.SetBytes(int64(4 * len(w)))
		for b.Loop() {
			Codes(t, w, math.Float32bits(0.5))
		}
	})
	b.Run("plain", func(b *testing.B) {
		b.SetBytes(int64(4 * len(w)))
		for b.Loop() {
			for i, x := range w {
				t[i] = Code(x, 1)
			}
		}
	})
}

func BenchmarkFromValues(b *testing.B) {
	m := Matrix{Rows: benchRows, Cols: benchCols}
	w := make([]float32, benchRows*benchCols)
	for i, x := range randomTrits(len(w), 1) {
		w[i] = float32(x) * 0.0546875
	}
	b.SetBytes(int64(4 * len(w)))
	for b.Loop() {
		if err := FromValues(&m, w); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCount(b *testing.B) {
	t := randomTrits(1<<20, 1)
	b.SetBytes(int64(len(t)))
	for b.Loop() {
		Count(t)
	}
}

func BenchmarkMask(b *testing.B) {
	w := gaussian(benchRows*benchCols, 1)
	for by, name := range map[Criterion]string{ByCodes: "codes", ByLatent: "latent", Random: "random"} {
		b.Run(name, func(b *testing.B) {
			m := Matrix{Rows: benchRows, Cols: benchCols}
			if err := Snap(&m, w, AbsMean); err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(4 * len(w)))
			for b.Loop() {
				if _, err := Mask(&m, w, 10, by, 1); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkWeights(b *testing.B) {
	m := Matrix{Rows: benchRows, Cols: benchCols, Trits: randomTrits(benchRows*benchCols, 1), Scale: []float32{0.5}}
	dst := make([]float32, len(m.Trits))
	b.SetBytes(int64(4 * len(dst)))
	for b.Loop() {
		m.Weights(dst, 0)
	}
}
