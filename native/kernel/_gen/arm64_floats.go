package main

import "fmt"

// The float steps on arm64: a group is sixteen floats in four registers. Products are rounded before they are added,
// so there is no FMLA; sums keep their sixteen lanes.

func floatsNEON(t *text) {
	scaleNEON(t)
	scaleEachNEON(t)
	squaresNEON(t)
	normNEON(t)
	absMaxNEON(t)
	quantizeNEON(t)
	relu2NEON(t)
	addNEON(t)
	mulNEON(t)
	widenNEON(t)
	widen8NEON(t)
	narrowNEON(t)
	mulAddNEON(t)
	softmaxNEON(t)
	dotF16NEON(t, "dotF16NEON", 1)
	dotF16NEON(t, "dotF16x4NEON", 4)
	streamReadNEON(t)
}

// four names the registers of a group from a on.
func four(a int) string { return fmt.Sprintf("[V%d.S4, V%d.S4, V%d.S4, V%d.S4]", a, a+1, a+2, a+3) }

// take and put move a group between registers from a on and memory, and the pointer on.
func (t *text) take(ptr string, a int) { t.p("VLD1.P 64(%s), %s", ptr, four(a)) }
func (t *text) put(a int, ptr string)  { t.p("VST1.P %s, 64(%s)", four(a), ptr) }

// groups repeats body for each group of n floats.
func (t *text) groups(n string, body func()) {
	l := t.label("group")
	t.at(l)
	body()
	t.p("SUBS $16, %s, %s", n, n)
	t.p("BNE %s", l)
}

// each4 emits an instruction for the four registers of a group: those from d, n and m on.
func (t *text) each4(o op, first ...int) {
	for j := range 4 {
		regs := make([]int, len(first))
		for i, r := range first {
			regs[i] = r + j
		}
		t.do(o, regs...)
	}
}

// by emits an instruction for the four registers from d on with one right operand: d = d ∘ m.
func (t *text) by(o op, d, m int) {
	for j := range 4 {
		t.do(o, d+j, d+j, m)
	}
}

// times multiplies the four registers from n on by element i of m.
func (t *text) times(d, n, m, i int) {
	for j := range 4 {
		t.fmulLane(d+j, n+j, m, i)
	}
}

func scaleNEON(t *text) {
	t.fn("scaleNEON", 36)
	t.params("y", "d", "n")
	t.p("MOVW sum+24(FP), R3")
	t.p("VDUP R3, V4.S4")
	t.p("FMOVS s+28(FP), F5")
	t.p("VDUP V5.S[0], V5.S4")
	t.p("FMOVS scale+32(FP), F6")
	t.groups("R2", func() {
		t.take("R1", 0)
		for j := range 4 {
			t.p("VSUB V4.S4, V%d.S4, V%d.S4", j, j)
		}
		t.each4(scvtf, 0, 0)
		t.by(fdiv, 0, 5)
		t.times(0, 0, 6, 0)
		t.put(0, "R0")
	})
	t.p("RET")
}

func scaleEachNEON(t *text) {
	t.fn("scaleEachNEON", 36)
	t.params("y", "d", "scales", "n")
	t.p("FMOVS s+32(FP), F8")
	t.p("VDUP V8.S[0], V8.S4")
	t.groups("R3", func() {
		t.take("R1", 0)
		t.take("R2", 4)
		t.each4(scvtf, 0, 0)
		t.by(fdiv, 0, 8)
		t.each4(fmul, 0, 0, 4)
		t.put(0, "R0")
	})
	t.p("RET")
}

// squaresNEON: lanes 2i and 2i+1 are register 8+i.
func squaresNEON(t *text) {
	t.fn("squaresNEON", 24)
	t.params("x", "n")
	t.clear(run(8, 8)...)
	t.groups("R1", func() {
		t.take("R0", 0)
		t.each4(fmul, 0, 0, 0)
		for j := range 4 {
			t.do(fcvtld, 16+2*j, j)
			t.do(fcvtl2d, 17+2*j, j)
		}
		for i := range 8 {
			t.do(fadd2d, 8+i, 8+i, 16+i)
		}
	})
	for h := 4; h > 0; h /= 2 {
		for i := range h {
			t.do(fadd2d, 8+i, 8+i, 8+i+h)
		}
	}
	t.do(faddpd, 0, 8)
	t.p("FMOVD F0, ret+16(FP)")
	t.p("RET")
}

