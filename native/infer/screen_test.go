package infer

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/native/kernel"
)

// TestTheScreenKeepsTheLargestLogits: of a model, with every kernel, on any number of threads, whether rows are seen in the
// mapped file or read: the exact head's bits where they are asked for, the same everywhere, -Inf elsewhere.
func TestTheScreenKeepsTheLargestLogits(t *testing.T) {
	const path = golden + "tiny-b158-i2s.gguf"
	tokens := prompt(t)
	exact := steps(t, load(t, open(t, path), Options{Kernel: kernel.Generic, Head: HeadF16}), tokens, true)
	for _, top := range []int{1, 5, 64, 256} {
		var first []float32
		for _, k := range kernel.All() {
			for threads := 1; threads <= 3; threads += 2 {
				c := mapped(t, path)
				if threads == 1 {
					c = open(t, path)
				}
				m := load(t, c, Options{Kernel: k, Head: HeadInt4, Threads: threads})
				require.Equal(t, threads == 1, m.head.screen.view == nil)
				s, err := m.NewSession(0)
				require.NoError(t, err)
				require.NoError(t, s.Need(top))
				var have []float32
				require.NoError(t, s.Each(context.Background(), tokens, func(int) bool { return true }, func(i int, l []float32) error {
					largest(t, exact[i*vocab:(i+1)*vocab], l, top)
					have = append(have, l...)
					return nil
				}))
				if first == nil {
					first = have
				}
				require.Equal(t, first, have, "%s, %d threads", k.Name, threads)
			}
		}
	}
}

// largest demands that the top largest of exact are in have, and nothing that is not exact.
func largest(t *testing.T, exact, have []float32, top int) (rows int) {
	t.Helper()
	least := nth(append([]float32(nil), exact...), min(top, len(exact)))
	for i, x := range have {
		switch {
		case x == exact[i]:
			rows++
		case !math.IsInf(float64(x), -1) || exact[i] >= least:
			t.Fatalf("row %d: %g, exactly %g; the last of %d is %g", i, x, exact[i], top, least)
		}
	}
	return rows
}

// made is an output layer of a test: its screen, and its rows in half precision.
func made(t testing.TB, k *kernel.Kernel, vocab, cols int, row func(i int, w []float32)) *Model {
	t.Helper()
	m := &Model{k: k, Kernel: k, Head: HeadInt4, pool: newPool(2), scratch: make([]scratch, 2)}
	t.Cleanup(m.Close)
	h := &m.head
	h.vocab, h.cols, h.rows = vocab, cols, pad(m.k.PaddedRows(vocab))
	h.f16, h.screen = make([]uint16, vocab*cols), m.newScreen()
	h.screen.row = func(_ int, dst []uint16, i int) error {
		copy(dst, h.f16[i*cols:(i+1)*cols])
		return nil
	}
	w, q := make([]float32, cols), make([]int8, k.Rows*cols)
	for i := range vocab {
		clear(w)
		row(i, w)
		k.Narrow(h.f16[i*cols:(i+1)*cols], w)
	}
	require.NoError(t, h.screen.columns(vocab, cols, func(row []float32, i int) error {
		k.Widen(row, h.f16[i*cols:(i+1)*cols])
		return nil
	}))
	for a := 0; a < vocab; a += k.Rows {
		clear(q)
		for r := range min(k.Rows, vocab-a) {
			k.Widen(w, h.f16[(a+r)*cols:(a+r+1)*cols])
			h.screen.pack(m, a+r, q[r*cols:(r+1)*cols], w)
		}
		k.PackScreen(h.screen.w[a*cols/2:(a+k.Rows)*cols/2], q, cols)
		h.screen.leans(m, a, cols)
	}
	h.screen.long = slices.Max(h.screen.norm)
	return m
}

// headsOf are output layers that are hard on a screen, each in its way.
var headsOf = map[string]func(r *rand.Rand) func(i int, w []float32){
	"normal": func(r *rand.Rand) func(int, []float32) {
		return func(_ int, w []float32) {
			for j := range w {
				w[j] = 0.02 * float32(r.NormFloat64())
			}
		}
	},
	"heavy tails": func(r *rand.Rand) func(int, []float32) { // Student's t with 4 degrees of freedom: one step for a few large weights
		return func(_ int, w []float32) {
			for j := range w {
				v := 0.0
				for range 4 {
					x := r.NormFloat64()
					v += x * x
				}
				w[j] = 0.02 * float32(r.NormFloat64()/math.Sqrt(v/4))
			}
		}
	},
	"large columns": func(r *rand.Rand) func(int, []float32) { // the same few for all rows
		return func(_ int, w []float32) {
			for j := range w {
				w[j] = 0.02 * float32(r.NormFloat64())
				if j%97 == 5 {
					w[j] *= 10
				}
			}
		}
	},
	"one direction": func(r *rand.Rand) func(int, []float32) { // rows that are nearly the same
		return func(_ int, w []float32) {
			for j := range w {
				w[j] = 0.02*float32(math.Sin(float64(j))) + 0.004*float32(r.NormFloat64())
			}
		}
	},
	"steps": func(r *rand.Rand) func(int, []float32) { // errors of rounding without offsets would all point the same way
		return func(i int, w []float32) {
			for j := range w {
				w[j] = 0.001 * (float32(i%7) + 0.49)
			}
			w[i%len(w)] = 0.0075 + 0.00001*float32(i%100)
		}
	},
	"equals and zeros": func(r *rand.Rand) func(int, []float32) {
		return func(i int, w []float32) {
			for j := range w {
				if i%3 > 0 {
					w[j] = 0.01 * float32((i%5+1)*(j%11-5))
				}
			}
		}
	},
}

