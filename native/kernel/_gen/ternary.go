package main

import "fmt"

// Ternary times int8 with VPDPBUSD, which multiplies four unsigned bytes by four signed ones and adds the products to
// a 32-bit sum. Weights are in Rn with n the 32-bit lanes of a register.

// dp emits acc += codes · act; the activations of all lanes are the four bytes at mem.
type dp func(t *text, mem string, codes, acc int)

// dpEVEX broadcasts from memory within the instruction.
func dpEVEX(v isa) dp {
	return func(t *text, mem string, codes, acc int) {
		t.p("VPDPBUSD.BCST %s, %s, %s", mem, v.r(codes), v.r(acc))
	}
}

// dpVEX broadcasts into register tmp first.
func dpVEX(v isa, tmp int) dp {
	return func(t *text, mem string, codes, acc int) {
		t.p("VPBROADCASTD %s, %s", mem, v.r(tmp))
		vexDP(t, tmp, codes, acc)
	}
}

// dotDP is dot: no shift inside the loop; the four positions of a code in its byte have sums of their own, 64, 16, 4 and
// 1 times too large, exact while columns are fewer than 2^19.
func dotDP(t *text, v isa, name string, mul dp, masks [4]int) {
	w := v.bytes()
	t.fn(name, 40)
	t.args("d", "DI", "w", "SI", "q", "DX", "blocks", "CX", "units", "R8")
	for g, m := range []uint32{0xc0c0c0c0, 0x30303030, 0x0c0c0c0c, 0x03030303} {
		v.splat(t, masks[g], m)
	}
	block, loop, done := t.label("block"), t.label("unit"), t.label("sum")
	t.at(block)
	for i := range 4 {
		v.zero(t, i)
	}
	t.p("MOVQ DX, R9")
	t.p("MOVQ R8, R10")
	t.at(loop)
	t.p("%s (SI), %s", v.mov(), v.r(4))
	for g := range 4 {
		t.p("%s %s, %s, %s", v.and(), v.r(masks[g]), v.r(4), v.r(5+g%2))
		mul(t, fmt.Sprintf("%d(R9)", 4*g), 5+g%2, g)
	}
	t.p("ADDQ $%d, SI", w)
	t.p("ADDQ $16, R9")
	t.p("DECQ R10")
	t.p("JNZ %s", loop)
	t.at(done)
	for g, s := range []int{6, 4, 2} {
		t.p("VPSRAD $%d, %s, %s", s, v.r(g), v.r(g))
		t.p("VPADDD %s, %s, %s", v.r(g), v.r(3), v.r(3))
	}
	t.p("%s %s, (DI)", v.mov(), v.r(3))
	t.p("ADDQ $%d, DI", w)
	t.p("DECQ CX")
	t.p("JNZ %s", block)
	t.ret()
}

// tileDP is tile for each number of tokens in shapes; a shape with two blocks is followed by its half for an odd block.
//
// Registers: accumulators from 0 on, then the raw unit of each block, its codes, and the broadcast activations.
func tileDP(t *text, v isa, name string, mul func(t *text, act, codes, acc int), tokens int, pair bool) {
	t.fn(name, 40)
	t.args("d", "DI", "w", "SI", "q", "DX", "blocks", "CX", "units", "R8")
	w := v.bytes()
	t.note("R12: bytes of a block's weights; R13: bytes between the sums of two tokens")
	t.p("MOVQ R8, R12")
	t.p("IMULQ $%d, R12", w)
	t.p("MOVQ CX, R13")
	t.p("IMULQ $%d, R13", w)
	single, end := t.label("single"), t.label("end")
	if pair {
		loop := t.label("pair")
		t.at(loop)
		t.p("CMPQ CX, $2")
		t.p("JLT %s", single)
		tileBody(t, v, mul, tokens, 2)
		t.p("ADDQ R12, SI") // past the second block
		t.p("SUBQ $2, CX")
		t.p("JMP %s", loop)
	}
	t.at(single)
	t.p("TESTQ CX, CX")
	t.p("JZ %s", end)
	tileBody(t, v, mul, tokens, 1)
	t.p("DECQ CX")
	t.p("JMP %s", single)
	t.at(end)
	t.ret()
}

