package main

// Ternary times int8 without VPDPBUSD: VPMADDUBSW multiplies unsigned by signed bytes and adds neighbours to 16 bits.
//
// Bounds: |q| ≤ 128 and a code is at most 2, so a pair of products is within ±512, and within ±2048 where the code
// stands two bits higher. int16 holds -32768 to 32767; positive sums are smaller still, because q ≤ 127.

// dotAVX2: per unit the two pairs in place (factor 1) add 2·512, the two at factor 4 add 2·2048; after eight units the
// latter are within ±32768, positive ones within 8·2·4·2·2·127 = 32512.
func dotAVX2(t *text) {
	v := isa{}
	t.fn("dotAVX2", 40)
	t.args("d", "DI", "w", "SI", "q", "DX", "blocks", "CX", "units", "R8")
	const ones, low, high = 15, 14, 13
	v.splat(t, ones, 0x00010001)
	v.splat(t, low, 0x03030303)
	v.splat(t, high, 0x0c0c0c0c)
	block, fold, unit, folded := t.label("block"), t.label("eight"), t.label("unit"), t.label("fold")
	t.at(block)
	v.zero(t, 0)
	v.zero(t, 1)
	t.p("MOVQ DX, R9")
	t.p("MOVQ R8, R10")
	t.at(fold)
	v.zero(t, 2)
	v.zero(t, 3)
	t.p("MOVQ $8, R11")
	t.p("CMPQ R10, R11")
	t.p("CMOVQLT R10, R11")
	t.p("SUBQ R11, R10")
	t.at(unit)
	t.p("VMOVDQU (SI), Y4")
	t.p("VPSRLW $4, Y4, Y5")
	for g, from := range []int{5, 5, 4, 4} {
		mask, sum := high, 2
		if g%2 == 1 {
			mask, sum = low, 3
		}
		a, b := 6+2*(g%2), 7+2*(g%2)
		t.p("VPAND Y%d, Y%d, Y%d", mask, from, a)
		t.p("VPBROADCASTD %d(R9), Y%d", 4*g, b)
		t.p("VPMADDUBSW Y%d, Y%d, Y%d", b, a, a)
		t.p("VPADDW Y%d, Y%d, Y%d", a, sum, sum)
	}
	t.p("ADDQ $32, SI")
	t.p("ADDQ $16, R9")
	t.p("DECQ R11")
	t.p("JNZ %s", unit)
	t.at(folded)
	for i := range 2 {
		t.p("VPMADDWD Y15, Y%d, Y%d", 2+i, 2+i)
		t.p("VPADDD Y%d, Y%d, Y%d", 2+i, i, i)
	}
	t.p("TESTQ R10, R10")
	t.p("JNZ %s", fold)
	t.p("VPSRAD $2, Y0, Y0")
	t.p("VPADDD Y0, Y1, Y1")
	t.p("VMOVDQU Y1, (DI)")
	t.p("ADDQ $32, DI")
	t.p("DECQ CX")
	t.p("JNZ %s", block)
	t.ret()
}

// tileAVX2 is two blocks by four tokens: eight int16 sums in registers, folded into the 32-bit sums in memory every
// sixteen units: 16·4 pairs are within ±32768, positive ones within 64·2·2·127 = 32512.
func tileAVX2(t *text) {
	t.fn("tile4AVX2", 40)
	t.args("d", "DI", "w", "SI", "q", "DX", "blocks", "CX", "units", "R8")
	t.p("MOVQ R8, R12")
	t.p("SHLQ $5, R12")
	t.p("MOVQ CX, R13")
	t.p("SHLQ $5, R13")
	pair, single, end := t.label("pair"), t.label("single"), t.label("end")
	t.at(pair)
	t.p("CMPQ CX, $2")
	t.p("JLT %s", single)
	tileBodyAVX2(t, 2)
	t.p("ADDQ R12, SI")
	t.p("SUBQ $2, CX")
	t.p("JMP %s", pair)
	t.at(single)
	t.p("TESTQ CX, CX")
	t.p("JZ %s", end)
	tileBodyAVX2(t, 1)
	t.at(end)
	t.ret()
}

