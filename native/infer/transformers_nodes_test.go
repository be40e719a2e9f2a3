package infer

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/model"
)

// TestNodesOfTransformers gives each part of the last layer transformers' own input (testdata/transformers) and compares
// with its output, so that no int8 that fell on the other side spoils what follows. The differences are in units of the
// largest number of the output.
func TestNodesOfTransformers(t *testing.T) {
	r := readTransformersRuns(t)
	folders := transformersFolders(t)
	at := r.Nodes
	long := len(r.Prompts[len(r.Prompts)-1])
	for _, name := range []string{"packed", "llama-auto"} {
		nodes := npz(t, transformers+name+".nodes.npz")
		m := load(t, folder(t, folders[name]), Options{Head: HeadF16})
		m.bufs.fit(m, long)
		cfg, l := m.Config, &m.layers[len(m.layers)-1]
		used := map[string]bool{}
		node := func(key string) []float32 {
			require.NotEmpty(t, nodes[key], key)
			used[key] = true
			return nodes[key]
		}
		near := func(want, have []float32, by float64, what string) {
			require.Len(t, have, len(want), what)
			d := worst(want, have) / worst(want, make([]float32, len(want)))
			t.Logf("%s %s: %.1e", name, what, d)
			require.LessOrEqual(t, d, by, "%s %s", name, what)
		}
		// A norm's mean is a sum in another order, and 1/sqrt may be one unit off: two units of float32 in each product.
		norm := func(from string, w []float32, to string) {
			x, width := node(from), len(node(from))/len(at)
			y := make([]float32, len(x))
			for i := range at {
				_, err := m.normalise(y[i*width:(i+1)*width], x[i*width:(i+1)*width], width, w)
				require.NoError(t, err)
			}
			near(node(to), y, 5e-7, to)
		}
		// A ternary product: the int8 are the same, their sum is exact here and there of up to 640 rounded floats.
		product := func(from string, l *linear, to ...string) [][]float32 {
			x, width := node(from), len(node(from))/len(at)
			require.NoError(t, m.quantize(x, width, width, nil, len(at), 0))
			y := make([]float32, len(at)*l.rows)
			m.mul(y, l, &m.bufs.act)
			parts := make([][]float32, len(to))
			for p, key := range to {
				for i := range at {
					row := y[i*l.rows+l.parts[p].first:][:l.parts[p].rows]
					if cfg.Arch.RoPE == model.NORM && (key == "q_proj" || key == "k_proj") {
						row = halved(row, cfg.HeadDim)
					}
					parts[p] = append(parts[p], row...)
				}
				want := node(key)
				if len(want) > len(parts[p]) { // of all positions
					want = rowsOf(want, len(want)/long, at)
				}
				near(want, parts[p], 1e-6, key)
			}
			return parts
		}
		norm("input_layernorm.in", l.attnNorm, "input_layernorm")
		product("input_layernorm", l.qkv, "q_proj", "k_proj", "v_proj")

		// RoPE's angles differ by some 1e-7 of the position, after which a key in half precision may be its neighbour.
		attention := m.attentionOf(t, l, long, at, node("q_proj"), node("k_proj"), node("v_proj"))
		before := "o_proj.in"
		if l.attnSub != nil {
			before = "attn_sub_norm.in"
		}
		near(node(before), attention, 5e-6, "attention")
		if l.attnSub != nil {
			norm(before, l.attnSub, "attn_sub_norm")
			before = "attn_sub_norm"
		}
		product(before, l.o, "o_proj")
		y := append([]float32(nil), node("input_layernorm.in")...)
		m.k.Add(y, node("o_proj"))
		near(node("post_attention_layernorm.in"), y, 0, "o_proj added")

		norm("post_attention_layernorm.in", l.ffnNorm, "post_attention_layernorm")
		product("post_attention_layernorm", l.gateUp, "gate_proj", "up_proj")
		before = "down_proj.in"
		if l.ffnSub != nil {
			before = "ffn_sub_norm.in"
		}
		near(node(before), m.activated(l, node("gate_proj"), node("up_proj")), 5e-7, "activation") // SiLU's exp is within 3e-7
		if l.ffnSub != nil {
			norm(before, l.ffnSub, "ffn_sub_norm")
			before = "ffn_sub_norm"
		}
		product(before, l.down, "down_proj")
		y = append(y[:0], node("post_attention_layernorm.in")...)
		m.k.Add(y, node("down_proj"))
		near(node("norm.in"), y, 0, "down_proj added")

		norm("norm.in", m.norm, "norm")
		logits := make([]float32, m.head.rows)
		require.NoError(t, m.logits(&m.head, logits, node("norm")[(len(at)-1)*cfg.Embd:], defaultTop))
		all := npz(t, transformers+name+".npz")["kvf16"]
		require.Equal(t, long-1, at[len(at)-1])
		near(all[len(all)-transformersVocab:], logits[:transformersVocab], 1e-6, "head")
		require.Len(t, used, len(nodes), "every recorded node is compared")
	}
}

