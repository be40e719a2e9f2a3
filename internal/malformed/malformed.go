// Package malformed is the public list of broken model files: 109 classes of them, each with what it must be refused
// as, and sound files beside them that must load. docs/formats.md names the rules that they break.
package malformed

import (
	"github.com/tritkit/tritkit/core/fault"
)

// Case is one file.
type Case struct {
	Name  string
	Class fault.Class // of the refusal; "" for a file that is sound
	Make  func() []byte
}

// GGUF returns the 71 broken GGUF files.
func GGUF() []Case { return ggufCases }

// Safetensors returns the 38 broken safetensors files.
func Safetensors() []Case { return safetensorsCases }

// SoundGGUF returns GGUF files at the edge of the rules that must load.
func SoundGGUF() []Case { return ggufControls }

// SoundSafetensors returns safetensors files at the edge of the rules that must load.
func SoundSafetensors() []Case { return safetensorsControls }
