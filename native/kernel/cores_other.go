//go:build !linux && !darwin

package kernel

import "runtime"

func fastCores() int { return runtime.NumCPU() }
