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

// screenSDOT is screen with SDOT, which takes codes of 0 to 15 as they are: a pair of units, 16 columns of 8 rows, is 8
// SDOT of 21 instructions.
func screenSDOT(t *text) {
	const raw, high, act, mask = 16, 20, 24, 31
	t.fn("screenSDOT", 40)
	t.params("d", "w", "q", "blocks", "pairs")
	t.fill(mask, 0x0f)
	t.loop("block", "R3", func() {
		t.clear(run(0, 8)...)
		t.p("MOVD R2, R5")
		t.p("MOVD R4, R6")
		t.loop("pair", "R6", func() {
			t.p("FLDPQ.P 32(R1), (F%d, F%d)", raw, raw+1)
			t.p("FLDPQ.P 32(R1), (F%d, F%d)", raw+2, raw+3)
			t.p("FMOVQ.P 16(R5), F%d", act)
			for i := range 4 {
				t.p("VUSHR $4, V%d.B16, V%d.B16", raw+i, high+i)
				t.p("VAND V%d.B16, V%d.B16, V%d.B16", mask, raw+i, raw+i)
			}
			for i := range 4 { // rows 0 to 3 and 4 to 7 of the first unit, then of the second
				u, v := i/2, i%2
				t.sdot(4*u+v, high+i, act, 2*u)
				t.sdot(4*u+2+v, raw+i, act, 2*u+1)
			}
		})
		for i := 2; i < 8; i++ {
			t.p("VADD V%d.S4, V%d.S4, V%d.S4", i, i%2, i%2)
		}
		t.p("FSTPQ.P (F0, F1), 32(R0)")
	})
	t.p("RET")
}

// screenNEON is screen without SDOT: a product is within 15·128 = 1920, so the four that a 16-bit sum takes of a pair of
// units are within 7680, and then go to the 32-bit sums.
func screenNEON(t *text) {
	const sum, raw, in, codes, act, mask = 8, 16, 20, 21, 24, 31
	t.fn("screenNEON", 40)
	t.params("d", "w", "q", "blocks", "pairs")
	t.fill(mask, 0x0f)
	t.loop("block", "R3", func() {
		t.clear(run(0, 4)...)
		t.p("MOVD R2, R5")
		t.p("MOVD R4, R6")
		t.loop("pair", "R6", func() {
			t.p("FLDPQ.P 32(R1), (F%d, F%d)", raw, raw+1)
			t.p("FLDPQ.P 32(R1), (F%d, F%d)", raw+2, raw+3)
			t.p("FMOVQ.P 16(R5), F%d", in)
			for g := range 4 {
				t.p("VDUP V%d.S[%d], V%d.S4", in, g, act+g)
			}
			for g := range 4 { // four columns: the high halves of the first unit, its low ones, those of the second
				for v := range 2 {
					from := raw + g/2*2 + v
					if g%2 == 0 {
						t.p("VUSHR $4, V%d.B16, V%d.B16", from, codes+v)
					} else {
						t.p("VAND V%d.B16, V%d.B16, V%d.B16", mask, from, codes+v)
					}
					low, high := smlal, smlal2
					if g == 0 {
						low, high = smull, smull2
					}
					t.do(low, sum+2*v, codes+v, act+g)
					t.do(high, sum+2*v+1, codes+v, act+g)
				}
			}
			for i := range 4 {
				t.do(sadalph, i, sum+i)
			}
		})
		for v := range 2 {
			t.p("VADDP V%d.S4, V%d.S4, V%d.S4", 2*v+1, 2*v, v)
		}
		t.p("FSTPQ.P (F0, F1), 32(R0)")
	})
	t.p("RET")
}