func tileBodyAVX2(t *text, blocks int) {
	v := isa{}
	const tokens, code, act, mask = 4, 10, 12, 14
	sums := func(do func(b, i int)) {
		t.p("MOVQ DI, AX")
		for i := range tokens {
			for b := range blocks {
				do(b, i)
			}
			t.p("ADDQ R13, AX")
		}
	}
	v.zero(t, 0)
	sums(func(b, _ int) { t.p("VMOVDQU Y0, %d(AX)", 32*b) })
	fold, unit := t.label("sixteen"), t.label("unit")
	t.p("MOVQ DX, R9")
	t.p("MOVQ R8, R10")
	t.p("LEAQ (SI)(R12*1), BX")
	v.splat(t, mask, 0x03030303)
	t.at(fold)
	for i := range blocks * tokens {
		v.zero(t, i)
	}
	t.p("MOVQ $16, R11")
	t.p("CMPQ R10, R11")
	t.p("CMOVQLT R10, R11")
	t.p("SUBQ R11, R10")
	t.at(unit)
	t.p("VMOVDQU (SI), Y8")
	if blocks == 2 {
		t.p("VMOVDQU (BX), Y9")
	}
	for g := range 4 {
		for b := range blocks {
			from := 8 + b
			if g < 3 {
				t.p("VPSRLW $%d, Y%d, Y%d", 6-2*g, from, code+b)
				from = code + b
			}
			t.p("VPAND Y%d, Y%d, Y%d", mask, from, code+b)
		}
		for i := range tokens {
			t.p("VPBROADCASTD %d(R9), Y%d", 4*(g*tokens+i), act)
			for b := range blocks {
				t.p("VPMADDUBSW Y%d, Y%d, Y13", act, code+b)
				t.p("VPADDW Y13, Y%d, Y%d", b*tokens+i, b*tokens+i)
			}
		}
	}
	t.p("ADDQ $32, SI")
	t.p("ADDQ $32, BX")
	t.p("ADDQ $%d, R9", 16*tokens)
	t.p("DECQ R11")
	t.p("JNZ %s", unit)
	t.p("VPCMPEQW Y15, Y15, Y15")
	t.p("VPSRLW $15, Y15, Y15") // ones
	sums(func(b, i int) {
		r := b*tokens + i
		t.p("VPMADDWD Y15, Y%d, Y%d", r, r)
		t.p("VPADDD %d(AX), Y%d, Y%d", 32*b, r, r)
		t.p("VMOVDQU Y%d, %d(AX)", r, 32*b)
	})
	t.p("TESTQ R10, R10")
	t.p("JNZ %s", fold)
	t.p("ADDQ $%d, DI", 32*blocks)
}

// headAVX2 multiplies |w| by q with w's sign; |w| and |q| are at most 127, so a pair of products is at most 32258.
func headAVX2(t *text) {
	v := isa{}
	t.fn("headAVX2", 48)
	t.args("d", "DI", "w", "SI", "q", "DX", "sums", "BX", "blocks", "CX", "quads", "R8")
	v.splat(t, 15, 0x00010001)
	block, unit := t.label("block"), t.label("unit")
	t.at(block)
	v.zero(t, 0)
	t.p("MOVQ DX, R9")
	t.p("MOVQ R8, R10")
	t.at(unit)
	t.p("VMOVDQU (SI), Y4")
	t.p("VPBROADCASTD (R9), Y5")
	t.p("VPABSB Y4, Y6")
	t.p("VPSIGNB Y4, Y5, Y5")
	t.p("VPMADDUBSW Y5, Y6, Y6")
	t.p("VPMADDWD Y15, Y6, Y6")
	t.p("VPADDD Y6, Y0, Y0")
	t.p("ADDQ $32, SI")
	t.p("ADDQ $4, R9")
	t.p("DECQ R10")
	t.p("JNZ %s", unit)
	t.p("VMOVDQU Y0, (DI)")
	t.p("ADDQ $32, DI")
	t.p("DECQ CX")
	t.p("JNZ %s", block)
	t.ret()
}

