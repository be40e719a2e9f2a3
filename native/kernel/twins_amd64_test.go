//go:build !purego

package kernel

// twins returns avxvnni with its instructions in the EVEX form, where the processor has that and not the other.
func twins() []*Kernel {
	if !have512VNNI {
		return nil
	}
	k := *avxvnni
	k.Name = "avxvnni-evex"
	k.dot, k.dotI2S, k.head = dotEVEX256, dotI2SEVEX256, headEVEX256
	k.screen = screenEVEX256
	k.tile = func(d *int32, w *byte, q *int8, blocks, units, tokens int) {
		if tokens == 5 {
			tile5EVEX256(d, w, q, blocks, units)
			return
		}
		tile1EVEX256(d, w, q, blocks, units)
	}
	return []*Kernel{&k}
}
