package main

import "fmt"

// The float steps, one description for both widths: a group is sixteen floats, in one register or two. Products are
// rounded before they are added; sums keep their sixteen lanes.

// each loops over groups of 64 bytes: CX holds the number of elements.
func (t *text) each(body func(), step func()) {
	loop := t.label("group")
	t.at(loop)
	body()
	step()
	t.p("SUBQ $16, CX")
	t.p("JNZ %s", loop)
}

func floats(t *text, v isa) {
	table(t, v)
	scale(t, v)
	scaleEach(t, v)
	squares(t, v)
	norm(t, v)
	absMax(t, v)
	quantize(t, v)
	relu2(t, v)
	add(t, v)
	mul(t, v)
	widen(t, v)
	widen8(t, v)
	narrow(t, v)
	mulAdd(t, v)
	softmax(t, v)
	dotF16(t, v, 1)
	dotF16(t, v, 4)
	if !v.wide {
		streamRead(t, v) // registers of 64 bytes read no faster: on Zen 4 a tenth slower
	}
}

// constants of the exponential, as in generic.go.
var constants = []struct {
	name string
	bits uint32
}{
	{"low", 0xc2ac0000}, {"high", 0x42b00000}, {"log2e", 0x3fb8aa3b}, {"ln2hi", 0x3f318000}, {"ln2lo", 0xb95e8083},
	{"c6", 0x39506967}, {"c5", 0x3ab743ce}, {"c4", 0x3c088908}, {"c3", 0x3d2aa9c1}, {"c2", 0x3e2aaaaa}, {"c1", 0x3f000000},
	{"one", 0x3f800000}, {"abs", 0x7fffffff},
}

func table(t *text, v isa) {
	for i, c := range constants {
		for o := range 8 {
			fmt.Fprintf(t, "DATA table%s<>+%d(SB)/8, $0x%08x%08x // %s\n", v.suffix, 64*i+8*o, c.bits, c.bits, c.name)
		}
	}
	fmt.Fprintf(t, "GLOBL table%s<>(SB), RODATA|NOPTR, $%d\n", v.suffix, 64*len(constants))
}

// c is a constant as a memory operand.
func (v isa) c(name string) string {
	for i, c := range constants {
		if c.name == name {
			return fmt.Sprintf("table%s<>+%d(SB)", v.suffix, 64*i)
		}
	}
	panic(name)
}

func (v isa) splatArg(t *text, arg string, i int) { t.p("VBROADCASTSS %s(FP), %s", arg, v.r(i)) }

func scale(t *text, v isa) {
	t.fn("scale"+v.suffix, 36)
	t.args("y", "DI", "d", "SI", "n", "CX")
	t.p("MOVL sum+24(FP), AX")
	t.p("VMOVD AX, X1")
	t.p("VPBROADCASTD X1, %s", v.r(1))
	v.splatArg(t, "s+28", 2)
	v.splatArg(t, "scale+32", 3)
	t.each(func() {
		for i := range v.parts() {
			o := i * v.bytes()
			t.p("%s %d(SI), %s", v.mov(), o, v.r(0))
			t.p("VPSUBD %s, %s, %s", v.r(1), v.r(0), v.r(0))
			t.p("VCVTDQ2PS %s, %s", v.r(0), v.r(0))
			t.p("VDIVPS %s, %s, %s", v.r(2), v.r(0), v.r(0))
			t.p("VMULPS %s, %s, %s", v.r(3), v.r(0), v.r(0))
			t.p("VMOVUPS %s, %d(DI)", v.r(0), o)
		}
	}, t.steps("DI", "SI"))
	t.ret()
}

// steps moves pointers on by a group.
func (t *text) steps(regs ...string) func() {
	return func() {
		for _, r := range regs {
			t.p("ADDQ $64, %s", r)
		}
	}
}

func scaleEach(t *text, v isa) {
	t.fn("scaleEach"+v.suffix, 36)
	t.args("y", "DI", "d", "SI", "scales", "DX", "n", "CX")
	v.splatArg(t, "s+32", 2)
	t.each(func() {
		for i := range v.parts() {
			o := i * v.bytes()
			t.p("VCVTDQ2PS %d(SI), %s", o, v.r(0))
			t.p("VDIVPS %s, %s, %s", v.r(2), v.r(0), v.r(0))
			t.p("VMULPS %d(DX), %s, %s", o, v.r(0), v.r(0))
			t.p("VMOVUPS %s, %d(DI)", v.r(0), o)
		}
	}, t.steps("DI", "SI", "DX"))
	t.ret()
}

