package main

import "fmt"

// What Go's assembler for arm64 lacks: vector arithmetic on floats, widening multiplications, SDOT. Encodings are those
// of the Arm Architecture Reference Manual, C7.2, and were held against LLVM's assembler; the comment beside each word is the instruction in Arm's spelling,
// destination first.

// op is an instruction by its bits with all registers 0, and its text with a %d for each of them: Rd, Rn, Rm.
type op struct {
	bits uint32
	text string
}

var (
	fadd    = op{0x4e20d400, "fadd v%d.4s, v%d.4s, v%d.4s"}
	fadd2d  = op{0x4e60d400, "fadd v%d.2d, v%d.2d, v%d.2d"}
	fsub    = op{0x4ea0d400, "fsub v%d.4s, v%d.4s, v%d.4s"}
	fmul    = op{0x6e20dc00, "fmul v%d.4s, v%d.4s, v%d.4s"}
	fdiv    = op{0x6e20fc00, "fdiv v%d.4s, v%d.4s, v%d.4s"}
	fmax    = op{0x4e20f400, "fmax v%d.4s, v%d.4s, v%d.4s"}
	fmin    = op{0x4ea0f400, "fmin v%d.4s, v%d.4s, v%d.4s"}
	fcmge   = op{0x6e20e400, "fcmge v%d.4s, v%d.4s, v%d.4s"}
	fabs    = op{0x4ea0f800, "fabs v%d.4s, v%d.4s"}
	frintn  = op{0x4e218800, "frintn v%d.4s, v%d.4s"}
	fcvtns  = op{0x4e21a800, "fcvtns v%d.4s, v%d.4s"}
	scvtf   = op{0x4e21d800, "scvtf v%d.4s, v%d.4s"}
	fcvtl   = op{0x0e217800, "fcvtl v%d.4s, v%d.4h"}
	fcvtl2  = op{0x4e217800, "fcvtl2 v%d.4s, v%d.8h"}
	fcvtld  = op{0x0e617800, "fcvtl v%d.2d, v%d.2s"}
	fcvtl2d = op{0x4e617800, "fcvtl2 v%d.2d, v%d.4s"}
	fcvtn   = op{0x0e216800, "fcvtn v%d.4h, v%d.4s"}
	fcvtn2  = op{0x4e216800, "fcvtn2 v%d.8h, v%d.4s"}
	fmaxv   = op{0x6e30f800, "fmaxv s%d, v%d.4s"}
	faddp   = op{0x7e30d800, "faddp s%d, v%d.2s"}
	faddpd  = op{0x7e70d800, "faddp d%d, v%d.2d"}

	sqxtns  = op{0x0e614800, "sqxtn v%d.4h, v%d.4s"}
	sqxtn2s = op{0x4e614800, "sqxtn2 v%d.8h, v%d.4s"}
	sqxtnh  = op{0x0e214800, "sqxtn v%d.8b, v%d.8h"}
	sqxtn2h = op{0x4e214800, "sqxtn2 v%d.16b, v%d.8h"}
	saddlpb = op{0x4e202800, "saddlp v%d.8h, v%d.16b"}
	saddlph = op{0x4e602800, "saddlp v%d.4s, v%d.8h"}
	sadalph = op{0x4e606800, "sadalp v%d.4s, v%d.8h"}
	smull   = op{0x0e20c000, "smull v%d.8h, v%d.8b, v%d.8b"}
	smull2  = op{0x4e20c000, "smull2 v%d.8h, v%d.16b, v%d.16b"}
	smlal   = op{0x0e208000, "smlal v%d.8h, v%d.8b, v%d.8b"}
	smlal2  = op{0x4e208000, "smlal2 v%d.8h, v%d.16b, v%d.16b"}
	sxtlb   = op{0x0f08a400, "sxtl v%d.8h, v%d.8b"}
	sxtl2b  = op{0x4f08a400, "sxtl2 v%d.8h, v%d.16b"}
	sxtlh   = op{0x0f10a400, "sxtl v%d.4s, v%d.4h"}
	sxtl2h  = op{0x4f10a400, "sxtl2 v%d.4s, v%d.8h"}
	sdotv   = op{0x4e809400, "sdot v%d.4s, v%d.16b, v%d.16b"}
)

// do emits o for registers in the order of its text.
func (t *text) do(o op, regs ...int) {
	x, names := o.bits, make([]any, len(regs))
	for i, r := range regs {
		x |= uint32(r) << []int{0, 5, 16}[i]
		names[i] = r
	}
	t.word(x, o.text, names...)
}

func (t *text) word(x uint32, format string, args ...any) {
	t.p("WORD $0x%08x // %s", x, fmt.Sprintf(format, args...))
}

// lane places the number of a 32-bit element: its low bit is L, its high bit H.
func lane(i int) uint32 { return uint32(i&1<<21 | i>>1<<11) }

func registers(d, n, m int) uint32 { return uint32(m<<16 | n<<5 | d) }

// sdot is d += n · the four bytes of element i of m, in each of four lanes.
func (t *text) sdot(d, n, m, i int) {
	t.word(0x4f80e000|registers(d, n, m)|lane(i), "sdot v%d.4s, v%d.16b, v%d.4b[%d]", d, n, m, i)
}

// fmulLane is d = n · element i of m.
func (t *text) fmulLane(d, n, m, i int) {
	t.word(0x4f809000|registers(d, n, m)|lane(i), "fmul v%d.4s, v%d.4s, v%d.s[%d]", d, n, m, i)
}

// sshr shifts signed 32-bit lanes right.
func (t *text) sshr(d, n, by int) {
	t.word(0x4f000400|uint32(64-by)<<16|registers(d, n, 0), "sshr v%d.4s, v%d.4s, #%d", d, n, by)
}

// params loads arguments of 8 bytes into R0, R1 and on.
func (t *text) params(names ...string) {
	for i, name := range names {
		t.p("MOVD %s+%d(FP), R%d", name, 8*i, i)
	}
}

func (t *text) clear(regs ...int) {
	for _, r := range regs {
		t.p("VEOR V%d.B16, V%d.B16, V%d.B16", r, r, r)
	}
}

// fill sets all bytes of register i.
func (t *text) fill(i int, x byte) { t.p("VMOVI $%d, V%d.B16", x, i) }

// splatArm fills register i with a 32-bit number.
func (t *text) splatArm(i int, x uint32) {
	t.p("MOVD $0x%08x, R9", x)
	t.p("VDUP R9, V%d.S4", i)
}

// run returns n register numbers from a on.
func run(a, n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = a + i
	}
	return list
}
