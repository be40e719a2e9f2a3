package kernel

// The layout Rn of weights in memory: n rows side by side, so that a register holds the same columns of n rows and a
// dot product needs no sum across it.
//
// A ternary matrix is a sequence of units of 4n bytes, n rows x 16 columns, along the columns first: byte 4r+j of unit u
// holds, from its top pair of bits to its lowest, the codes of row r at columns 16u+j, 16u+4+j, 16u+8+j, 16u+12+j. Four
// consecutive activations then meet four consecutive bytes. Rows beyond the matrix have code 1, the trit 0.
//
// The int8 head has units of n rows x 4 columns: byte 4r+j of unit u is row r, column 4u+j. The screen has units of
// n rows x 8 columns: byte 4r+j of unit u is columns 8u+j, in its high half, and 8u+4+j of row r.

import (
	"encoding/binary"
	"unsafe"

	"github.com/tritkit/tritkit/core/dtype"
)

// PackedSize returns the bytes of a ternary matrix in Rn; cols is a multiple of 16.
func (k *Kernel) PackedSize(rows, cols int) int { return k.PaddedRows(rows) * cols / 4 }

// PaddedRows returns rows rounded up to whole blocks.
func (k *Kernel) PaddedRows(rows int) int { return (rows + k.Rows - 1) / k.Rows * k.Rows }

// PackCodes writes one block of k.Rows rows from codes in dtype's order, rows·cols/4 bytes for at most k.Rows rows of
// cols columns, a multiple of 128. dst is k.Rows·cols/4 bytes.
func (k *Kernel) PackCodes(dst, codes []byte, rows, cols int) {
	unit := 4 * k.Rows
	for r := range k.Rows {
		if r >= rows {
			k.padRow(dst, r)
			continue
		}
		line := codes[r*cols/4 : (r+1)*cols/4]
		at := 4 * r
		for ; len(line) >= dtype.CodesBytes; line = line[dtype.CodesBytes:] {
			block := (*[dtype.CodesBytes]byte)(line)
			var lo, hi [2]uint64 // the 16 bytes of unit 2i and those of unit 2i+1, shifted as i goes
			lo[0], lo[1] = binary.LittleEndian.Uint64(block[0:]), binary.LittleEndian.Uint64(block[8:])
			hi[0], hi[1] = binary.LittleEndian.Uint64(block[16:]), binary.LittleEndian.Uint64(block[24:])
			for range 4 {
				binary.LittleEndian.PutUint32(dst[at:], quad(lo[0], lo[1]))
				binary.LittleEndian.PutUint32(dst[at+unit:], quad(hi[0], hi[1]))
				lo[0], lo[1], hi[0], hi[1] = lo[0]>>2, lo[1]>>2, hi[0]>>2, hi[1]>>2
				at += 2 * unit
			}
		}
	}
}

// PackI2S is PackCodes from rows as an I2_S tensor in x86 layout has them: 128 columns in 32 bytes, byte p with the codes
// of p, p+32, p+64, p+96 from the top. It reports whether all codes are trits.
func (k *Kernel) PackI2S(dst, src []byte, rows, cols int) bool {
	check(rows <= k.Rows && cols%dtype.CodesPerBlock == 0 && len(src) == rows*cols/4 && len(dst) == k.Rows*cols/4)
	unit := 4 * k.Rows
	bad := uint64(0)
	for r := range rows {
		line, at := src[r*cols/4:(r+1)*cols/4], 4*r
		for ; len(line) >= dtype.CodesBytes; line = line[dtype.CodesBytes:] {
			block := (*[dtype.CodesBytes]byte)(line)
			a, b := binary.LittleEndian.Uint64(block[0:]), binary.LittleEndian.Uint64(block[8:])
			c, d := binary.LittleEndian.Uint64(block[16:]), binary.LittleEndian.Uint64(block[24:])
			bad |= a&(a>>1) | b&(b>>1) | c&(c>>1) | d&(d>>1)
			out := dst[at : at+7*unit+4]
			for i, shift := 0, 6; shift >= 0; i, shift = i+2*unit, shift-2 {
				binary.LittleEndian.PutUint32(out[i:], quad(a>>shift, b>>shift))
				binary.LittleEndian.PutUint32(out[i+unit:], quad(c>>shift, d>>shift))
			}
			at += 8 * unit
		}
	}
	for r := rows; r < k.Rows; r++ {
		k.padRow(dst, r)
	}
	return bad&0x5555555555555555 == 0
}

