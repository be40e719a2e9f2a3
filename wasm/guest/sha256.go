package main

// SHA-256 (FIPS 180-4), small and plain: crypto/sha256 with what it brings would be a seventh of the module.

import (
	"encoding/binary"
	"hash"
	"math/bits"
)

const blockSize = 64

var initial = [8]uint32{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19}

var roundConstants = [64]uint32{
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
}

type digest struct {
	state [8]uint32
	rest  [blockSize]byte // bytes that do not fill a block yet
	n     int             // how many
	total uint64
}

func newSHA256() hash.Hash { return &digest{state: initial} }

func (s *digest) Size() int      { return 32 }
func (s *digest) BlockSize() int { return blockSize }
func (s *digest) Reset()         { *s = digest{state: initial} }

func (s *digest) Write(p []byte) (int, error) {
	n := len(p)
	s.total += uint64(n)
	if s.n > 0 {
		k := copy(s.rest[s.n:], p)
		s.n, p = s.n+k, p[k:]
		if s.n == blockSize {
			s.blocks(s.rest[:])
			s.n = 0
		}
	}
	whole := len(p) &^ (blockSize - 1)
	s.blocks(p[:whole])
	if whole < len(p) {
		s.n = copy(s.rest[:], p[whole:])
	}
	return n, nil
}

// Sum appends the digest of what was written so far.
func (s *digest) Sum(b []byte) []byte {
	end := *s
	pad := make([]byte, 1, 2*blockSize)
	pad[0] = 0x80
	for (end.n+len(pad))%blockSize != blockSize-8 {
		pad = append(pad, 0)
	}
	end.Write(binary.BigEndian.AppendUint64(pad, s.total*8))
	for _, x := range end.state {
		b = binary.BigEndian.AppendUint32(b, x)
	}
	return b
}

// blocks takes in whole blocks.
func (s *digest) blocks(p []byte) {
	var w [64]uint32
	for ; len(p) >= blockSize; p = p[blockSize:] {
		for i := range 16 {
			w[i] = binary.BigEndian.Uint32(p[4*i:])
		}
		for i := 16; i < 64; i++ {
			a, b := w[i-15], w[i-2]
			s0 := bits.RotateLeft32(a, -7) ^ bits.RotateLeft32(a, -18) ^ a>>3
			s1 := bits.RotateLeft32(b, -17) ^ bits.RotateLeft32(b, -19) ^ b>>10
			w[i] = w[i-16] + s0 + w[i-7] + s1
		}
		a, b, c, d, e, f, g, h := s.state[0], s.state[1], s.state[2], s.state[3], s.state[4], s.state[5], s.state[6], s.state[7]
		for i, k := range roundConstants {
			t1 := h + (bits.RotateLeft32(e, -6) ^ bits.RotateLeft32(e, -11) ^ bits.RotateLeft32(e, -25)) + (e&f ^ ^e&g) + k + w[i]
			t2 := (bits.RotateLeft32(a, -2) ^ bits.RotateLeft32(a, -13) ^ bits.RotateLeft32(a, -22)) + (a&b ^ a&c ^ b&c)
			h, g, f, e, d, c, b, a = g, f, e, d+t1, c, b, a, t1+t2
		}
		s.state = [8]uint32{s.state[0] + a, s.state[1] + b, s.state[2] + c, s.state[3] + d, s.state[4] + e, s.state[5] + f, s.state[6] + g, s.state[7] + h}
	}
}