// hiddenRows draws hidden rows: plain, with a few large numbers, along a row, constant.
func hiddenRow(m *Model, r *rand.Rand, kind int) []float32 {
	x := make([]float32, m.head.cols)
	for j := range x {
		x[j] = float32(r.NormFloat64())
	}
	switch kind % 4 {
	case 1:
		for range 4 {
			x[r.IntN(len(x))] *= 30
		}
	case 2:
		row, along := make([]float32, len(x)), r.IntN(m.head.vocab)
		m.k.Widen(row, m.head.f16[along*len(x):(along+1)*len(x)])
		for j := range x {
			x[j] += 20 * row[j]
		}
	case 3:
		for j := range x {
			x[j] = 1 + 0.01*x[j]
		}
	}
	return x
}

// TestTheScreenIsExactForAnyHead: there is no head or hidden row for which it may miss; where a head suits it badly more
// rows are computed. What that comes to is logged.
func TestTheScreenIsExactForAnyHead(t *testing.T) {
	vocab, cols, n := 20000, 640, 16
	if testing.Short() {
		vocab, n = 4000, 4
	}
	for name, make1 := range headsOf {
		m := made(t, kernel.Best(), vocab, cols, make1(rand.New(rand.NewPCG(3, 4))))
		r := rand.New(rand.NewPCG(5, 6))
		out, exact := make([]float32, m.head.rows), make([]float32, vocab)
		for _, top := range []int{1, 64} {
			rows := 0
			for i := range n {
				x := hiddenRow(m, r, i)
				require.NoError(t, m.logits(&m.head, out, x, top))
				m.k.DotF16(exact, m.head.f16, x)
				rows += largest(t, exact, out[:vocab], top)
			}
			t.Logf("%s, top %d: %.2f %% of the rows computed exactly", name, top, 100*float64(rows)/float64(n*vocab))
		}
	}
}

// TestTheErrorOfTheScreenIsThatOfItsOffsets: what screen.go derives, measured. The deviation it states is not exceeded
// in the mean over rows and hidden rows, and no single error comes near seven of them, whatever the head; without the
// offsets the rows of "steps" would err by more than fifty.
func TestTheErrorOfTheScreenIsThatOfItsOffsets(t *testing.T) {
	const vocab, cols, n = 2000, 640, 12
	for name, make1 := range headsOf {
		m := made(t, kernel.Generic, vocab, cols, make1(rand.New(rand.NewPCG(7, 8))))
		c, r := m.head.screen, rand.New(rand.NewPCG(9, 10))
		out, exact := make([]float32, m.head.rows), make([]float32, vocab)
		squares, most := 0.0, 0.0
		for i := range n {
			x := hiddenRow(m, r, i)
			require.NoError(t, m.logits(&m.head, out, x, 1))
			m.k.DotF16(exact, m.head.f16, x)
			for row, y := range c.approx[:vocab] {
				if c.step[row] == 0 {
					require.InDelta(t, exact[row], y, 1e-4)
					continue
				}
				e := float64(y-exact[row]) / (float64(c.step[row]) * float64(c.wide[c.class[row]]) / (1.01 * sigmas))
				squares, most = squares+e*e, max(most, math.Abs(e))
			}
		}
		t.Logf("%s: %.2f deviations in the mean, %.2f at most", name, math.Sqrt(squares/(n*vocab)), most)
		require.Less(t, math.Sqrt(squares/(n*vocab)), 1.5, name) // errors of one hidden row are not independent: all rows share its offsets
		require.Less(t, most, 5.5, name)                         // of 24,000, where 7 have a chance below 1e-6
	}
}

func TestNth(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for n := 1; n < 200; n++ {
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(r.IntN(n/2 + 1))
		}
		k := 1 + r.IntN(n)
		have := nth(append([]float32(nil), x...), k)
		above, equal := 0, 0
		for _, v := range x {
			if v > have {
				above++
			} else if v == have {
				equal++
			}
		}
		require.True(t, above < k && k <= above+equal)
	}
}

func TestNeedIsRefusedWhereTheScreenDoesNotKnow(t *testing.T) {
	for head, want := range map[Head]error{HeadInt4: fault.ErrUsage, HeadInt8: nil} {
		m := load(t, open(t, golden+"tiny-b158-i2s.gguf"), Options{Head: head})
		s, err := m.NewSession(0)
		require.NoError(t, err)
		require.NoError(t, s.Need(MaxTop))
		require.ErrorIs(t, s.Need(0), want)
		require.ErrorIs(t, s.Need(MaxTop+1), want)
		err = s.EachScreened(context.Background(), prompt(t), func(int) bool { return true }, func(int, Screened) error { return nil })
		require.Equal(t, head == HeadInt4, err == nil)
	}
}
