#include "textflag.h"

// x, the next word of four weights of a row; p goes on.
#define NEXT(p, x) \
	Get p; I32WrapI64; I64Load $0; Set x; \
	Get p; I64Const $8; I64Add; Set p

// s += one weight of x, brought to the exponent and the first bits behind it. R9 keeps those bits: as a local, because
// compilers that take a constant for one write it out again at each use.
#define ADD(s, x, shift, by) \
	Get s; \
	Get x; I64Const $by; shift; Get R9; I64And; F64ReinterpretI64; \
	F64Add; Set s

#define FOUR(shift, by) \
	ADD(F16, R4, shift, by); ADD(F17, R5, shift, by); ADD(F18, R6, shift, by); ADD(F19, R7, shift, by)

// func addWords(sums *[4]float64, b0, b1, b2, b3 []byte, mask uint64)
TEXT ·addWords(SB), NOSPLIT, $0-112
	Get SP; I64Load b0_base+8(FP); Set R0
	Get SP; I64Load b1_base+32(FP); Set R1
	Get SP; I64Load b2_base+56(FP); Set R2
	Get SP; I64Load b3_base+80(FP); Set R3
	Get SP; I64Load b0_len+16(FP); Set R8
	Get SP; I64Load mask+104(FP); Set R9
	F64Const $(0.0); Tee F16; Tee F17; Tee F18; Set F19
	Block
		Loop
			Get R8; I64Const $8; I64LtS; BrIf $1
			NEXT(R0, R4)
			NEXT(R1, R5)
			NEXT(R2, R6)
			NEXT(R3, R7)
			FOUR(I64Shl, 45)
			FOUR(I64Shl, 29)
			FOUR(I64Shl, 13)
			FOUR(I64ShrU, 3)
			Get R8; I64Const $8; I64Sub; Set R8
			Br $0
		End
	End
	Get SP; I64Load sums+0(FP); Set R0
	Get R0; I32WrapI64; Get F16; F64Store $0
	Get R0; I32WrapI64; Get F17; F64Store $8
	Get R0; I32WrapI64; Get F18; F64Store $16
	Get R0; I32WrapI64; Get F19; F64Store $24
	RET