// squares widens each half register of squares to float64: lanes 0..15 are registers 0.. in order.
func squares(t *text, v isa) {
	t.fn("squares"+v.suffix, 24)
	t.args("x", "SI", "n", "CX")
	regs := 2 * v.parts()
	for i := range regs {
		v.zero(t, i)
	}
	half := v.bytes() / 2
	small := pick(v.wide, "Y", "X")
	t.each(func() {
		for i := range regs {
			t.p("VMOVUPS %d(SI), %s8", i*half, small)
			t.p("VMULPS %s8, %s8, %s8", small, small, small)
			t.p("VCVTPS2PD %s8, %s", small, v.r(9))
			t.p("VADDPD %s, %s, %s", v.r(9), v.r(i), v.r(i))
		}
	}, t.steps("SI"))
	if v.wide {
		t.p("VADDPD Z1, Z0, Z0")
		t.p("VEXTRACTF64X4 $1, Z0, Y1")
		t.p("VADDPD Y1, Y0, Y0")
	} else {
		t.p("VADDPD Y2, Y0, Y0")
		t.p("VADDPD Y3, Y1, Y1")
		t.p("VADDPD Y1, Y0, Y0")
	}
	t.p("VEXTRACTF128 $1, Y0, X1")
	t.p("VADDPD X1, X0, X0")
	t.p("VPSHUFD $0x0e, X0, X1")
	t.p("VADDSD X1, X0, X0")
	t.p("VMOVSD X0, ret+16(FP)")
	t.ret()
}

func norm(t *text, v isa) {
	t.fn("norm"+v.suffix, 44)
	t.args("y", "DI", "x", "SI", "w", "DX", "n", "CX")
	v.splatArg(t, "r+32", 2)
	t.p("VMOVUPS %s, %s", v.c("abs"), v.r(3))
	v.zero(t, 4)
	v.zero(t, 5)
	t.each(func() {
		for i := range v.parts() {
			o := i * v.bytes()
			t.p("VMULPS %d(SI), %s, %s", o, v.r(2), v.r(0))
			t.p("VMULPS %d(DX), %s, %s", o, v.r(0), v.r(0))
			t.p("VMOVUPS %s, %d(DI)", v.r(0), o)
			t.p("%s %s, %s, %s", v.and(), v.r(3), v.r(0), v.r(0))
			t.p("VMAXPS %s, %s, %s", v.r(0), v.r(4+i), v.r(4+i))
		}
	}, t.steps("DI", "SI", "DX"))
	v.foldFloats(t, "VMAXPS", 4, 5, 6)
	t.p("VMOVSS X4, ret+40(FP)")
	t.ret()
}

func absMax(t *text, v isa) {
	t.fn("absMax"+v.suffix, 20)
	t.args("x", "SI", "n", "CX")
	t.p("VMOVUPS %s, %s", v.c("abs"), v.r(3))
	v.zero(t, 4)
	v.zero(t, 5)
	t.each(func() {
		for i := range v.parts() {
			t.p("%s %d(SI), %s, %s", v.and(), i*v.bytes(), v.r(3), v.r(0))
			t.p("VMAXPS %s, %s, %s", v.r(0), v.r(4+i), v.r(4+i))
		}
	}, t.steps("SI"))
	v.foldFloats(t, "VMAXPS", 4, 5, 6)
	t.p("VMOVSS X4, ret+16(FP)")
	t.ret()
}

func quantize(t *text, v isa) {
	t.fn("quantize"+v.suffix, 36)
	t.args("q", "DI", "x", "SI", "n", "CX")
	v.splatArg(t, "s+24", 2)
	v.splat(t, 3, 127)
	v.splat(t, 4, 0xffffff80)
	v.zero(t, 5)
	t.each(func() {
		for i := range v.parts() {
			t.p("VMULPS %d(SI), %s, %s", i*v.bytes(), v.r(2), v.r(i))
			t.p("VCVTPS2DQ %s, %s", v.r(i), v.r(i))
			t.p("VPMINSD %s, %s, %s", v.r(3), v.r(i), v.r(i))
			t.p("VPMAXSD %s, %s, %s", v.r(4), v.r(i), v.r(i))
			t.p("VPADDD %s, %s, %s", v.r(i), v.r(5), v.r(5))
		}
		if v.wide {
			t.p("VPMOVSDB Z0, (DI)")
			return
		}
		for i := range 2 {
			t.p("VEXTRACTI128 $1, Y%d, X%d", i, 6+i)
			t.p("VPACKSSDW X%d, X%d, X%d", 6+i, i, i)
		}
		t.p("VPACKSSWB X1, X0, X0")
		t.p("VMOVDQU X0, (DI)")
	}, func() { t.p("ADDQ $64, SI"); t.p("ADDQ $16, DI") })
	if v.wide {
		t.p("VEXTRACTI64X4 $1, Z5, Y6")
		t.p("VPADDD Y6, Y5, Y5")
	}
	t.p("VEXTRACTI128 $1, Y5, X6")
	t.p("VPADDD X6, X5, X5")
	t.p("VPSHUFD $0x0e, X5, X6")
	t.p("VPADDD X6, X5, X5")
	t.p("VPSHUFD $0x01, X5, X6")
	t.p("VPADDD X6, X5, X5")
	t.p("VMOVD X5, AX")
	t.p("MOVL AX, ret+32(FP)")
	t.ret()
}

