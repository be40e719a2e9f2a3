package main

import "fmt"

// Ternary times int8 on arm64. Weights are in R8: a unit is two registers, rows 0 to 3 and rows 4 to 7, each row four
// bytes; so one load of activations serves both, and twice as many sums hide the latency of a multiplication.
//
// Nothing here has been timed on hardware; what is counted are instructions, for a unit of 8 rows x 16 columns.

// loop repeats body n times, n counted down in a register.
func (t *text) loop(name, n string, body func()) {
	l := t.label(name)
	t.at(l)
	body()
	t.p("SUBS $1, %s, %s", n, n)
	t.p("BNE %s", l)
}

// dotSDOT is dot: 20 instructions a unit, of which 8 SDOT and 8 that isolate codes: 2.5 for 16 columns of a row.
//
// As in dotDP there is no shift where a mask does: three positions of a code in its byte have sums of their own, 16, 4
// and 1 times too large. Only the top one is shifted, because SDOT takes signed bytes, and a code of 2 there is -128.
func dotSDOT(t *text) {
	t.fn("dotSDOT", 40)
	t.params("d", "w", "q", "blocks", "units")
	t.masks()
	t.loop("block", "R3", func() {
		t.clear(run(0, 8)...)
		t.p("MOVD R2, R5")
		t.p("MOVD R4, R6")
		t.loop("unit", "R6", func() {
			t.p("FLDPQ.P 32(R1), (F8, F9)")
			t.p("FMOVQ.P 16(R5), F10")
			t.inPlace()
			for i := range 8 {
				t.sdot(i, 16+i, 10, i/2)
			}
		})
		t.level()
		t.p("FSTPQ.P (F0, F1), 32(R0)")
	})
	t.p("RET")
}

// masks are for inPlace.
func (t *text) masks() {
	t.fill(29, 0x30)
	t.fill(30, 0x0c)
	t.fill(31, 0x03)
}

// inPlace isolates the codes of the bytes in V8 and V9: those at position g are V(16+2g) and the next.
func (t *text) inPlace() {
	for i := range 8 {
		if i < 2 {
			t.p("VUSHR $6, V%d.B16, V%d.B16", 8+i, 16+i)
			continue
		}
		t.p("VAND V%d.B16, V%d.B16, V%d.B16", 28+i/2, 8+i%2, 16+i)
	}
}

// level brings the sums of inPlace's codes, V0 to V7, to one scale and adds them, the even ones to V0, the odd to V1.
func (t *text) level() {
	for i := 2; i < 8; i++ {
		if i < 6 {
			t.sshr(i, i, 6-i/2*2)
		}
		t.p("VADD V%d.S4, V%d.S4, V%d.S4", i, i%2, i%2)
	}
}

// dotI2S is dot for rows as an I2_S tensor in x86 layout has them: 32 bytes hold 128 columns, byte p those of p, p+32,
// p+64 and p+96 from its top bits down. A block is 23 instructions: 2.9 for 16 columns of a row.
func dotI2SSDOT(t *text) {
	t.fn("dotI2SSDOT", 40)
	t.params("d", "w", "q", "rows", "blocks")
	t.masks()
	t.loop("row", "R3", func() {
		t.clear(run(0, 8)...)
		t.p("MOVD R2, R5")
		t.p("MOVD R4, R6")
		t.loop("block", "R6", func() {
			t.p("FLDPQ.P 32(R1), (F8, F9)")
			t.inPlace()
			for g := range 4 {
				t.p("FLDPQ.P 32(R5), (F%d, F%d)", 10+2*(g%2), 11+2*(g%2))
				for v := range 2 {
					t.do(sdotv, 2*g+v, 16+2*g+v, 10+2*(g%2)+v)
				}
			}
		})
		t.level()
		t.p("VADD V1.S4, V0.S4, V0.S4")
		t.p("VADDV V0.S4, V0")
		t.p("FMOVS.P F0, 4(R0)")
	})
	t.p("RET")
}

