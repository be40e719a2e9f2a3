// The one fast path that matters most: bf16 masters to I2_S, four weights in a uint64, without floats or trits between.
// Equal to the straight path (ReadRows, then Pack) in every byte; a test holds them together.

package convert

import (
	"encoding/binary"
	"math"

	"github.com/tritkit/tritkit/core/checkpoint"
	"github.com/tritkit/tritkit/core/dtype"
)

// fused fills the panel from the source's bytes where that is possible, and reports whether it did.
func (j *panels) fused(p *panel) bool {
	w := j.m.Weight
	if j.s.form != packed || j.s.To != dtype.I2_S || w.Tensor.Type != dtype.BF16 || j.o.p.opts.Prune > 0 ||
		w.Source != checkpoint.Online && w.Source != checkpoint.Floats {
		return false
	}
	src := j.m.Raw(p.first, p.rows)
	if src == nil {
		return false
	}
	codes := p.out[:len(src)/8]
	packBF16(codes, src, j.m.Threshold)
	tail := p.out[len(codes):]
	clear(tail)
	binary.LittleEndian.PutUint32(tail, math.Float32bits(j.m.Scale[0]))
	return true
}

const (
	laneSigns = 0x8000800080008000
	laneOnes  = 0x0001000100010001
)

// packBF16 packs finite bf16 weights, a multiple of 128, as I2_S codes: ±1 where the magnitude reaches threshold (the
// low 31 bits of a float32), else 0. len(dst) is len(src)/8.
//
// bf16 magnitudes are ordered as their 15 bits are, so one integer addition per lane compares four weights at once.
func packBF16(dst, src []byte, threshold uint32) {
	least := min((uint64(threshold)+0xffff)>>16, 0x8000) // the first bf16 at or above it
	add := (0x8000 - least) * laneOnes
	for ; len(src) >= 256; src, dst = src[256:], dst[32:] {
		in, out := (*[256]byte)(src), (*[32]byte)(dst)
		for i := 0; i < 64; i += 8 { // words of four weights, 32 elements apart
			c := lanes(binary.LittleEndian.Uint64(in[i:]), add)<<6 | lanes(binary.LittleEndian.Uint64(in[i+64:]), add)<<4 |
				lanes(binary.LittleEndian.Uint64(in[i+128:]), add)<<2 | lanes(binary.LittleEndian.Uint64(in[i+192:]), add)
			c |= c >> 8
			binary.LittleEndian.PutUint32(out[i/2:], uint32(c&0xffff|c>>16&0xffff0000))
		}
	}
}

// lanes returns the codes 0, 1, 2 (for -1, 0, +1) of four bf16 weights.
func lanes(x, add uint64) uint64 {
	nonzero := (x&^laneSigns + add) & laneSigns
	negative := x & laneSigns
	return (nonzero&^negative)>>14 | (nonzero^laneSigns)>>15
}