func relu2(t *text, v isa) {
	t.fn("relu2"+v.suffix, 32)
	t.args("y", "DI", "gate", "SI", "up", "DX", "n", "CX")
	v.zero(t, 1)
	t.each(func() {
		for i := range v.parts() {
			o := i * v.bytes()
			t.p("VMAXPS %d(SI), %s, %s", o, v.r(1), v.r(0))
			t.p("VMULPS %s, %s, %s", v.r(0), v.r(0), v.r(0))
			t.p("VMULPS %d(DX), %s, %s", o, v.r(0), v.r(0))
			t.p("VMOVUPS %s, %d(DI)", v.r(0), o)
		}
	}, t.steps("DI", "SI", "DX"))
	t.ret()
}

func add(t *text, v isa) {
	t.fn("add"+v.suffix, 24)
	t.args("y", "DI", "x", "SI", "n", "CX")
	t.each(func() {
		for i := range v.parts() {
			o := i * v.bytes()
			t.p("VMOVUPS %d(DI), %s", o, v.r(0))
			t.p("VADDPS %d(SI), %s, %s", o, v.r(0), v.r(0))
			t.p("VMOVUPS %s, %d(DI)", v.r(0), o)
		}
	}, t.steps("DI", "SI"))
	t.ret()
}

func mul(t *text, v isa) {
	t.fn("mul"+v.suffix, 24)
	t.args("y", "DI", "x", "SI", "n", "CX")
	t.each(func() {
		for i := range v.parts() {
			o := i * v.bytes()
			t.p("VMOVUPS %d(DI), %s", o, v.r(0))
			t.p("VMULPS %d(SI), %s, %s", o, v.r(0), v.r(0))
			t.p("VMOVUPS %s, %d(DI)", v.r(0), o)
		}
	}, t.steps("DI", "SI"))
	t.ret()
}

func widen8(t *text, v isa) {
	t.fn("widen8"+v.suffix, 24)
	t.args("y", "DI", "x", "SI", "n", "CX")
	t.each(func() {
		for i := range v.parts() {
			t.p("VPMOVSXBD %d(SI), %s", i*v.bytes()/4, v.r(0))
			t.p("VCVTDQ2PS %s, %s", v.r(0), v.r(0))
			t.p("VMOVUPS %s, %d(DI)", v.r(0), i*v.bytes())
		}
	}, func() { t.p("ADDQ $64, DI"); t.p("ADDQ $16, SI") })
	t.ret()
}

func widen(t *text, v isa) {
	t.fn("widen"+v.suffix, 24)
	t.args("y", "DI", "x", "SI", "n", "CX")
	t.each(func() {
		for i := range v.parts() {
			t.p("VCVTPH2PS %d(SI), %s", i*v.bytes()/2, v.r(0))
			t.p("VMOVUPS %s, %d(DI)", v.r(0), i*v.bytes())
		}
	}, func() { t.p("ADDQ $64, DI"); t.p("ADDQ $32, SI") })
	t.ret()
}

func narrow(t *text, v isa) {
	t.fn("narrow"+v.suffix, 24)
	t.args("y", "DI", "x", "SI", "n", "CX")
	t.each(func() {
		for i := range v.parts() {
			t.p("VMOVUPS %d(SI), %s", i*v.bytes(), v.r(0))
			t.p("VCVTPS2PH $0, %s, %d(DI)", v.r(0), i*v.bytes()/2)
		}
	}, func() { t.p("ADDQ $64, SI"); t.p("ADDQ $32, DI") })
	t.ret()
}