// dotI2SNEON has four 16-bit sums in each lane, with the bounds of tileNEON: four products in each block of 32.
func dotI2SNEON(t *text) {
	const raw, codes, act, mask, total = 16, 18, 20, 31, 4
	t.fn("dotI2SNEON", 40)
	t.params("d", "w", "q", "rows", "blocks")
	t.fill(mask, 3)
	t.loop("row", "R3", func() {
		t.clear(run(total, 4)...)
		t.p("MOVD R2, R5")
		t.p("MOVD R4, R6")
		fold := t.label("fold")
		t.at(fold)
		t.clear(run(0, 4)...)
		t.upTo32("R6", "R10")
		t.loop("block", "R10", func() {
			t.p("FLDPQ.P 32(R1), (F%d, F%d)", raw, raw+1)
			for g := range 4 {
				t.p("FLDPQ.P 32(R5), (F%d, F%d)", act, act+1)
				t.codes(g, raw, codes, mask)
				for v := range 2 {
					t.do(smlal, 2*v, codes+v, act+v)
					t.do(smlal2, 2*v+1, codes+v, act+v)
				}
			}
		})
		for i := range 4 {
			t.do(sadalph, total+i, i)
		}
		t.p("CBNZ R6, %s", fold)
		for i := 1; i < 4; i++ {
			t.p("VADD V%d.S4, V%d.S4, V%d.S4", total+i, total, total)
		}
		t.p("VADDV V%d.S4, V%d", total, total)
		t.p("FMOVS.P F%d, 4(R0)", total)
	})
	t.p("RET")
}

// upTo32 takes at most 32 from a count that is left, as the count of a loop.
func (t *text) upTo32(left, count string) {
	t.p("MOVD $32, %s", count)
	t.p("CMP %s, %s", count, left)
	t.p("CSEL LT, %s, %s, %s", left, count, count)
	t.p("SUB %s, %s, %s", count, left, left)
}

// peakSDOT does nothing but SDOT, sixteen to each of n: what products of matrices are held against.
func peakSDOT(t *text) {
	t.fn("peakSDOT", 8)
	t.params("n")
	t.clear(run(0, 18)...)
	t.loop("loop", "R0", func() {
		for i := range 16 {
			t.sdot(i, 16, 17, i%4)
		}
	})
	t.p("RET")
}

// codes isolates the codes at position g of the bytes in registers raw and raw+1; register mask is full of 3.
func (t *text) codes(g, raw, to, mask int) {
	for v := range 2 {
		from := raw + v
		if g < 3 {
			t.p("VUSHR $%d, V%d.B16, V%d.B16", 6-2*g, from, to+v)
			from = to + v
		}
		if g > 0 {
			t.p("VAND V%d.B16, V%d.B16, V%d.B16", mask, from, to+v)
		}
	}
}

// tileSDOT is tile for up to twelve tokens, whose 24 sums and eight more registers are all there are. Of a unit's 119
// instructions for twelve tokens 96 are SDOT: 1.24 for 16 columns of a row and token; of four tokens 32 of 51: 1.59.
func tileSDOT(t *text, tokens int) {
	const raw, codes, act, mask = 24, 26, 28, 31
	t.fn(fmt.Sprintf("tile%dSDOT", tokens), 40)
	t.params("d", "w", "q", "blocks", "units")
	t.fill(mask, 3)
	t.p("LSL $5, R3, R7 // bytes between the sums of two tokens")
	t.loop("block", "R3", func() {
		t.clear(run(0, 2*tokens)...)
		t.p("MOVD R2, R5")
		t.p("MOVD R4, R6")
		t.loop("unit", "R6", func() {
			t.p("FLDPQ.P 32(R1), (F%d, F%d)", raw, raw+1)
			for g := range 4 {
				for i := 0; i < tokens/4; i += 2 {
					if i+1 < tokens/4 {
						t.p("FLDPQ.P 32(R5), (F%d, F%d)", act+i, act+i+1)
						continue
					}
					t.p("FMOVQ.P 16(R5), F%d", act+i)
				}
				t.codes(g, raw, codes, mask)
				for i := range tokens {
					for v := range 2 {
						t.sdot(2*i+v, codes+v, act+i/4, i%4)
					}
				}
			}
		})
		t.p("MOVD R0, R8")
		for i := range tokens {
			t.p("FSTPQ (F%d, F%d), (R8)", 2*i, 2*i+1)
			t.p("ADD R7, R8, R8")
		}
		t.p("ADD $32, R0, R0")
	})
	t.p("RET")
}

