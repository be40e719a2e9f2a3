//go:build !purego

package kernel

// The assembly functions; each means what the function of its name in generic.go does.

// peakAVX512 is for benchmarks.
func peakAVX512(n int)

//go:noescape
func dotAVX512(d *int32, w *byte, q *int8, blocks, units int)

//go:noescape
func dotI2SAVX512(d *int32, w *byte, q *int8, rows, blocks int)

//go:noescape
func headAVX512(d *int32, w, q *int8, sums *int32, blocks, quads int)

//go:noescape
func screenAVX512(d *int32, w *byte, q *int8, blocks, pairs int)

//go:noescape
func tile12AVX512(d *int32, w *byte, q *int8, blocks, units int)

//go:noescape
func tile4AVX512(d *int32, w *byte, q *int8, blocks, units int)

//go:noescape
func scaleAVX512(y *float32, d *int32, n int, sum int32, s, scale float32)

//go:noescape
func scaleEachAVX512(y *float32, d *int32, scales *float32, n int, s float32)

//go:noescape
func squaresAVX512(x *float32, n int) float64

//go:noescape
func normAVX512(y, x, w *float32, n int, r float32) float32

//go:noescape
func absMaxAVX512(x *float32, n int) float32

//go:noescape
func quantizeAVX512(q *int8, x *float32, n int, s float32) int32

//go:noescape
func relu2AVX512(y, gate, up *float32, n int)

//go:noescape
func addAVX512(y, x *float32, n int)

//go:noescape
func mulAVX512(y, x *float32, n int)

//go:noescape
func widen8AVX512(y *float32, x *int8, n int)

//go:noescape
func widenAVX512(y *float32, x *uint16, n int)

//go:noescape
func narrowAVX512(y *uint16, x *float32, n int)

//go:noescape
func mulAddAVX512(c, a, b *float32, lda, k, n int)

//go:noescape
func softmaxAVX512(s *float32, scale, max float32) (newMax, sum float32)

//go:noescape
func dotF16AVX512(y *float32, w *uint16, x *float32, rows, n int)

//go:noescape
func dotF16x4AVX512(y *float32, w *uint16, x *float32, rows, n int)

// peakAVXVNNI is for benchmarks.
func peakAVXVNNI(n int)

//go:noescape
func dotAVXVNNI(d *int32, w *byte, q *int8, blocks, units int)

//go:noescape
func dotI2SAVXVNNI(d *int32, w *byte, q *int8, rows, blocks int)

//go:noescape
func headAVXVNNI(d *int32, w, q *int8, sums *int32, blocks, quads int)

//go:noescape
func screenAVXVNNI(d *int32, w *byte, q *int8, blocks, pairs int)

//go:noescape
func tile5AVXVNNI(d *int32, w *byte, q *int8, blocks, units int)

//go:noescape
func tile1AVXVNNI(d *int32, w *byte, q *int8, blocks, units int)

// peakEVEX256 is for benchmarks.
func peakEVEX256(n int)

//go:noescape
func dotEVEX256(d *int32, w *byte, q *int8, blocks, units int)

//go:noescape
func dotI2SEVEX256(d *int32, w *byte, q *int8, rows, blocks int)

//go:noescape
func headEVEX256(d *int32, w, q *int8, sums *int32, blocks, quads int)

//go:noescape
func screenEVEX256(d *int32, w *byte, q *int8, blocks, pairs int)

//go:noescape
func tile5EVEX256(d *int32, w *byte, q *int8, blocks, units int)

//go:noescape
func tile1EVEX256(d *int32, w *byte, q *int8, blocks, units int)

//go:noescape
func dotAVX2(d *int32, w *byte, q *int8, blocks, units int)

//go:noescape
func dotI2SAVX2(d *int32, w *byte, q *int8, rows, blocks int)

//go:noescape
func headAVX2(d *int32, w, q *int8, sums *int32, blocks, quads int)

//go:noescape
func screenAVX2(d *int32, w *byte, q *int8, blocks, pairs int)

//go:noescape
func tile4AVX2(d *int32, w *byte, q *int8, blocks, units int)

//go:noescape
func scaleAVX2(y *float32, d *int32, n int, sum int32, s, scale float32)

//go:noescape
func scaleEachAVX2(y *float32, d *int32, scales *float32, n int, s float32)

//go:noescape
func squaresAVX2(x *float32, n int) float64

//go:noescape
func normAVX2(y, x, w *float32, n int, r float32) float32

//go:noescape
func absMaxAVX2(x *float32, n int) float32

//go:noescape
func quantizeAVX2(q *int8, x *float32, n int, s float32) int32

//go:noescape
func relu2AVX2(y, gate, up *float32, n int)

//go:noescape
func addAVX2(y, x *float32, n int)

//go:noescape
func mulAVX2(y, x *float32, n int)

//go:noescape
func widen8AVX2(y *float32, x *int8, n int)

//go:noescape
func widenAVX2(y *float32, x *uint16, n int)

//go:noescape
func narrowAVX2(y *uint16, x *float32, n int)

//go:noescape
func mulAddAVX2(c, a, b *float32, lda, k, n int)

//go:noescape
func softmaxAVX2(s *float32, scale, max float32) (newMax, sum float32)

//go:noescape
func dotF16AVX2(y *float32, w *uint16, x *float32, rows, n int)

//go:noescape
func dotF16x4AVX2(y *float32, w *uint16, x *float32, rows, n int)

//go:noescape
func streamReadAVX2(p *byte, n int) uint64
