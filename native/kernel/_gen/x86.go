package main

import "fmt"

// isa is what the x86 files differ in: the width of a register, and how VPDPBUSD is written.
type isa struct {
	suffix string // of function names
	wide   bool   // 64-byte registers
}

func (v isa) bytes() int {
	if v.wide {
		return 64
	}
	return 32
}

// r names vector register i.
func (v isa) r(i int) string {
	if v.wide {
		return fmt.Sprintf("Z%d", i)
	}
	return fmt.Sprintf("Y%d", i)
}

// parts is how many registers sixteen floats take.
func (v isa) parts() int { return 64 / v.bytes() }

// load, xor, and, or: the two sets spell them differently.
func (v isa) mov() string { return pick(v.wide, "VMOVDQU64", "VMOVDQU") }
func (v isa) xor() string { return pick(v.wide, "VPXORD", "VPXOR") }
func (v isa) and() string { return pick(v.wide, "VPANDD", "VPAND") }
func (v isa) or() string  { return pick(v.wide, "VPORD", "VPOR") }
func (v isa) zero(t *text, i int) {
	t.p("%s %s, %s, %s", v.xor(), v.r(i), v.r(i), v.r(i))
}

func pick(b bool, yes, no string) string {
	if b {
		return yes
	}
	return no
}

// splat fills register i with a 32-bit constant.
func (v isa) splat(t *text, i int, x uint32) {
	t.p("MOVL $0x%08x, AX", x)
	if v.wide {
		t.p("VPBROADCASTD AX, %s", v.r(i))
		return
	}
	t.p("VMOVD AX, X%d", i)
	t.p("VPBROADCASTD X%d, %s", i, v.r(i))
}

// args loads named 8-byte arguments from the frame into registers, in order.
func (t *text) args(pairs ...string) {
	for i := 0; i < len(pairs); i += 2 {
		t.p("MOVQ %s+%d(FP), %s", pairs[i], 4*i, pairs[i+1])
	}
}

func (t *text) ret() {
	t.p("VZEROUPPER")
	t.p("RET")
}

// vexDP is VPDPBUSD act, codes, acc in the VEX form, which the assembler lacks: VEX.256.66.0F38.W0 50 /r.
func vexDP(t *text, act, codes, acc int) {
	b1 := byte(0x42)
	if acc < 8 {
		b1 |= 0x80
	}
	if act < 8 {
		b1 |= 0x20
	}
	b2 := byte(0x05) | byte(^codes&15)<<3
	modrm := byte(0xc0) | byte(acc&7)<<3 | byte(act&7)
	t.p("BYTE $0xc4; BYTE $0x%02x; BYTE $0x%02x; BYTE $0x50; BYTE $0x%02x // VPDPBUSD Y%d, Y%d, Y%d", b1, b2, modrm, act, codes, acc)
}

// foldFloats leaves the folded sum of sixteen lanes, in registers lo and (narrow only) hi, in X lo. It uses register tmp.
func (v isa) foldFloats(t *text, op string, lo, hi, tmp int) {
	if v.wide {
		t.p("VEXTRACTF64X4 $1, Z%d, Y%d", lo, tmp)
		t.p("%s Y%d, Y%d, Y%d", op, tmp, lo, lo)
	} else {
		t.p("%s Y%d, Y%d, Y%d", op, hi, lo, lo)
	}
	t.p("VEXTRACTF128 $1, Y%d, X%d", lo, tmp)
	t.p("%s X%d, X%d, X%d", op, tmp, lo, lo)
	t.p("VPSHUFD $0x0e, X%d, X%d", lo, tmp)
	t.p("%s X%d, X%d, X%d", op, tmp, lo, lo)
	t.p("VPSHUFD $0x01, X%d, X%d", lo, tmp)
	t.p("%s X%d, X%d, X%d", op, tmp, lo, lo)
}