// rowsOf picks rows of width numbers.
func rowsOf(x []float32, width int, at []int) (y []float32) {
	for _, i := range at {
		y = append(y, x[i*width:(i+1)*width]...)
	}
	return y
}

// halved and paired turn heads of dim numbers from GGUF's order of llama, the pairs of RoPE side by side, into that of
// transformers, their first numbers before their second ones, and back.
func halved(x []float32, dim int) []float32 {
	y := make([]float32, len(x))
	for i := range x {
		y[i/dim*dim+i%2*dim/2+i%dim/2] = x[i]
	}
	return y
}

func paired(x []float32, dim int) []float32 {
	y := make([]float32, len(x))
	for i := range x {
		y[i] = x[i/dim*dim+i%2*dim/2+i%dim/2]
	}
	return y
}

// attentionOf turns queries (of the positions at) and keys and values (of all n) by their positions and attends.
func (m *Model) attentionOf(t *testing.T, l *layer, n int, at []int, q, k, v []float32) []float32 {
	t.Helper()
	cfg, b, half := m.Config, &m.bufs, m.Config.HeadDim/2
	width, kv := cfg.Heads*cfg.HeadDim, cfg.KVHeads*cfg.HeadDim
	if cfg.Arch.RoPE == model.NORM {
		q, k = paired(q, cfg.HeadDim), paired(k, cfg.HeadDim)
	}
	clear(b.qkv)
	for i, pos := range at {
		copy(b.qkv[pos*l.qkv.rows:], q[i*width:(i+1)*width])
	}
	for i := range n {
		row := b.qkv[i*l.qkv.rows:]
		copy(row[l.qkv.parts[1].first:], k[i*kv:(i+1)*kv])
		copy(row[l.qkv.parts[2].first:], v[i*kv:(i+1)*kv])
		m.rope.angles(b.cos[i*half:(i+1)*half], b.sin[i*half:(i+1)*half], i)
	}
	c := newCache(m.KV, 1, cfg.KVHeads, cfg.HeadDim)
	c.grow(n)
	m.rotate(c, l, 0, n, 0)
	m.attend(c, 0, b.qkv, l.qkv.rows, b.att, width, n, 0)
	return rowsOf(b.att, width, at)
}

// activated is act(gate)·up of rows of the feed-forward width.
func (m *Model) activated(l *layer, gate, up []float32) []float32 {
	b, ffn := &m.bufs, m.Config.FFN
	n := len(gate) / ffn
	for i := range n {
		copy(b.gateUp[i*l.gateUp.rows:], gate[i*ffn:(i+1)*ffn])
		copy(b.gateUp[i*l.gateUp.rows+l.gateUp.parts[1].first:], up[i*ffn:(i+1)*ffn])
	}
	m.activate(l, n)
	return append([]float32(nil), b.hidden[:n*ffn]...)
}
