package dtype

// Hugging Face's packed form straight to I2_S. A packed byte holds one column of four rows that lie a quarter of the
// weight apart; a byte of I2_S holds one row of four columns that lie 32 apart. So four packed bytes, 32 columns apart,
// and the four I2_S bytes made of them are one 4 x 4 square of codes, turned over its diagonal: eight squares in four
// uint64.

import "encoding/binary"

// i2sOfHF writes, for each quarter i of a packed weight, the I2_S blocks of its rows into rows[i], which has room for
// len(src)/4 bytes. src is whole rows of packed bytes, a multiple of 128. It reports whether all codes are trits.
func i2sOfHF(rows *[4][]byte, src []byte) bool {
	const (
		nibbles = 0x0f0f0f0f0f0f0f0f
		twos    = 0x3333333333333333
	)
	bad := uint64(0)
	n := len(src) / 4
	a, b, c, d := rows[0][:n], rows[1][:n], rows[2][:n], rows[3][:n]
	for len(src) >= CodesPerBlock && len(a) >= CodesBytes && len(b) >= CodesBytes && len(c) >= CodesBytes && len(d) >= CodesBytes {
		in := (*[CodesPerBlock]byte)(src)
		outA, outB, outC, outD := (*[CodesBytes]byte)(a), (*[CodesBytes]byte)(b), (*[CodesBytes]byte)(c), (*[CodesBytes]byte)(d)
		for p := 0; p < CodesBytes; p += 8 {
			z, y := binary.LittleEndian.Uint64(in[p:]), binary.LittleEndian.Uint64(in[p+32:]) // the first in the highest bits
			x, w := binary.LittleEndian.Uint64(in[p+64:]), binary.LittleEndian.Uint64(in[p+96:])
			bad |= w&(w>>1) | x&(x>>1) | y&(y>>1) | z&(z>>1)
			t, u := (w>>4^y)&nibbles, (x>>4^z)&nibbles // quarters of a square change places
			w, y = w^t<<4, y^t
			x, z = x^u<<4, z^u
			t, u = (w>>2^x)&twos, (y>>2^z)&twos // and codes within each quarter
			binary.LittleEndian.PutUint64(outA[p:], w^t<<2)
			binary.LittleEndian.PutUint64(outB[p:], x^t)
			binary.LittleEndian.PutUint64(outC[p:], y^u<<2)
			binary.LittleEndian.PutUint64(outD[p:], z^u)
		}
		src, a, b, c, d = src[CodesPerBlock:], a[CodesBytes:], b[CodesBytes:], c[CodesBytes:], d[CodesBytes:]
	}
	return bad&pairs == 0
}
