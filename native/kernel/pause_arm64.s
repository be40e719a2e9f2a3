//go:build !purego

#include "textflag.h"

// func pause(): waits some 10 to 20 ns each. YIELD would be the word for it, but cores without hardware threads take it
// as no instruction at all; ISB drains the pipeline.
TEXT ·pause(SB), NOSPLIT, $0-0
	ISB $15
	ISB $15
	ISB $15
	ISB $15
	ISB $15
	ISB $15
	RET