// dotI2SAVX2: per block the two pairs at factor 1 and, in sums of their own, the two at factor 4; see dotAVX2.
func dotI2SAVX2(t *text) {
	v := isa{}
	t.fn("dotI2SAVX2", 40)
	t.args("d", "DI", "w", "SI", "q", "DX", "rows", "CX", "blocks", "R8")
	v.splat(t, 15, 0x00010001)
	v.splat(t, 14, 0x03030303)
	v.splat(t, 13, 0x0c0c0c0c)
	row, fold, block := t.label("row"), t.label("eight"), t.label("block")
	t.at(row)
	v.zero(t, 0)
	v.zero(t, 1)
	t.p("MOVQ DX, R9")
	t.p("MOVQ R8, R10")
	t.at(fold)
	v.zero(t, 2)
	v.zero(t, 3)
	t.p("MOVQ $8, R11")
	t.p("CMPQ R10, R11")
	t.p("CMOVQLT R10, R11")
	t.p("SUBQ R11, R10")
	t.at(block)
	t.p("VMOVDQU (SI), Y4")
	t.p("VPSRLW $4, Y4, Y5")
	for g, from := range []int{5, 5, 4, 4} {
		mask, sum, a := 13, 2, 6+g
		if g%2 == 1 {
			mask, sum = 14, 3
		}
		t.p("VPAND Y%d, Y%d, Y%d", mask, from, a)
		t.p("VPMADDUBSW %d(R9), Y%d, Y%d", 32*g, a, a)
		t.p("VPADDW Y%d, Y%d, Y%d", a, sum, sum)
	}
	t.p("ADDQ $32, SI")
	t.p("ADDQ $128, R9")
	t.p("DECQ R11")
	t.p("JNZ %s", block)
	for i := range 2 {
		t.p("VPMADDWD Y15, Y%d, Y%d", 2+i, 2+i)
		t.p("VPADDD Y%d, Y%d, Y%d", 2+i, i, i)
	}
	t.p("TESTQ R10, R10")
	t.p("JNZ %s", fold)
	t.p("VPSRAD $2, Y0, Y0")
	t.p("VPADDD Y0, Y1, Y0")
	sumLanes(t)
	t.p("DECQ CX")
	t.p("JNZ %s", row)
	t.ret()
}

func avx2File() string {
	t := file("AVX2, with F16C: what every x86-64 processor since 2013 to 2015 has.")
	dotAVX2(t)
	dotI2SAVX2(t)
	tileAVX2(t)
	headAVX2(t)
	screenAVX2(t)
	floats(t, isa{suffix: "AVX2"})
	return t.String()
}

func avxvnniFile() string {
	t := file("AVX-VNNI: VPDPBUSD on 32-byte registers, in its VEX form, and its twin in the EVEX form, which runs on processors\n// with AVX-512 VNNI and lets tests there check what only the encoding tells apart.")
	v := isa{}
	for _, form := range []struct {
		suffix string
		reg    func(t *text, act, codes, acc int)
	}{
		{"AVXVNNI", vexDP},
		{"EVEX256", func(t *text, act, codes, acc int) { t.p("VPDPBUSD Y%d, Y%d, Y%d", act, codes, acc) }},
	} {
		mem := func(t *text, mem string, codes, acc int) {
			t.p("VPBROADCASTD %s, Y%d", mem, 8+acc)
			form.reg(t, 8+acc, codes, acc)
		}
		dotDP(t, v, "dot"+form.suffix, mem, [4]int{12, 13, 14, 15})
		dotI2S(t, v, "dotI2S"+form.suffix, func(t *text, mem string, codes, acc int) {
			t.p("VMOVDQU %s, Y%d", mem, 8+acc)
			form.reg(t, 8+acc, codes, acc)
		})
		tileDP(t, v, "tile5"+form.suffix, form.reg, 5, true)
		tileDP(t, v, "tile1"+form.suffix, form.reg, 1, true)
		headDP(t, v, "head"+form.suffix, form.reg)
		screenDP(t, v, "screen"+form.suffix, mem, [2]int{12, 13})
		peak(t, v, "peak"+form.suffix, form.reg)
	}
	return t.String()
}

func avx512File() string {
	t := file("AVX-512 with VNNI (F, BW, DQ, VL).")
	v := isa{suffix: "AVX512", wide: true}
	reg := func(t *text, act, codes, acc int) { t.p("VPDPBUSD Z%d, Z%d, Z%d", act, codes, acc) }
	dotDP(t, v, "dotAVX512", dpEVEX(v), [4]int{28, 29, 30, 31})
	dotI2S(t, v, "dotI2SAVX512", func(t *text, mem string, codes, acc int) {
		t.p("VPDPBUSD %s, Z%d, Z%d", mem, codes, acc)
	})
	tileDP(t, v, "tile12AVX512", reg, 12, true)
	tileDP(t, v, "tile4AVX512", reg, 4, true)
	headDP(t, v, "headAVX512", reg)
	screenDP(t, v, "screenAVX512", dpEVEX(v), [2]int{28, 29})
	peak(t, v, "peakAVX512", reg)
	floats(t, v)
	return t.String()
}
