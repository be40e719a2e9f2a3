package kernel

import "golang.org/x/sys/unix"

// fastCores asks for the performance cores of Apple's processors, and for all cores of older ones.
func fastCores() int {
	for _, name := range []string{"hw.perflevel0.physicalcpu", "hw.physicalcpu"} {
		if n, err := unix.SysctlUint32(name); err == nil && n > 0 {
			return int(n)
		}
	}
	return 1 << 20
}
