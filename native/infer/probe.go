package infer

// The bandwidth probe: what this machine reads from the memory that a token reads, without computing.

import "unsafe"

// Probe reads all weights that one token reads, on the model's threads, as fast as the machine can, and returns how many
// bytes that was. Decoding is held against it.
func (m *Model) Probe() int64 {
	var all [][]byte
	for i := range m.layers {
		l := &m.layers[i]
		for _, w := range []*linear{l.qkv, l.o, l.gateUp, l.down} {
			all = append(all, w.w)
		}
	}
	h := &m.head
	if len(h.q) > 0 {
		all = append(all, unsafe.Slice((*byte)(unsafe.Pointer(&h.q[0])), len(h.q)))
	} else {
		all = append(all, unsafe.Slice((*byte)(unsafe.Pointer(&h.f16[0])), 2*len(h.f16)))
	}
	const piece = 256 << 10
	total := int64(0)
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, b := range all {
		b = b[:len(b)/256*256]
		m.pool.run((len(b)+piece-1)/piece, func(_, i int) {
			m.k.StreamRead(b[i*piece : min((i+1)*piece, len(b))])
		})
		total += int64(len(b))
	}
	return total
}

// SetThreads changes the number of workers. No session may be in use.
func (m *Model) SetThreads(n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.pool.close()
	m.pool = newPool(n)
	m.scratch = make([]scratch, m.pool.workers)
}