// most leaves the largest of the sixteen numbers in registers from a on in its first.
func (t *text) most(a int) {
	t.do(fmax, a, a, a+2)
	t.do(fmax, a+1, a+1, a+3)
	t.do(fmax, a, a, a+1)
	t.do(fmaxv, a, a)
}

// fold adds sixteen lanes in halves into the first number of register a; tmp is scratch.
func (t *text) fold(a, tmp int) {
	t.do(fadd, a, a, a+2)
	t.do(fadd, a+1, a+1, a+3)
	t.do(fadd, a, a, a+1)
	t.p("VEXT $8, V%d.B16, V%d.B16, V%d.B16", a, a, tmp)
	t.do(fadd, a, a, tmp)
	t.do(faddp, a, a)
}

func normNEON(t *text) {
	t.fn("normNEON", 44)
	t.params("y", "x", "w", "n")
	t.p("FMOVS r+32(FP), F8")
	t.clear(run(16, 4)...)
	t.groups("R3", func() {
		t.take("R1", 0)
		t.take("R2", 4)
		t.times(0, 0, 8, 0)
		t.each4(fmul, 0, 0, 4)
		t.put(0, "R0")
		t.each4(fabs, 0, 0)
		t.each4(fmax, 16, 16, 0)
	})
	t.most(16)
	t.p("FMOVS F16, ret+40(FP)")
	t.p("RET")
}

func absMaxNEON(t *text) {
	t.fn("absMaxNEON", 20)
	t.params("x", "n")
	t.clear(run(16, 4)...)
	t.groups("R1", func() {
		t.take("R0", 0)
		t.each4(fabs, 0, 0)
		t.each4(fmax, 16, 16, 0)
	})
	t.most(16)
	t.p("FMOVS F16, ret+16(FP)")
	t.p("RET")
}

// quantizeNEON lets the two narrowings clamp.
func quantizeNEON(t *text) {
	t.fn("quantizeNEON", 36)
	t.params("q", "x", "n")
	t.p("FMOVS s+24(FP), F8")
	t.clear(9)
	t.groups("R2", func() {
		t.take("R1", 0)
		t.times(0, 0, 8, 0)
		t.each4(fcvtns, 0, 0)
		for i := range 2 {
			t.do(sqxtns, 4+i, 2*i)
			t.do(sqxtn2s, 4+i, 2*i+1)
		}
		t.do(sqxtnh, 6, 4)
		t.do(sqxtn2h, 6, 5)
		t.p("FMOVQ.P F6, 16(R0)")
		t.do(saddlpb, 7, 6)
		t.do(sadalph, 9, 7)
	})
	t.p("VADDV V9.S4, V9")
	t.p("VMOV V9.S[0], R3")
	t.p("MOVW R3, ret+32(FP)")
	t.p("RET")
}

func relu2NEON(t *text) {
	t.fn("relu2NEON", 32)
	t.params("y", "gate", "up", "n")
	t.clear(8)
	t.groups("R3", func() {
		t.take("R1", 0)
		t.take("R2", 4)
		t.by(fmax, 0, 8)
		t.each4(fmul, 0, 0, 0)
		t.each4(fmul, 0, 0, 4)
		t.put(0, "R0")
	})
	t.p("RET")
}

func addNEON(t *text) {
	t.fn("addNEON", 24)
	t.params("y", "x", "n")
	t.groups("R2", func() {
		t.p("VLD1 (R0), %s", four(0))
		t.take("R1", 4)
		t.each4(fadd, 0, 0, 4)
		t.put(0, "R0")
	})
	t.p("RET")
}

func mulNEON(t *text) {
	t.fn("mulNEON", 24)
	t.params("y", "x", "n")
	t.groups("R2", func() {
		t.p("VLD1 (R0), %s", four(0))
		t.take("R1", 4)
		t.each4(fmul, 0, 0, 4)
		t.put(0, "R0")
	})
	t.p("RET")
}

func widen8NEON(t *text) {
	t.fn("widen8NEON", 24)
	t.params("y", "x", "n")
	t.groups("R2", func() {
		t.p("FMOVQ.P 16(R1), F4")
		t.do(sxtlb, 5, 4)
		t.do(sxtl2b, 6, 4)
		for i := range 2 {
			t.do(sxtlh, 2*i, 5+i)
			t.do(sxtl2h, 2*i+1, 5+i)
		}
		t.each4(scvtf, 0, 0)
		t.put(0, "R0")
	})
	t.p("RET")
}

