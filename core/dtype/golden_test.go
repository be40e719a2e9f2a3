package dtype

// What other programs wrote: bitnet.cpp's I2_S tensors, and the digests of testdata/dtype/gen.py.

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/ternary"
)

func digests(t *testing.T) map[string]string {
	data, err := os.ReadFile("../../testdata/dtype/sha256")
	require.NoError(t, err)
	found := map[string]string{}
	for line := range strings.Lines(string(data)) {
		sum, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		found[name] = sum
	}
	return found
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func TestQuantisersWriteTheBytesOfPythonsGGUF(t *testing.T) {
	want := digests(t)
	const blocks = 40
	m := &ternary.Matrix{Rows: 8, Cols: blocks / 8 * 256, Trits: randomTrits(blocks*256, 1), Scale: []float32{0.0546875}}
	clear(m.Trits[512:768])
	for _, typ := range []Type{TQ1_0, TQ2_0, Q2_0} {
		require.Equal(t, want[typ.String()], digest(pack(t, Lookup(typ), m)), typ)
	}
	x := randomFloats(blocks*256, 2)
	for _, typ := range []Type{F16, BF16, Q8_0, Q6_K} {
		f := Lookup(typ)
		n, err := f.Size(1, int64(len(x)))
		require.NoError(t, err)
		got := make([]byte, n)
		require.NoError(t, f.Encode(got, x))
		require.Equal(t, want[f.Name], digest(got), typ)
		if sum, ok := want[f.Name+".decoded"]; ok {
			back := make([]float32, len(x))
			f.Decode(back, got)
			require.Equal(t, sum, digest(floatBytes(back)), typ)
		}
	}
}

func TestQ6KDecodesAnyBlockAsPythonsGGUF(t *testing.T) {
	const blocks = 40
	var noise []byte
	for _, z := range splitmix(blocks*q6Bytes/8, 3) {
		noise = binary.LittleEndian.AppendUint64(noise, z)
	}
	for b := range blocks {
		noise[b*q6Bytes+q6Bytes-1] &= 0x3b // a finite d
	}
	got := make([]float32, blocks*q6Block)
	decodeQ6K(got, noise)
	require.Equal(t, digests(t)["q6_k.noise.decoded"], digest(floatBytes(got)))
}

func TestEveryF16AndEveryRoundingBoundaryAgreesWithNumpy(t *testing.T) {
	want := digests(t)
	var every []float32
	var edges16, edgesB []byte
	for h := range 1 << 16 {
		x := FromF16(uint16(h))
		if x != x {
			require.True(t, h&0x7fff > f16Inf)
			x = 0
		}
		every = append(every, x)
		for _, low := range []uint32{0, 1, 0xfff, 0x1000, 0x1001, 0x2fff, 0x3000, 0x7fff, 0x8000, 0x8001, 0xffff} {
			if b := uint32(h)<<16 + low; b&0x7fffffff < f32Inf {
				edges16 = binary.LittleEndian.AppendUint16(edges16, ToF16(math.Float32frombits(b)))
				edgesB = binary.LittleEndian.AppendUint16(edgesB, ToBF16(math.Float32frombits(b)))
			}
		}
	}
	require.Equal(t, want["f16.every"], digest(floatBytes(every)))
	require.Equal(t, want["f16.edges"], digest(edges16))
	require.Equal(t, want["bf16.edges"], digest(edgesB))
}

// The weights of the tiny model, packed here, are the bytes that bitnet.cpp packed: codes and scale, padding aside.
func TestI2SIsWhatBitnetCppWrites(t *testing.T) {
	weights := readNPZ(t, "../../testdata/golden/tiny-b158-f32weights.npz")
	file, err := os.ReadFile("../../testdata/golden/tiny-b158-i2s.gguf")
	require.NoError(t, err)
	tensors := readTiny(t, file)
	require.Len(t, tensors, 21)
	for name, at := range tensors {
		w := weights[name]
		require.NotNil(t, w, name)
		m := &ternary.Matrix{Rows: at.rows, Cols: at.cols}
		require.NoError(t, ternary.FromValues(m, w), name)
		got := pack(t, Lookup(I2_S), m)
		body := len(w)/4 + 4
		theirs := file[at.offset : at.offset+len(got)]
		require.Equal(t, theirs[:body], got[:body], name)
		require.Equal(t, make([]byte, 28), got[body:], "padding is zero")

		back := unpack(t, Lookup(I2_S), at.rows, at.cols, theirs)
		require.Equal(t, m.Trits, back.Trits)
		require.Equal(t, m.Scale, back.Scale)

		snapped := &ternary.Matrix{Rows: at.rows, Cols: at.cols}
		require.NoError(t, ternary.Snap(snapped, w, ternary.AbsMean))
		require.Equal(t, m.Trits, snapped.Trits)
		z := ternary.Count(m.Trits).Sparsity()
		require.InEpsilon(t, float64(m.Scale[0])*(1-z), snapped.Scale[0], 1e-6)
	}
}

type place struct{ rows, cols, offset int }

// readTiny finds the I2_S tensors of a small GGUF file that is known to be well formed.
func readTiny(t *testing.T, file []byte) map[string]place {
	r := bytes.NewReader(file)
	num := func(n int) (x uint64) {
		var b [8]byte
		_, err := io.ReadFull(r, b[:n])
		require.NoError(t, err)
		return binary.LittleEndian.Uint64(b[:])
	}
	text := func() string {
		b := make([]byte, num(8))
		_, err := io.ReadFull(r, b)
		require.NoError(t, err)
		return string(b)
	}
	var skip func(typ uint64)
	skip = func(typ uint64) {
		switch typ {
		case 8:
			text()
		case 9:
			for elem, n := num(4), num(8); n > 0; n-- {
				skip(elem)
			}
		default:
			num([]int{1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8}[typ])
		}
	}
	num(8) // magic and version
	tensors, kv := num(8), num(8)
	for range kv {
		text()
		skip(num(4))
	}
	found := map[string]place{}
	for range tensors {
		name, dims := text(), make([]int, num(4))
		for i := range dims {
			dims[i] = int(num(8))
		}
		typ, offset := num(4), num(8)
		if Type(typ) == I2_S {
			found[name] = place{dims[1], dims[0], int(offset)}
		}
	}
	data := (len(file) - r.Len() + 31) / 32 * 32
	for name, p := range found {
		p.offset += data
		found[name] = p
	}
	return found
}

// readNPZ reads the float32 arrays of a numpy archive.
func readNPZ(t *testing.T, name string) map[string][]float32 {
	z, err := zip.OpenReader(name)
	require.NoError(t, err)
	defer z.Close()
	found := map[string][]float32{}
	for _, f := range z.File {
		r, err := f.Open()
		require.NoError(t, err)
		b, err := io.ReadAll(r)
		require.NoError(t, err)
		head := int(binary.LittleEndian.Uint16(b[8:])) // npy version 1: magic, version, u16 header length
		require.True(t, strings.HasPrefix(string(b), "\x93NUMPY\x01"))
		require.Contains(t, string(b[:10+head]), "'<f4', 'fortran_order': False")
		x := make([]float32, (len(b)-10-head)/4)
		decodeF32(x, b[10+head:])
		found[strings.TrimSuffix(f.Name, ".npy")] = x
	}
	return found
}

// The digests of the gguf package's quantisers say nothing of how good Q6_K is; this bounds it against plain rounding
// of each group to its own 64 levels, which needs a full float for every group.
func TestQ6KErrorIsThatOfSixBits(t *testing.T) {
	x := randomFloats(40*256, 2)
	b := make([]byte, 40*q6Bytes)
	require.NoError(t, encodeQ6K(b, x))
	got := make([]float32, len(x))
	decodeQ6K(got, b)
	for g := 0; g < len(x); g += q6Block {
		top := float64(0)
		for _, v := range x[g : g+q6Block] {
			top = max(top, math.Abs(float64(v)))
		}
		for i, v := range x[g : g+q6Block] {
			// Half a level of the group plus the group scale's own rounding: 1/128 of the largest, times 32 levels, halved.
			require.InDelta(t, v, got[g+i], top/31/2+top/128/2+1e-12, "value %d", g+i)
		}
	}
	require.Equal(t, make([]float32, 256), slices.Clone(got[512:768]))
}