// headSDOT is head: signed times signed, so that sums have nothing to take away.
func headSDOT(t *text) {
	t.fn("headSDOT", 48)
	t.params("d", "w", "q", "sums", "blocks", "quads")
	t.loop("block", "R4", func() {
		t.clear(run(0, 8)...)
		t.p("MOVD R2, R6")
		t.p("MOVD R5, R7")
		four, rest, one, done := t.label("four"), t.label("rest"), t.label("one"), t.label("done")
		t.p("SUBS $4, R7, R7")
		t.p("BLT %s", rest)
		t.at(four)
		for i := range 4 {
			t.p("FLDPQ.P 32(R1), (F%d, F%d)", 16+2*i, 17+2*i)
		}
		t.p("FMOVQ.P 16(R6), F24")
		for i := range 4 {
			for v := range 2 {
				t.sdot(2*i+v, 16+2*i+v, 24, i)
			}
		}
		t.p("SUBS $4, R7, R7")
		t.p("BGE %s", four)
		t.at(rest)
		t.p("ADDS $4, R7, R7")
		t.p("BEQ %s", done)
		t.at(one)
		t.p("FLDPQ.P 32(R1), (F16, F17)")
		t.p("FMOVS.P 4(R6), F24")
		t.sdot(0, 16, 24, 0)
		t.sdot(1, 17, 24, 0)
		t.p("SUBS $1, R7, R7")
		t.p("BNE %s", one)
		t.at(done)
		for i := 2; i < 8; i++ {
			t.p("VADD V%d.S4, V%d.S4, V%d.S4", i, i%2, i%2)
		}
		t.p("FSTPQ.P (F0, F1), 32(R0)")
	})
	t.p("RET")
}

// tileNEON is tile without SDOT, and with one token dot: SMLAL adds products to 16-bit sums, which are folded into the
// 32-bit ones in memory every 32 units. A code is at most 2 and |q| at most 128, so a product is within ±256, and four
// of them in each of 32 units within ±32768; positive sums are smaller, because q ≤ 127: 128·2·127 = 32512.
//
// A unit is 36 instructions for one token, of which 16 SMLAL: 4.5 for 16 columns of a row; of four tokens 99, of which
// 64 SMLAL: 3.1.
func tileNEON(t *text, name string, tokens int) {
	const raw, codes, act, in, mask = 16, 18, 20, 24, 31
	sum := func(i, v, half int) int { return 4*i + 2*v + half } // half 0: rows 0, 1 of the register's four; 1: rows 2, 3
	t.fn(name, 40)
	t.params("d", "w", "q", "blocks", "units")
	t.fill(mask, 3)
	t.p("LSL $5, R3, R7 // bytes between the sums of two tokens")
	eachToken := func(do func(i int)) {
		t.p("MOVD R0, R8")
		for i := range tokens {
			do(i)
			t.p("ADD R7, R8, R8")
		}
	}
	t.loop("block", "R3", func() {
		t.clear(0, 1)
		eachToken(func(int) { t.p("FSTPQ (F0, F1), (R8)") })
		t.p("MOVD R2, R5")
		t.p("MOVD R4, R6")
		fold := t.label("fold")
		t.at(fold)
		t.clear(run(0, 4*tokens)...)
		t.upTo32("R6", "R10")
		t.loop("unit", "R10", func() {
			t.p("FLDPQ.P 32(R1), (F%d, F%d)", raw, raw+1)
			if tokens == 1 {
				t.p("FMOVQ.P 16(R5), F%d", in)
			}
			for g := range 4 {
				if tokens > 1 {
					t.p("FMOVQ.P 16(R5), F%d", in)
				}
				t.codes(g, raw, codes, mask)
				for i := range tokens {
					t.p("VDUP V%d.S[%d], V%d.S4", in, pickInt(tokens > 1, i, g), act+i)
				}
				for i := range tokens {
					for v := range 2 {
						t.do(smlal, sum(i, v, 0), codes+v, act+i)
						t.do(smlal2, sum(i, v, 1), codes+v, act+i)
					}
				}
			}
		})
		eachToken(func(i int) {
			t.p("FLDPQ (R8), (F20, F21)")
			for v := range 2 {
				for half := range 2 {
					t.do(saddlph, 22+half, sum(i, v, half))
				}
				t.p("VADDP V23.S4, V22.S4, V22.S4")
				t.p("VADD V22.S4, V%d.S4, V%d.S4", 20+v, 20+v)
			}
			t.p("FSTPQ (F20, F21), (R8)")
		})
		t.p("CBNZ R6, %s", fold)
		t.p("ADD $32, R0, R0")
	})
	t.p("RET")
}