// halves widens the sixteen halves at ptr into registers from d on; tmp and the next are scratch.
func (t *text) halves(ptr string, d, tmp int) {
	t.p("FLDPQ.P 32(%s), (F%d, F%d)", ptr, tmp, tmp+1)
	for i := range 2 {
		t.do(fcvtl, d+2*i, tmp+i)
		t.do(fcvtl2, d+2*i+1, tmp+i)
	}
}

func widenNEON(t *text) {
	t.fn("widenNEON", 24)
	t.params("y", "x", "n")
	t.groups("R2", func() {
		t.halves("R1", 0, 4)
		t.put(0, "R0")
	})
	t.p("RET")
}

func narrowNEON(t *text) {
	t.fn("narrowNEON", 24)
	t.params("y", "x", "n")
	t.groups("R2", func() {
		t.take("R1", 0)
		for i := range 2 {
			t.do(fcvtn, 4+i, 2*i)
			t.do(fcvtn2, 4+i, 2*i+1)
		}
		t.p("FSTPQ.P (F4, F5), 32(R0)")
	})
	t.p("RET")
}

// mulAddNEON keeps four rows by sixteen columns of c over all of k, and takes k in fours: a's next four numbers of a row
// are then one load.
func mulAddNEON(t *text) {
	t.fn("mulAddNEON", 48)
	t.params("c", "a", "b", "lda", "k", "n")
	t.note("R1, R6..R8: rows of a; R9: bytes between rows of b and of c")
	t.p("LSL $2, R3, R3")
	t.p("ADD R3, R1, R6")
	t.p("ADD R3, R6, R7")
	t.p("ADD R3, R7, R8")
	t.p("LSL $2, R5, R9")
	rows, at := []string{"R1", "R6", "R7", "R8"}, []string{"R13", "R14", "R15", "R19"}
	step := func(l int) {
		t.p("VLD1 (R11), %s", four(16))
		t.p("ADD R9, R11, R11")
		for i := range 4 {
			tmp := 24 + 4*(i%2)
			t.times(tmp, 16, 20+i, l)
			t.each4(fadd, 4*i, 4*i, tmp)
		}
	}
	t.groups("R5", func() {
		fours, rest, one, done := t.label("four"), t.label("rest"), t.label("one"), t.label("done")
		t.p("MOVD R0, R10")
		for i := range 4 {
			t.p("VLD1 (R10), %s", four(4*i))
			t.p("ADD R9, R10, R10")
			t.p("MOVD %s, %s", rows[i], at[i])
		}
		t.p("MOVD R2, R11")
		t.p("SUBS $4, R4, R12")
		t.p("BLT %s", rest)
		t.at(fours)
		for i := range 4 {
			t.p("FMOVQ.P 16(%s), F%d", at[i], 20+i)
		}
		for l := range 4 {
			step(l)
		}
		t.p("SUBS $4, R12, R12")
		t.p("BGE %s", fours)
		t.at(rest)
		t.p("ADDS $4, R12, R12")
		t.p("BEQ %s", done)
		t.at(one)
		for i := range 4 {
			t.p("FMOVS.P 4(%s), F%d", at[i], 20+i)
		}
		step(0)
		t.p("SUBS $1, R12, R12")
		t.p("BNE %s", one)
		t.at(done)
		t.p("MOVD R0, R10")
		for i := range 4 {
			t.p("VST1 %s, (R10)", four(4*i))
			t.p("ADD R9, R10, R10")
		}
		t.p("ADD $64, R0, R0")
		t.p("ADD $64, R2, R2")
	})
	t.p("RET")
}

// constant returns the bits of a constant of the exponential.
func constant(name string) uint32 {
	for _, c := range constants {
		if c.name == name {
			return c.bits
		}
	}
	panic(name)
}

