//go:build !purego

package kernel

import (
	"runtime"

	"golang.org/x/sys/cpu"
)

// The kernels of arm64. Both have their float steps in common.

var dotprod = &Kernel{
	Name: "dotprod", Rows: 8, Tile: []int{12, 4},
	dot: dotSDOT, dotI2S: dotI2SSDOT, tile: tileSDOT, head: headSDOT, screen: screenSDOT,
	scale: scaleNEON, scaleEach: scaleEachNEON, squares: squaresNEON, norm: normNEON, absMax: absMaxNEON, quantize: quantizeNEON,
	relu2: relu2NEON, add: addNEON, mul: mulNEON, widen: widenNEON, widen8: widen8NEON, narrow: narrowNEON, mulAdd: mulAddNEON, softmax: softmaxNEON, dotF16: dotF16NEON, dotF16x4: dotF16x4NEON, streamRead: streamReadNEON,
}

var neon = &Kernel{
	Name: "neon", Rows: 8, Tile: []int{4},
	dot: dotNEON, dotI2S: dotI2SNEON, tile: tileNEON, head: headNEON, screen: screenNEON,
	scale: scaleNEON, scaleEach: scaleEachNEON, squares: squaresNEON, norm: normNEON, absMax: absMaxNEON, quantize: quantizeNEON,
	relu2: relu2NEON, add: addNEON, mul: mulNEON, widen: widenNEON, widen8: widen8NEON, narrow: narrowNEON, mulAdd: mulAddNEON, softmax: softmaxNEON, dotF16: dotF16NEON, dotF16x4: dotF16x4NEON, streamRead: streamReadNEON,
}

// haveDotProd is what package cpu says: hwcaps on Linux, IsProcessorFeaturePresent on Windows, a sysctl on macOS. The
// latter has changed its name between versions, so there it is known without asking: every Mac of this architecture is
// an Armv8.4 or later, where SDOT is mandatory.
var haveDotProd = cpu.ARM64.HasASIMDDP || runtime.GOOS == "darwin"

func available() []*Kernel {
	if haveDotProd {
		return []*Kernel{dotprod, neon, Generic}
	}
	return []*Kernel{neon, Generic}
}

func pause()

func tileSDOT(d *int32, w *byte, q *int8, blocks, units, tokens int) {
	if tokens == 12 {
		tile12SDOT(d, w, q, blocks, units)
		return
	}
	tile4SDOT(d, w, q, blocks, units)
}

func tileNEON(d *int32, w *byte, q *int8, blocks, units, _ int) { tile4NEON(d, w, q, blocks, units) }
