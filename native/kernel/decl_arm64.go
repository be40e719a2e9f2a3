//go:build !purego

package kernel

// The assembly functions; each means what the function of its name in generic.go does.

//go:noescape
func dotSDOT(d *int32, w *byte, q *int8, blocks, units int)

//go:noescape
func dotI2SSDOT(d *int32, w *byte, q *int8, rows, blocks int)

//go:noescape
func tile12SDOT(d *int32, w *byte, q *int8, blocks, units int)

//go:noescape
func tile4SDOT(d *int32, w *byte, q *int8, blocks, units int)

//go:noescape
func headSDOT(d *int32, w, q *int8, sums *int32, blocks, quads int)

//go:noescape
func screenSDOT(d *int32, w *byte, q *int8, blocks, pairs int)

// peakSDOT is for benchmarks.
func peakSDOT(n int)

//go:noescape
func dotNEON(d *int32, w *byte, q *int8, blocks, units int)

//go:noescape
func dotI2SNEON(d *int32, w *byte, q *int8, rows, blocks int)

//go:noescape
func tile4NEON(d *int32, w *byte, q *int8, blocks, units int)

//go:noescape
func headNEON(d *int32, w, q *int8, sums *int32, blocks, quads int)

//go:noescape
func screenNEON(d *int32, w *byte, q *int8, blocks, pairs int)

//go:noescape
func scaleNEON(y *float32, d *int32, n int, sum int32, s, scale float32)

//go:noescape
func scaleEachNEON(y *float32, d *int32, scales *float32, n int, s float32)

//go:noescape
func squaresNEON(x *float32, n int) float64

//go:noescape
func normNEON(y, x, w *float32, n int, r float32) float32

//go:noescape
func absMaxNEON(x *float32, n int) float32

//go:noescape
func quantizeNEON(q *int8, x *float32, n int, s float32) int32

//go:noescape
func relu2NEON(y, gate, up *float32, n int)

//go:noescape
func addNEON(y, x *float32, n int)

//go:noescape
func mulNEON(y, x *float32, n int)

//go:noescape
func widen8NEON(y *float32, x *int8, n int)

//go:noescape
func widenNEON(y *float32, x *uint16, n int)

//go:noescape
func narrowNEON(y *uint16, x *float32, n int)

//go:noescape
func mulAddNEON(c, a, b *float32, lda, k, n int)

//go:noescape
func softmaxNEON(s *float32, scale, max float32) (newMax, sum float32)

//go:noescape
func dotF16NEON(y *float32, w *uint16, x *float32, rows, n int)

//go:noescape
func dotF16x4NEON(y *float32, w *uint16, x *float32, rows, n int)

//go:noescape
func streamReadNEON(p *byte, n int) uint64