// tileBody multiplies one or two blocks; SI and DI move on past the first block's weights and all the sums.
func tileBody(t *text, v isa, mul func(t *text, act, codes, acc int), tokens, blocks int) {
	acc := func(b, i int) int { return b*tokens + i }
	raw := func(b int) int { return blocks*tokens + b }
	codes := func(b int) int { return blocks*tokens + blocks + b }
	act, mask := blocks*tokens+2*blocks, blocks*tokens+2*blocks+1
	w := v.bytes()
	for i := range blocks * tokens {
		v.zero(t, i)
	}
	v.splat(t, mask, 0x03030303)
	loop := t.label("unit")
	t.p("MOVQ DX, R9")
	t.p("MOVQ R8, R10")
	t.p("LEAQ (SI)(R12*1), R11")
	t.at(loop)
	t.p("%s (SI), %s", v.mov(), v.r(raw(0)))
	if blocks == 2 {
		t.p("%s (R11), %s", v.mov(), v.r(raw(1)))
	}
	for g := range 4 {
		for b := range blocks {
			if g == 3 {
				t.p("%s %s, %s, %s", v.and(), v.r(mask), v.r(raw(b)), v.r(codes(b)))
				continue
			}
			t.p("VPSRLD $%d, %s, %s", 6-2*g, v.r(raw(b)), v.r(codes(b)))
			t.p("%s %s, %s, %s", v.and(), v.r(mask), v.r(codes(b)), v.r(codes(b)))
		}
		for i := range tokens {
			t.p("VPBROADCASTD %d(R9), %s", 4*(g*tokens+i), v.r(act))
			for b := range blocks {
				mul(t, act, codes(b), acc(b, i))
			}
		}
	}
	t.p("ADDQ $%d, SI", w)
	t.p("ADDQ $%d, R11", w)
	t.p("ADDQ $%d, R9", 16*tokens)
	t.p("DECQ R10")
	t.p("JNZ %s", loop)
	t.p("MOVQ DI, R9")
	for i := range tokens {
		for b := range blocks {
			t.p("%s %s, %d(R9)", v.mov(), v.r(acc(b, i)), b*w)
		}
		t.p("ADDQ R13, R9")
	}
	t.p("ADDQ $%d, DI", blocks*w)
}

// headDP is head: int8 weights by activations plus 128, which are unsigned; sums takes the surplus away.
func headDP(t *text, v isa, name string, mul func(t *text, w, act, acc int)) {
	w := v.bytes()
	t.fn(name, 48)
	t.args("d", "DI", "w", "SI", "q", "DX", "sums", "BX", "blocks", "CX", "quads", "R8")
	v.splat(t, 15, 0x80808080)
	block, four, one, loop, done := t.label("block"), t.label("four"), t.label("one"), t.label("last"), t.label("done")
	t.at(block)
	for i := range 4 {
		v.zero(t, i)
	}
	t.p("MOVQ DX, R9")
	t.p("MOVQ R8, R10")
	step := func(i int) {
		t.p("VPBROADCASTD %d(R9), %s", 4*i, v.r(4+i))
		t.p("%s %s, %s, %s", v.xor(), v.r(15), v.r(4+i), v.r(4+i))
		t.p("%s %d(SI), %s", v.mov(), i*w, v.r(8+i))
		mul(t, 8+i, 4+i, i)
	}
	t.at(four)
	t.p("SUBQ $4, R10")
	t.p("JLT %s", one)
	for i := range 4 {
		step(i)
	}
	t.p("ADDQ $%d, SI", 4*w)
	t.p("ADDQ $16, R9")
	t.p("JMP %s", four)
	t.at(one)
	t.p("ADDQ $4, R10")
	t.at(loop)
	t.p("SUBQ $1, R10")
	t.p("JLT %s", done)
	step(0)
	t.p("ADDQ $%d, SI", w)
	t.p("ADDQ $4, R9")
	t.p("JMP %s", loop)
	t.at(done)
	for i := 1; i < 4; i++ {
		t.p("VPADDD %s, %s, %s", v.r(i), v.r(0), v.r(0))
	}
	t.p("VPSUBD (BX), %s, %s", v.r(0), v.r(0))
	t.p("%s %s, (DI)", v.mov(), v.r(0))
	t.p("ADDQ $%d, DI", w)
	t.p("ADDQ $%d, BX", w)
	t.p("DECQ CX")
	t.p("JNZ %s", block)
	t.ret()
}

