package infer

// The bandwidth probe: what this machine reads from the memory that a token reads, without computing.

// Probe reads all weights that one token reads, on the model's threads, as fast as the machine can, and returns how many
// bytes that was. Decoding is held against it.
func (m *Model) Probe() int64 {
	const piece = 256 << 10
	total := int64(0)
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, b := range m.weights() {
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