// mulAdd keeps four rows by two registers of c over all of k.
func mulAdd(t *text, v isa) {
	w := v.bytes()
	t.fn("mulAdd"+v.suffix, 48)
	t.args("c", "DI", "a", "SI", "b", "DX", "lda", "R8", "k", "R9", "n", "R10")
	t.note("R11..R13: rows of a; R8, AX: bytes between rows of a, of b and c")
	t.p("SHLQ $2, R8")
	t.p("LEAQ (SI)(R8*1), R11")
	t.p("LEAQ (SI)(R8*2), R12")
	t.p("LEAQ (R11)(R8*2), R13")
	t.p("LEAQ (R10*4), AX")
	cols, depth := t.label("columns"), t.label("depth")
	rows := []string{"SI", "R11", "R12", "R13"}
	eachC := func(do func(i, j int, at string)) {
		t.p("MOVQ DI, BX")
		for i := range 4 {
			for j := range 2 {
				do(i, j, fmt.Sprintf("%d(BX)", j*w))
			}
			t.p("ADDQ AX, BX")
		}
	}
	t.at(cols)
	eachC(func(i, j int, at string) { t.p("VMOVUPS %s, %s", at, v.r(2*i+j)) })
	t.p("MOVQ DX, BX")
	t.p("XORQ CX, CX")
	t.at(depth)
	t.p("VMOVUPS (BX), %s", v.r(8))
	t.p("VMOVUPS %d(BX), %s", w, v.r(9))
	for i, row := range rows {
		t.p("VBROADCASTSS (%s)(CX*4), %s", row, v.r(10))
		for j := range 2 {
			t.p("VMULPS %s, %s, %s", v.r(8+j), v.r(10), v.r(11+j))
			t.p("VADDPS %s, %s, %s", v.r(11+j), v.r(2*i+j), v.r(2*i+j))
		}
	}
	t.p("ADDQ AX, BX")
	t.p("INCQ CX")
	t.p("CMPQ CX, R9")
	t.p("JLT %s", depth)
	eachC(func(i, j int, at string) { t.p("VMOVUPS %s, %s", v.r(2*i+j), at) })
	t.p("ADDQ $%d, DI", 2*w)
	t.p("ADDQ $%d, DX", 2*w)
	t.p("SUBQ $%d, R10", 2*w/4)
	t.p("JNZ %s", cols)
	t.ret()
}

// exp replaces register x by its exponential; n, p and m are scratch.
func (v isa) exp(t *text, x, n, p, m int) {
	r := v.r
	if v.wide {
		t.p("VCMPPS $0x0d, %s, %s, K1", v.c("low"), r(x))
	} else {
		t.p("VCMPPS $0x0d, %s, %s, %s", v.c("low"), r(x), r(m))
	}
	t.p("VMINPS %s, %s, %s", v.c("high"), r(x), r(x))
	t.p("VMULPS %s, %s, %s", v.c("log2e"), r(x), r(n))
	t.p("%s $0, %s, %s", pick(v.wide, "VRNDSCALEPS", "VROUNDPS"), r(n), r(n))
	for _, c := range []string{"ln2hi", "ln2lo"} {
		t.p("VMULPS %s, %s, %s", v.c(c), r(n), r(p))
		t.p("VSUBPS %s, %s, %s", r(p), r(x), r(x))
	}
	t.p("VMULPS %s, %s, %s", v.c("c6"), r(x), r(p))
	for _, c := range []string{"c5", "c4", "c3", "c2", "c1"} {
		t.p("VADDPS %s, %s, %s", v.c(c), r(p), r(p))
		t.p("VMULPS %s, %s, %s", r(x), r(p), r(p))
	}
	t.p("VMULPS %s, %s, %s", r(x), r(p), r(p))
	t.p("VADDPS %s, %s, %s", r(x), r(p), r(p))
	t.p("VADDPS %s, %s, %s", v.c("one"), r(p), r(p))
	t.p("VCVTPS2DQ %s, %s", r(n), r(n))
	t.p("VPSLLD $23, %s, %s", r(n), r(n))
	if v.wide {
		t.p("VPADDD.Z %s, %s, K1, %s", r(n), r(p), r(x))
		return
	}
	t.p("VPADDD %s, %s, %s", r(n), r(p), r(x))
	t.p("VPAND %s, %s, %s", r(m), r(x), r(x))
}

