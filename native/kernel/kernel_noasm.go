//go:build purego || !(amd64 || arm64)

package kernel

func available() []*Kernel { return []*Kernel{Generic} }

func pause() {}