// softmaxNEON takes four registers through the exponential at once, for the sake of processors that do not reorder.
func softmaxNEON(t *text) {
	const x, n, p, mask, sum, factors, low, high, one, add, most = 0, 4, 16, 20, 24, 28, 29, 30, 31, 8, 13
	t.fn("softmaxNEON", 24)
	t.params("s")
	t.p("FMOVS scale+8(FP), F8")
	t.p("FMOVS max+12(FP), F9")
	for j := range 4 {
		t.p("VDUP V9.S[0], V%d.S4", 4+j)
	}
	t.p("MOVD R0, R1")
	t.p("MOVD $64, R2")
	t.groups("R2", func() {
		t.p("VLD1 (R1), %s", four(0))
		t.times(0, 0, 8, 0)
		t.put(0, "R1")
		t.each4(fmax, 4, 4, 0)
	})
	t.most(4)
	t.p("FMOVS F4, newMax+16(FP)")
	t.p("VDUP V4.S[0], V%d.S4", most)
	for i, name := range []string{"log2e", "ln2hi", "ln2lo", "c6"} {
		t.p("MOVD $0x%08x, R9", constant(name))
		t.p("VMOV R9, V%d.S[%d]", factors, i)
	}
	t.splatArm(low, constant("low"))
	t.splatArm(high, constant("high"))
	t.splatArm(one, constant("one"))
	sums := []string{"c5", "c4", "c3", "c2", "c1"}
	for i, name := range sums {
		t.splatArm(add+i, constant(name))
	}
	t.clear(run(sum, 4)...)
	t.p("MOVD $64, R2")
	t.groups("R2", func() {
		t.p("VLD1 (R0), %s", four(x))
		t.by(fsub, x, most)
		for j := range 4 {
			t.do(fcmge, mask+j, x+j, low)
		}
		t.by(fmin, x, high)
		t.times(n, x, factors, 0)
		t.each4(frintn, n, n)
		for i := 1; i <= 2; i++ {
			t.times(p, n, factors, i)
			t.each4(fsub, x, x, p)
		}
		t.times(p, x, factors, 3)
		for i := range sums {
			t.by(fadd, p, add+i)
			t.each4(fmul, p, p, x)
		}
		t.each4(fmul, p, p, x)
		t.each4(fadd, p, p, x)
		t.by(fadd, p, one)
		t.each4(fcvtns, n, n)
		for j := range 4 {
			t.p("VSHL $23, V%d.S4, V%d.S4", n+j, n+j)
		}
		for j := range 4 {
			t.p("VADD V%d.S4, V%d.S4, V%d.S4", n+j, p+j, x+j)
		}
		for j := range 4 {
			t.p("VAND V%d.B16, V%d.B16, V%d.B16", mask+j, x+j, x+j)
		}
		t.put(x, "R0")
		t.each4(fadd, sum, sum, x)
	})
	t.fold(sum, 0)
	t.p("FMOVS F%d, sum+20(FP)", sum)
	t.p("RET")
}

// dotF16NEON multiplies rows of halves by one row of floats, or by four; y[i·rows+r] of row i of x.
func dotF16NEON(t *text, name string, tokens int) {
	const w, tmp = 16, 20
	t.fn(name, 40)
	t.params("y", "w", "x", "rows", "n")
	x := []string{"R7", "R8", "R9", "R10"}[:tokens]
	t.p("LSL $2, R4, R5 // bytes of a row of x")
	t.p("LSL $2, R3, R6 // bytes of a row of y")
	t.loop("row", "R3", func() {
		t.clear(run(0, 4*tokens)...)
		t.p("MOVD R2, R7")
		for i := 1; i < tokens; i++ {
			t.p("ADD R5, %s, %s", x[i-1], x[i])
		}
		t.p("MOVD R4, R11")
		t.groups("R11", func() {
			t.halves("R1", w, tmp)
			for i := range tokens {
				in := 24 + 4*(i%2)
				t.take(x[i], in)
				t.each4(fmul, in, in, w)
				t.each4(fadd, 4*i, 4*i, in)
			}
		})
		t.p("MOVD R0, R12")
		for i := range tokens {
			t.fold(4*i, tmp)
			t.p("FMOVS F%d, (R12)", 4*i)
			t.p("ADD R6, R12, R12")
		}
		t.p("ADD $4, R0, R0")
	})
	t.p("RET")
}

func streamReadNEON(t *text) {
	t.fn("streamReadNEON", 24)
	t.params("p", "n")
	t.clear(run(0, 4)...)
	l := t.label("loop")
	t.at(l)
	or := func(a, b int) { t.p("VORR V%d.B16, V%d.B16, V%d.B16", b, a, a) }
	for i := range 4 {
		t.take("R0", 16+4*i)
	}
	for i := range 16 {
		or(i%4, 16+i)
	}
	t.p("SUBS $256, R1, R1")
	t.p("BNE %s", l)
	or(0, 1)
	or(2, 3)
	or(0, 2)
	t.p("VEXT $8, V0.B16, V0.B16, V1.B16")
	or(0, 1)
	t.p("VMOV V0.D[0], R2")
	t.p("MOVD R2, ret+16(FP)")
	t.p("RET")
}