func softmax(t *text, v isa) {
	w, regs := v.bytes(), 4*v.parts()
	t.fn("softmax"+v.suffix, 24)
	t.args("s", "DI")
	v.splatArg(t, "scale+8", 1)
	v.splatArg(t, "max+12", 2)
	for i := range regs {
		t.p("VMULPS %d(DI), %s, %s", i*w, v.r(1), v.r(0))
		t.p("VMOVUPS %s, %d(DI)", v.r(0), i*w)
		t.p("VMAXPS %s, %s, %s", v.r(0), v.r(2), v.r(2))
	}
	v.foldFloats(t, "VMAXPS", 2, 2, 3)
	t.p("VMOVSS X2, newMax+16(FP)")
	t.p("VBROADCASTSS X2, %s", v.r(2))
	v.zero(t, 8)
	v.zero(t, 9)
	for i := range regs {
		t.p("VMOVUPS %d(DI), %s", i*w, v.r(0))
		t.p("VSUBPS %s, %s, %s", v.r(2), v.r(0), v.r(0))
		v.exp(t, 0, 3, 4, 5)
		t.p("VMOVUPS %s, %d(DI)", v.r(0), i*w)
		sum := 8 + i%v.parts()
		t.p("VADDPS %s, %s, %s", v.r(0), v.r(sum), v.r(sum))
	}
	v.foldFloats(t, "VADDPS", 8, 9, 3)
	t.p("VMOVSS X8, sum+20(FP)")
	t.ret()
}

// dotF16 multiplies rows of halves by one row of floats, or by four; y[i·rows+r] of row i of x.
func dotF16(t *text, v isa, tokens int) {
	name := "dotF16" + v.suffix
	if tokens > 1 {
		name = fmt.Sprintf("dotF16x%d%s", tokens, v.suffix)
	}
	w, parts := v.bytes(), v.parts()
	t.fn(name, 40)
	t.args("y", "DI", "w", "SI", "x", "DX", "rows", "R8", "n", "R9")
	row, group := t.label("row"), t.label("group")
	t.p("LEAQ (R9*4), R11")
	if tokens == 4 {
		t.p("LEAQ (DX)(R11*2), R12")
		t.p("MOVQ R8, R13")
		t.p("SHLQ $2, R13")
	}
	t.at(row)
	for i := range tokens * parts {
		v.zero(t, i)
	}
	t.p("XORQ CX, CX")
	if tokens == 4 {
		t.p("LEAQ (DX)(R11*1), R10")
		t.p("LEAQ (R12)(R11*1), AX")
	}
	x := []string{"DX", "R10", "R12", "AX"}
	t.at(group)
	for j := range parts {
		t.p("VCVTPH2PS %d(SI)(CX*2), %s", j*w/2, v.r(10+j))
		for i := range tokens {
			t.p("VMULPS %d(%s)(CX*4), %s, %s", j*w, x[i], v.r(10+j), v.r(12))
			t.p("VADDPS %s, %s, %s", v.r(12), v.r(parts*i+j), v.r(parts*i+j))
		}
	}
	t.p("ADDQ $16, CX")
	t.p("CMPQ CX, R9")
	t.p("JLT %s", group)
	t.p("LEAQ (SI)(R9*2), SI")
	if tokens == 4 {
		t.p("MOVQ DI, BX")
	}
	for i := range tokens {
		lo := parts * i
		v.foldFloats(t, "VADDPS", lo, lo+parts-1, 13)
		if tokens == 1 {
			t.p("VMOVSS X%d, (DI)", lo)
			continue
		}
		t.p("VMOVSS X%d, (BX)", lo)
		t.p("ADDQ R13, BX")
	}
	t.p("ADDQ $4, DI")
	t.p("DECQ R8")
	t.p("JNZ %s", row)
	t.ret()
}

func streamRead(t *text, v isa) {
	t.fn("streamRead"+v.suffix, 24)
	t.args("p", "SI", "n", "CX")
	for i := range 4 {
		v.zero(t, i)
	}
	loop := t.label("loop")
	t.at(loop)
	for o := 0; o < 256; o += v.bytes() {
		i := o / v.bytes() % 4
		t.p("%s %d(SI), %s, %s", v.or(), o, v.r(i), v.r(i))
	}
	t.p("ADDQ $256, SI")
	t.p("SUBQ $256, CX")
	t.p("JNZ %s", loop)
	for i := 1; i < 4; i++ {
		t.p("%s %s, %s, %s", v.or(), v.r(i), v.r(0), v.r(0))
	}
	t.p("VEXTRACTI128 $1, Y0, X1")
	t.p("VPOR X1, X0, X0")
	t.p("VPSHUFD $0x0e, X0, X1")
	t.p("VPOR X1, X0, X0")
	t.p("VMOVQ X0, AX")
	t.p("MOVQ AX, ret+16(FP)")
	t.ret()
}