// quad joins the lowest codes of sixteen bytes into the four bytes of a row in a unit.
func quad(a, b uint64) uint32 {
	const low = 0x0303030303030303
	a, b = a&low, b&low
	return uint32(a)<<6 | uint32(a>>32)<<4 | uint32(b)<<2 | uint32(b>>32)
}

// PackTrits is PackCodes from trits, for columns of a multiple of 16: its plain twin, and the way of odd shapes.
func (k *Kernel) PackTrits(dst []byte, t []int8, rows, cols int) {
	unit := 4 * k.Rows
	clear(dst)
	for r := range k.Rows {
		if r >= rows {
			k.padRow(dst, r)
			continue
		}
		for c := range cols {
			dst[c/16*unit+4*r+c%4] |= byte(t[r*cols+c]+1) << (6 - 2*(c%16/4))
		}
	}
}

// padRow fills row r of a block with trits 0.
func (k *Kernel) padRow(dst []byte, r int) {
	for at := 4 * r; at < len(dst); at += 4 * k.Rows {
		copy(dst[at:at+4], "\x55\x55\x55\x55")
	}
}

// PackHead writes one block of k.Rows rows of the int8 head; w is k.Rows rows of cols columns, a multiple of 4.
func (k *Kernel) PackHead(dst, w []int8, cols int) {
	check(cols%4 == 0 && len(w) == k.Rows*cols && len(dst) == len(w))
	out, in := unsafe.Slice((*uint32)(unsafe.Pointer(&dst[0])), len(dst)/4), unsafe.Slice((*uint32)(unsafe.Pointer(&w[0])), len(w)/4)
	quads := cols / 4
	const step = 64 // quads: what is written stays in the innermost cache
	for a := 0; a < quads; a += step {
		b := min(a+step, quads)
		for r := range k.Rows {
			to := out[a*k.Rows+r:]
			for i, x := range in[r*quads+a : r*quads+b] {
				to[i*k.Rows] = x
			}
		}
	}
}

// PackScreen writes one block of k.Rows rows of 4-bit codes, 0 to 15, k.Rows·cols of them in w; cols is a multiple of 16.
// dst is k.Rows·cols/2 bytes.
func (k *Kernel) PackScreen(dst []byte, w []int8, cols int) {
	for r := range k.Rows {
		row, at := w[r*cols:(r+1)*cols], 4*r
		for ; len(row) >= 8; row = row[8:] {
			x := (*[8]int8)(row)
			for j := range 4 {
				dst[at+j] = byte(x[j])<<4 | byte(x[4+j])
			}
			at += 4 * k.Rows
		}
	}
}

// Interleave lays out rows of activations for DotTile: groups of four columns, within them one token after another.
// q holds rows of cols int8, a multiple of 4, stride apart; tokens beyond rows are 0. dst is tokens·cols.
func Interleave(dst, q []int8, rows, cols, stride, tokens int) {
	for t := range tokens {
		if t >= rows {
			for at := 4 * t; at < len(dst); at += 4 * tokens {
				clear(dst[at : at+4])
			}
			continue
		}
		row := q[t*stride : t*stride+cols]
		for at := 4 * t; len(row) >= 4; at += 4 * tokens {
			*(*[4]int8)(dst[at:]) = [4]int8(row)
			row = row[4:]
		}
	}
}