func pickInt(b bool, yes, no int) int {
	if b {
		return yes
	}
	return no
}

// headNEON multiplies two quads at a time: |w| and |q| are at most 127, so two products are at most 32258.
func headNEON(t *text) {
	t.fn("headNEON", 48)
	t.params("d", "w", "q", "sums", "blocks", "quads")
	t.loop("block", "R4", func() {
		t.clear(run(0, 4)...)
		t.p("MOVD R2, R6")
		t.p("MOVD R5, R7")
		two, last, done := t.label("two"), t.label("last"), t.label("done")
		step := func(quads int) {
			for i := range quads {
				t.p("FLDPQ.P 32(R1), (F%d, F%d)", 16+2*i, 17+2*i)
			}
			t.p("%s.P %d(R6), F20", pick(quads == 2, "FMOVD", "FMOVS"), 4*quads)
			for i := quads - 1; i >= 0; i-- {
				t.p("VDUP V20.S[%d], V%d.S4", i, 21+i)
			}
			for v := range 2 {
				t.do(smull, 24+2*v, 16+v, 21)
				t.do(smull2, 25+2*v, 16+v, 21)
			}
			for v := range 2 {
				if quads == 2 {
					t.do(smlal, 24+2*v, 18+v, 22)
					t.do(smlal2, 25+2*v, 18+v, 22)
				}
			}
			for i := range 4 {
				t.do(sadalph, i, 24+i)
			}
		}
		t.p("SUBS $2, R7, R7")
		t.p("BLT %s", last)
		t.at(two)
		step(2)
		t.p("SUBS $2, R7, R7")
		t.p("BGE %s", two)
		t.at(last)
		t.p("ADDS $2, R7, R7")
		t.p("BEQ %s", done)
		step(1)
		t.at(done)
		for v := range 2 {
			t.p("VADDP V%d.S4, V%d.S4, V%d.S4", 2*v+1, 2*v, v)
		}
		t.p("FSTPQ.P (F0, F1), 32(R0)")
	})
	t.p("RET")
}

func dotprodFile() string {
	t := file("SDOT (FEAT_DotProd): Armv8.4, and many before it since the Cortex-A75 and A55. Float steps: neon_arm64.s.")
	dotSDOT(t)
	dotI2SSDOT(t)
	tileSDOT(t, 12)
	tileSDOT(t, 4)
	headSDOT(t)
	screenSDOT(t)
	peakSDOT(t)
	return t.String()
}

func neonFile() string {
	t := file("What every arm64 processor has.")
	tileNEON(t, "dotNEON", 1)
	dotI2SNEON(t)
	tileNEON(t, "tile4NEON", 4)
	headNEON(t)
	screenNEON(t)
	floatsNEON(t)
	return t.String()
}