// peak does nothing but VPDPBUSD, sixteen to each of n: what products of matrices are held against.
func peak(t *text, v isa, name string, mul func(t *text, act, codes, acc int)) {
	t.fn(name, 8)
	t.args("n", "CX")
	for i := range 16 {
		v.zero(t, i)
	}
	loop := t.label("loop")
	t.at(loop)
	for i := range 14 {
		mul(t, 14, 15, i)
	}
	mul(t, 14, 15, 0)
	mul(t, 14, 15, 1)
	t.p("DECQ CX")
	t.p("JNZ %s", loop)
	t.ret()
}

// dotI2S is dot for rows as an I2_S tensor in x86 layout has them: 32 bytes hold 128 columns, byte p those of p, p+32,
// p+64 and p+96 from its top bits down, so the activations are read in their order. As in dot nothing is shifted inside
// the loop. The sum of a register's lanes is taken for each row.
func dotI2S(t *text, v isa, name string, mul func(t *text, mem string, codes, acc int)) {
	t.fn(name, 40)
	t.args("d", "DI", "w", "SI", "q", "DX", "rows", "CX", "blocks", "R8")
	row, loop := t.label("row"), t.label("block")
	if v.wide { // a block twice in one register: two masks, and two sums whose halves are shifted by different counts
		t.note("masks 0xc0, 0x30 and 0x0c, 0x03 in the halves of Z28, Z29; shifts 6, 4 and 2, 0 in those of Z30, Z31")
		for i, m := range []uint32{0xc0c0c0c0, 0x30303030, 0x0c0c0c0c, 0x03030303, 6, 4, 2, 0} {
			t.p("MOVL $0x%08x, AX", m)
			if i%2 == 0 {
				t.p("VPBROADCASTD AX, Y%d", 28+i/2)
				continue
			}
			t.p("VPBROADCASTD AX, Y0")
			t.p("VINSERTI64X4 $1, Y0, Z%d, Z%d", 28+i/2, 28+i/2)
		}
		t.at(row)
		v.zero(t, 0)
		v.zero(t, 1)
		t.p("MOVQ DX, R9")
		t.p("MOVQ R8, R10")
		t.at(loop)
		t.p("VBROADCASTI64X4 (SI), Z4")
		for i := range 2 {
			t.p("VPANDD Z%d, Z4, Z%d", 28+i, 5+i)
			mul(t, fmt.Sprintf("%d(R9)", 64*i), 5+i, i)
		}
		t.p("ADDQ $32, SI")
		t.p("ADDQ $128, R9")
		t.p("DECQ R10")
		t.p("JNZ %s", loop)
		t.p("VPSRAVD Z30, Z0, Z0")
		t.p("VPSRAVD Z31, Z1, Z1")
		t.p("VPADDD Z0, Z1, Z0")
		t.p("VEXTRACTI64X4 $1, Z0, Y1")
		t.p("VPADDD Y0, Y1, Y0")
	} else {
		for g, m := range []uint32{0xc0c0c0c0, 0x30303030, 0x0c0c0c0c, 0x03030303} {
			v.splat(t, 12+g, m)
		}
		t.at(row)
		for i := range 4 {
			v.zero(t, i)
		}
		t.p("MOVQ DX, R9")
		t.p("MOVQ R8, R10")
		t.at(loop)
		t.p("VMOVDQU (SI), Y4")
		for g := range 4 {
			t.p("VPAND Y%d, Y4, Y%d", 12+g, 5+g%2)
			mul(t, fmt.Sprintf("%d(R9)", 32*g), 5+g%2, g)
		}
		t.p("ADDQ $32, SI")
		t.p("ADDQ $128, R9")
		t.p("DECQ R10")
		t.p("JNZ %s", loop)
		for g, s := range []int{6, 4, 2} {
			t.p("VPSRAD $%d, Y%d, Y%d", s, g, g)
			t.p("VPADDD Y%d, Y3, Y3", g)
		}
		t.p("VMOVDQA Y3, Y0")
	}
	sumLanes(t)
	t.p("DECQ CX")
	t.p("JNZ %s", row)
	t.ret()
}

// sumLanes stores the sum of the eight lanes of Y0 at DI, and moves on.
func sumLanes(t *text) {
	t.p("VEXTRACTI128 $1, Y0, X1")
	t.p("VPADDD X0, X1, X0")
	t.p("VPSHUFD $0x0e, X0, X1")
	t.p("VPADDD X0, X1, X0")
	t.p("VPSHUFD $0x01, X0, X1")
	t.p("VPADDD X0, X1, X0")
	t.p("VMOVD X0, (DI)")
	t.p("ADDQ $4, DI")
}
