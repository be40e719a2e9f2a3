package dtype

// bf16 to f16 without passing through float32. A bf16 that is a normal number in f16 loses nothing: its exponent is
// rebased and its seven bits of mantissa move up by three, in four lanes of a uint64 at once.

import "encoding/binary"

const (
	lane      = 0x0001000100010001
	laneSigns = 0x8000 * lane

	lowest = (0x8000 - f16Norm>>16) * lane // carries into a lane's sign from the smallest normal f16 on
	above  = (0x8000 - 0x4780) * lane      // and this one from 65536 on
	bias   = rebias >> 16 * lane
)

// EncodeF16FromBF16 rounds len(src)/2 bf16 values to f16, as decoding and encoding them one by one would, and counts
// the values other than 0 that became 0. A value that is not finite in f16 is a fault of class NotFinite with its index.
func EncodeF16FromBF16(dst, src []byte) (flushed int64, err error) {
	n := len(src) / 2 * 2
	for i := 0; i < n; {
		i += rebiasMost(dst[i:n], src[i:n])
		for end := min(i+rebiasStep, n); i < end; i += 8 { // what stopped it, or the rest
			if i+8 <= n {
				x := binary.LittleEndian.Uint64(src[i:])
				if m := x &^ laneSigns; (m+lowest)&^(m+above)&laneSigns == laneSigns {
					binary.LittleEndian.PutUint64(dst[i:], x&laneSigns|(m-bias)<<3)
					continue
				}
			}
			for j := i; j < min(i+8, n); j += 2 {
				x := FromBF16(binary.LittleEndian.Uint16(src[j:]))
				h := ToF16(x)
				if h&0x7fff >= f16Inf {
					return flushed, notFinite("f16", j/2, x)
				}
				if h&0x7fff == 0 && x != 0 {
					flushed++
				}
				binary.LittleEndian.PutUint16(dst[j:], h)
			}
		}
	}
	return flushed, nil
}

// rebiasStep is how many bytes rebiasMost decides about at once.
const rebiasStep = 32

// rebiasMost converts whole steps up to the first that holds a value which is no normal number in f16, and returns how
// many bytes they are.
func rebiasMost(dst, src []byte) int {
	rest := len(src)
	for ; len(src) >= rebiasStep && len(dst) >= rebiasStep; src, dst = src[rebiasStep:], dst[rebiasStep:] {
		in, out := (*[rebiasStep]byte)(src), (*[rebiasStep]byte)(dst)
		a, b := binary.LittleEndian.Uint64(in[:]), binary.LittleEndian.Uint64(in[8:])
		c, d := binary.LittleEndian.Uint64(in[16:]), binary.LittleEndian.Uint64(in[24:])
		ma, mb, mc, md := a&^laneSigns, b&^laneSigns, c&^laneSigns, d&^laneSigns
		normal := (ma + lowest) & (mb + lowest) & (mc + lowest) & (md + lowest)
		if over := (ma + above) | (mb + above) | (mc + above) | (md + above); normal&^over&laneSigns != laneSigns {
			break
		}
		binary.LittleEndian.PutUint64(out[:], a&laneSigns|(ma-bias)<<3)
		binary.LittleEndian.PutUint64(out[8:], b&laneSigns|(mb-bias)<<3)
		binary.LittleEndian.PutUint64(out[16:], c&laneSigns|(mc-bias)<<3)
		binary.LittleEndian.PutUint64(out[24:], d&laneSigns|(md-bias)<<3)
	}
	return rest - len(src)
}
