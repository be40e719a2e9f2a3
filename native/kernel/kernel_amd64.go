//go:build !purego

package kernel

import "golang.org/x/sys/cpu"

// The kernels of x86-64. Those of AVX-VNNI take their float steps from AVX2.

var avx512vnni = &Kernel{
	Name: "avx512vnni", Rows: 16, Tile: []int{12, 4},
	dot: dotAVX512, dotI2S: dotI2SAVX512, tile: tileAVX512, head: headAVX512, screen: screenAVX512,
	scale: scaleAVX512, scaleEach: scaleEachAVX512, squares: squaresAVX512, norm: normAVX512, absMax: absMaxAVX512, quantize: quantizeAVX512,
	relu2: relu2AVX512, add: addAVX512, mul: mulAVX512, widen: widenAVX512, widen8: widen8AVX512, narrow: narrowAVX512, mulAdd: mulAddAVX512, softmax: softmaxAVX512, dotF16: dotF16AVX512, dotF16x4: dotF16x4AVX512, streamRead: streamReadAVX2,
}

var avxvnni = &Kernel{
	Name: "avxvnni", Rows: 8, Tile: []int{5, 1},
	dot: dotAVXVNNI, dotI2S: dotI2SAVXVNNI, tile: tileAVXVNNI, head: headAVXVNNI, screen: screenAVXVNNI,
	scale: scaleAVX2, scaleEach: scaleEachAVX2, squares: squaresAVX2, norm: normAVX2, absMax: absMaxAVX2, quantize: quantizeAVX2,
	relu2: relu2AVX2, add: addAVX2, mul: mulAVX2, widen: widenAVX2, widen8: widen8AVX2, narrow: narrowAVX2, mulAdd: mulAddAVX2, softmax: softmaxAVX2, dotF16: dotF16AVX2, dotF16x4: dotF16x4AVX2, streamRead: streamReadAVX2,
}

var avx2 = &Kernel{
	Name: "avx2", Rows: 8, Tile: []int{4},
	dot: dotAVX2, dotI2S: dotI2SAVX2, tile: tileAVX2, head: headAVX2, screen: screenAVX2,
	scale: scaleAVX2, scaleEach: scaleEachAVX2, squares: squaresAVX2, norm: normAVX2, absMax: absMaxAVX2, quantize: quantizeAVX2,
	relu2: relu2AVX2, add: addAVX2, mul: mulAVX2, widen: widenAVX2, widen8: widen8AVX2, narrow: narrowAVX2, mulAdd: mulAddAVX2, softmax: softmaxAVX2, dotF16: dotF16AVX2, dotF16x4: dotF16x4AVX2, streamRead: streamReadAVX2,
}

var (
	haveAVX2    = cpu.X86.HasAVX2 && haveF16C()
	haveAVXVNNI = haveAVX2 && cpu.X86.HasAVXVNNI
	have512VNNI = haveAVX2 && cpu.X86.HasAVX512F && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512VL && cpu.X86.HasAVX512VNNI
)

func available() []*Kernel {
	var list []*Kernel
	if have512VNNI {
		list = append(list, avx512vnni)
	}
	if haveAVXVNNI {
		list = append(list, avxvnni)
	}
	if haveAVX2 {
		list = append(list, avx2)
	}
	return append(list, Generic)
}

// haveF16C asks the processor itself, because package cpu does not tell; AVX2 without it does not exist in hardware.
func haveF16C() bool

func pause()

func tileAVX512(d *int32, w *byte, q *int8, blocks, units, tokens int) {
	if tokens == 12 {
		tile12AVX512(d, w, q, blocks, units)
		return
	}
	tile4AVX512(d, w, q, blocks, units)
}

func tileAVXVNNI(d *int32, w *byte, q *int8, blocks, units, tokens int) {
	if tokens == 5 {
		tile5AVXVNNI(d, w, q, blocks, units)
		return
	}
	tile1AVXVNNI(d, w, q, blocks, units)
}

func tileAVX2(d *int32, w *byte, q *int8, blocks, units, _ int) { tile4AVX2(d, w, q, blocks, units) }
