//go:build purego || !amd64

package kernel

func twins() []*Kernel { return nil }
