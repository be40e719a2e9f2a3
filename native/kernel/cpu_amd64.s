//go:build !purego

#include "textflag.h"

// func haveF16C() bool: CPUID leaf 1, ECX bit 29.
TEXT ·haveF16C(SB), NOSPLIT, $0-1
	MOVL $1, AX
	XORL CX, CX
	CPUID
	SHRL $29, CX
	ANDL $1, CX
	MOVB CX, ret+0(FP)
	RET

// func pause(): a hint that this is a loop which waits.
TEXT ·pause(SB), NOSPLIT, $0-0
	PAUSE
	PAUSE
	PAUSE
	PAUSE
	RET
