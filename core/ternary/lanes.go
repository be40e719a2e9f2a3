package ternary

// Eight trits in one uint64, without package unsafe: the compiler merges the eight loads, and the eight stores, into one.

// Load8 returns the first eight trits of t, the first in the lowest byte. It panics if there are fewer.
func Load8(t []int8) uint64 {
	t = t[:8]
	return uint64(uint8(t[0])) | uint64(uint8(t[1]))<<8 | uint64(uint8(t[2]))<<16 | uint64(uint8(t[3]))<<24 |
		uint64(uint8(t[4]))<<32 | uint64(uint8(t[5]))<<40 | uint64(uint8(t[6]))<<48 | uint64(uint8(t[7]))<<56
}

// Store8 writes the eight bytes of x as trits, the lowest byte first. It panics if t is shorter.
func Store8(t []int8, x uint64) {
	t = t[:8]
	t[0] = int8(x)
	t[1] = int8(x >> 8)
	t[2] = int8(x >> 16)
	t[3] = int8(x >> 24)
	t[4] = int8(x >> 32)
	t[5] = int8(x >> 40)
	t[6] = int8(x >> 48)
	t[7] = int8(x >> 56)
}
