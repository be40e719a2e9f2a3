package infer

import (
	"archive/zip"
	"encoding/binary"
	"io"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/native/kernel"
)

// npz reads the float32 arrays of a numpy archive.
func npz(t *testing.T, path string) map[string][]float32 {
	t.Helper()
	z, err := zip.OpenReader(path)
	require.NoError(t, err)
	defer z.Close()
	all := map[string][]float32{}
	for _, f := range z.File {
		r, err := f.Open()
		require.NoError(t, err)
		b, err := io.ReadAll(r)
		require.NoError(t, err)
		b = b[10+binary.LittleEndian.Uint16(b[8:]):]
		x := make([]float32, len(b)/4)
		for i := range x {
			x[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
		}
		all[strings.TrimSuffix(f.Name, ".npy")] = x
	}
	return all
}

// TestNodesOfTheReferenceRuntime gives each norm, ternary product and element-wise step the reference's own input and
// demands its output, bit for bit.
func TestNodesOfTheReferenceRuntime(t *testing.T) {
	nodes := npz(t, golden+"tiny-b158-i2s.batch.nodes.npz")
	const n = 3
	for _, k := range kernel.All() {
		m := load(t, open(t, golden+"tiny-b158-i2s.gguf"), Options{Kernel: k})
		m.bufs.fit(m, n)
		node := func(name string) []float32 {
			x := nodes[name]
			require.NotEmpty(t, x, name)
			return x
		}
		norm := func(from string, w []float32, to string) {
			x, want := node(from), node(to)
			width := len(w)
			y := make([]float32, width)
			for i := range n {
				_, err := m.normalise(y, x[i*width:(i+1)*width], width, w)
				require.NoError(t, err)
				require.Zero(t, worst(want[i*width:(i+1)*width], y), "%s %s", k.Name, to)
			}
		}
		product := func(from string, l *linear, to ...string) {
			x := node(from)
			require.NoError(t, m.quantize(x, len(x)/n, len(x)/n, nil, n, 0))
			y := make([]float32, n*l.rows)
			m.mul(y, l, &m.bufs.act)
			for p, name := range to {
				want, part := node(name), l.parts[p]
				for i := range n {
					require.Zero(t, worst(want[i*part.rows:(i+1)*part.rows], y[i*l.rows+part.first:]), "%s %s", k.Name, name)
				}
			}
		}
		for i := range m.layers {
			l := &m.layers[i]
			at := func(name string) string { return name + "-" + strconv.Itoa(i) }
			before := "inp_embd"
			if i > 0 {
				before = "l_out-" + strconv.Itoa(i-1)
			}
			norm(before, l.attnNorm, at("attn_norm"))
			product(at("attn_norm"), l.qkv, at("Qcur"), at("Kcur"), at("Vcur"))
			norm(at("kqv_out"), l.attnSub, at("attn_sub_norm"))
			product(at("attn_sub_norm"), l.o, at("attn_o_out"))
			norm(at("ffn_inp"), l.ffnNorm, at("ffn_norm"))
			product(at("ffn_norm"), l.gateUp, at("ffn_gate"), at("ffn_up"))
			y := make([]float32, len(node(at("ffn_gate"))))
			k.ReLU2(y, node(at("ffn_gate")), node(at("ffn_up")))
			require.Zero(t, worst(node(at("ffn_out")), y))
			norm(at("ffn_out"), l.ffnSub, at("ffn_sub_norm"))
			product(at("ffn_sub_norm"), l.down, at("ffn_down"))
			y = append([]float32(nil), node(at("ffn_inp"))...)
			k.Add(y, node(at("ffn_down")))
			require.Zero(t, worst(node(at("l_out")), y))
		}
	}
}
