package main

import "fmt"

// Codes of four bits times int8: a unit is 8 columns of each row, the high halves of its bytes the first four.

// screenDP is screen with VPDPBUSD. The high halves are multiplied where they stand, 16 times too large, into sums of
// their own: 16·15·128 a pair of columns is below 2^31 up to 2^17 columns. Two units a step, four sums.
func screenDP(t *text, v isa, name string, mul dp, masks [2]int) {
	w := v.bytes()
	t.fn(name, 40)
	t.args("d", "DI", "w", "SI", "q", "DX", "blocks", "CX", "pairs", "R8")
	v.splat(t, masks[0], 0xf0f0f0f0)
	v.splat(t, masks[1], 0x0f0f0f0f)
	block, pair := t.label("block"), t.label("pair")
	t.at(block)
	for i := range 4 {
		v.zero(t, i)
	}
	t.p("MOVQ DX, R9")
	t.p("MOVQ R8, R10")
	t.at(pair)
	for u := range 2 {
		raw := 4 + 2*u
		t.p("%s %d(SI), %s", v.mov(), u*w, v.r(raw))
		t.p("%s %s, %s, %s", v.and(), v.r(masks[0]), v.r(raw), v.r(raw+1))
		mul(t, fmt.Sprintf("%d(R9)", 16*u/2), raw+1, 2*u)
		t.p("%s %s, %s, %s", v.and(), v.r(masks[1]), v.r(raw), v.r(raw))
		mul(t, fmt.Sprintf("%d(R9)", 16*u/2+4), raw, 2*u+1)
	}
	t.p("ADDQ $%d, SI", 2*w)
	t.p("ADDQ $16, R9")
	t.p("DECQ R10")
	t.p("JNZ %s", pair)
	t.p("VPADDD %s, %s, %s", v.r(2), v.r(0), v.r(0))
	t.p("VPSRAD $4, %s, %s", v.r(0), v.r(0))
	t.p("VPADDD %s, %s, %s", v.r(3), v.r(1), v.r(1))
	t.p("VPADDD %s, %s, %s", v.r(1), v.r(0), v.r(0))
	t.p("%s %s, (DI)", v.mov(), v.r(0))
	t.p("ADDQ $%d, DI", w)
	t.p("DECQ CX")
	t.p("JNZ %s", block)
	t.ret()
}

// screenAVX2 is screen with VPMADDUBSW: a pair of products is within ±2·15·128 = ±3840, so eight of them, four pairs of
// units, fit the 16 bits of a sum; the two halves have sums of their own.
func screenAVX2(t *text) {
	v := isa{}
	t.fn("screenAVX2", 40)
	t.args("d", "DI", "w", "SI", "q", "DX", "blocks", "CX", "pairs", "R8")
	const ones, low = 15, 14
	v.splat(t, ones, 0x00010001)
	v.splat(t, low, 0x0f0f0f0f)
	block, fold, pair := t.label("block"), t.label("four"), t.label("pair")
	t.at(block)
	v.zero(t, 0)
	t.p("MOVQ DX, R9")
	t.p("MOVQ R8, R10")
	t.at(fold)
	v.zero(t, 2)
	v.zero(t, 3)
	t.p("MOVQ $4, R11")
	t.p("CMPQ R10, R11")
	t.p("CMOVQLT R10, R11")
	t.p("SUBQ R11, R10")
	t.at(pair)
	for u := range 2 {
		t.p("VMOVDQU %d(SI), Y4", 32*u)
		t.p("VPSRLW $4, Y4, Y5")
		for half, from := range []int{5, 4} {
			t.p("VPAND Y%d, Y%d, Y%d", low, from, 6+half)
			t.p("VPBROADCASTD %d(R9), Y%d", 8*u+4*half, 8+half)
			t.p("VPMADDUBSW Y%d, Y%d, Y%d", 8+half, 6+half, 6+half)
			t.p("VPADDW Y%d, Y%d, Y%d", 6+half, 2+half, 2+half)
		}
	}
	t.p("ADDQ $64, SI")
	t.p("ADDQ $16, R9")
	t.p("DECQ R11")
	t.p("JNZ %s", pair)
	for i := range 2 {
		t.p("VPMADDWD Y%d, Y%d, Y%d", ones, 2+i, 2+i)
		t.p("VPADDD Y%d, Y0, Y0", 2+i)
	}
	t.p("TESTQ R10, R10")
	t.p("JNZ %s", fold)
	t.p("VMOVDQU Y0, (DI)")
	t.p("ADDQ $32, DI")
	t.p("DECQ CX")
	t.p("JNZ %s", block)
	t.ret()
}
