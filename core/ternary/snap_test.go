package ternary

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/fault"
	"pgregory.net/rapid"
)

// snapPlain is Snap as formats.md states it, weight by weight.
func snapPlain(w []float32, rows, cols int, rule Rule) (trits []int8, scale float32) {
	var sum float64
	var nonzero int64
	for r := range rows {
		rowSum := 0.0
		for _, x := range w[r*cols : (r+1)*cols] {
			rowSum += math.Abs(float64(x))
			if x != 0 {
				nonzero++
			}
		}
		sum += rowSum
	}
	trits = make([]int8, len(w))
	if rule == AbsMean {
		b := float32(max(sum/float64(len(w)), 1e-5))
		s := float32(1 / b)
		for i, x := range w {
			trits[i] = int8(max(-1, min(1, math.RoundToEven(float64(float32(x*s))))))
		}
		return trits, float32(1 / s)
	}
	scale = NonzeroMeanScale(sum, nonzero)
	for i, x := range w {
		trits[i] = int8(max(-1, min(1, math.RoundToEven(float64(float32(x/scale))))))
	}
	return trits, scale
}

func TestSnapIsItsPlainTwin(t *testing.T) {
	for _, rule := range []Rule{AbsMean, NonzeroMean} {
		for seed, scale := range []float32{1, 0.02, 1e-4, 3e-5, 1e-6, 1e-30, 1e30, 0x1p-149, 0} {
			rows, cols := 7, 61
			w := uniform(rows*cols, uint64(seed), scale)
			w[5], w[6] = 0, float32(math.Copysign(0, -1))
			want, wantScale := snapPlain(w, rows, cols, rule)
			m := Matrix{Rows: rows, Cols: cols}
			require.NoError(t, Snap(&m, w, rule))
			require.Equal(t, want, m.Trits, "scale %g", scale)
			require.Equal(t, []float32{wantScale}, m.Scale)
			require.Zero(t, m.Group)
		}
	}
}

func TestSnapTiesGoToEven(t *testing.T) {
	// mean |w| is 1, so w*s is w itself: 0.5 rounds to 0, 1.5 to 2 and then to 1.
	w := []float32{0.5, -0.5, 1.5, -1.5, math.Nextafter32(0.5, 1), -math.Nextafter32(0.5, 1), 1, 0}
	sum, _, _ := RowSum(w)
	w[6] += float32(8 - sum)
	m := Matrix{Rows: 1, Cols: 8}
	require.NoError(t, Snap(&m, w, AbsMean))
	require.Equal(t, []int8{0, 0, 1, -1, 1, -1, 1, 0}, m.Trits)
	require.Equal(t, float32(1), m.Scale[0])
}

// The goldens are what transformers 5.23 computes with torch; see testdata/ternary/README.md. torch sums in float32,
// so the scale may differ by 1e-6 relative, and a code where w*s is within 1e-5 of a half.
func TestSnapAgreesWithTransformers(t *testing.T) {
	f, err := os.Open("../../testdata/ternary/snap.txt")
	require.NoError(t, err)
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var seed uint64
		var scale float32
		var rows, cols, bf16 int
		var bits uint32
		var packed string
		_, err := fmt.Sscanf(lines.Text(), "%d %f %d %d %d %x %s", &seed, &scale, &rows, &cols, &bf16, &bits, &packed)
		require.NoError(t, err)
		codes, err := hex.DecodeString(packed)
		require.NoError(t, err)

		w := uniform(rows*cols, seed, scale)
		if bf16 == 1 {
			for i, x := range w {
				b := math.Float32bits(x)
				w[i] = math.Float32frombits((b + 0x7fff + b>>16&1) &^ 0xffff)
			}
		}
		m := Matrix{Rows: rows, Cols: cols}
		require.NoError(t, Snap(&m, w, AbsMean))
		want := float64(math.Float32frombits(bits))
		require.InEpsilon(t, want, m.Scale[0], 1e-6, "seed %d", seed)
		for i, got := range m.Trits {
			r, c := i/cols, i%cols
			theirs := int8(codes[r%(rows/4)*cols+c]>>(2*(r/(rows/4)))&3) - 1
			if math.Abs(math.Abs(float64(w[i])/want)-0.5) >= 1e-5 {
				require.Equal(t, theirs, got, "seed %d, weight %d", seed, i)
			}
		}
	}
	require.NoError(t, lines.Err())
}

func TestThresholdIsTheScalarRule(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		by := float32(math.Exp2(rapid.Float64Range(-126, 17).Draw(t, "by")))
		for _, rule := range []struct {
			threshold func(float32) uint32
			code      func(w, by float32) int8
		}{{Threshold, Code}, {ThresholdDiv, CodeDiv}} {
			at := rule.threshold(by)
			if at > 0 && at <= math.MaxInt32 {
				require.Zero(t, rule.code(math.Float32frombits(at-1), by))
			}
			if at < infinite {
				require.Equal(t, int8(1), rule.code(math.Float32frombits(at), by))
				require.Equal(t, int8(-1), rule.code(-math.Float32frombits(at), by))
			}
			w := math.Float32frombits(rapid.Uint32().Draw(t, "w"))
			if b := math.Float32bits(w) & magnitude; b < infinite {
				near := math.Float32frombits(at + b%16 - 8)
				for _, w := range []float32{w, near, -near} {
					if math.Float32bits(w)&magnitude < infinite {
						var got [1]int8
						Codes(got[:], []float32{w}, at)
						require.Equal(t, rule.code(w, by), got[0], "%g by %g", w, by)
					}
				}
			}
		}
	})
}

func TestThresholdOnEveryBF16(t *testing.T) {
	w := make([]float32, 0, 1<<16)
	for h := range 1 << 16 {
		if h&0x7f80 != 0x7f80 {
			w = append(w, math.Float32frombits(uint32(h)<<16))
		}
	}
	got := make([]int8, len(w))
	for i := range 50 {
		s, scale := AbsMeanScale(math.Exp2(float64(i)/2-17), 1)
		Codes(got, w, Threshold(s))
		for j, x := range w {
			if got[j] != Code(x, s) {
				t.Fatalf("%g by %g: %d, want %d", x, s, got[j], Code(x, s))
			}
		}
		Codes(got, w, ThresholdDiv(scale))
		for j, x := range w {
			if got[j] != CodeDiv(x, scale) {
				t.Fatalf("%g over %g: %d, want %d", x, scale, got[j], CodeDiv(x, scale))
			}
		}
	}
}

func TestSnapNamesTheFirstWeightThatIsNotFinite(t *testing.T) {
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		for _, rows := range []int{1, 3, 4, 9, 130} {
			w := uniform(rows*16, 1, 1)
			at := len(w) - 5
			w[at], w[len(w)-1] = float32(bad), float32(bad)
			m := Matrix{Rows: rows, Cols: 16}
			err := Snap(&m, w, AbsMean)
			require.ErrorIs(t, err, fault.ErrNotFinite)
			require.ErrorContains(t, err, fmt.Sprintf("weight %d (row %d, column 11)", at, rows-1))
		}
	}
}

func TestSnapRefuses(t *testing.T) {
	m := Matrix{Rows: 2, Cols: 2}
	require.ErrorIs(t, Snap(&m, make([]float32, 4), Declared), fault.ErrUsage)
	require.Equal(t, fault.Shape, class(Snap(&m, make([]float32, 3), AbsMean)))
	m = Matrix{Rows: -1, Cols: -1}
	require.Equal(t, fault.Shape, class(Snap(&m, make([]float32, 1), AbsMean)))
	m = Matrix{Rows: 1, Cols: 2} // the largest float32: its reciprocal is subnormal, and the scale overflows
	require.Equal(t, fault.Scale, class(Snap(&m, []float32{math.MaxFloat32, math.MaxFloat32}, AbsMean)))
}

func TestSnapOfZerosAndOfNothing(t *testing.T) {
	for _, rule := range []Rule{AbsMean, NonzeroMean} {
		m := Matrix{Rows: 2, Cols: 3}
		require.NoError(t, Snap(&m, make([]float32, 6), rule))
		require.Equal(t, make([]int8, 6), m.Trits)
		require.InEpsilon(t, 1e-5, m.Scale[0], 1e-6)
		m = Matrix{Rows: 0, Cols: 3}
		require.NoError(t, Snap(&m, nil, rule))
	}
}

func TestSnapReusesSlicesAndForgetsGroups(t *testing.T) {
	trits, scale := make([]int8, 100), make([]float32, 9)
	m := Matrix{Rows: 2, Cols: 4, Trits: trits, Scale: scale, Group: 2}
	require.NoError(t, Snap(&m, uniform(8, 1, 1), AbsMean))
	require.Same(t, &trits[0], &m.Trits[0])
	require.Same(t, &scale[0], &m.Scale[0])
	require.Len(t, m.Trits, 8)
	require.Len(t, m.Scale, 1)
	require.Zero(t, m.Group)
}

// Snapping ±s again keeps the codes and shrinks the scale to s(1-z): what the RPT log's evaluation went through.
func TestSnappingTernaryWeightsAgainShrinksTheScaleByTheirZeros(t *testing.T) {
	w := make([]float32, 3000)
	for i, x := range randomTrits(len(w), 1) {
		w[i] = float32(x) * 0.25
	}
	m := Matrix{Rows: 30, Cols: 100}
	require.NoError(t, Snap(&m, w, AbsMean))
	require.Equal(t, randomTrits(len(w), 1), m.Trits)
	z := Count(m.Trits).Sparsity()
	require.InEpsilon(t, 0.25*(1-z), m.Scale[0], 1e-6)
	require.NoError(t, Snap(&m, w, NonzeroMean))
	require.Equal(t, float32(0.25), m.Scale[0])
}

func TestWeightsAreTritsTimesScale(t *testing.T) {
	m := Matrix{Rows: 2, Cols: 4, Trits: []int8{1, -1, 0, 1, -1, 1, 1, 0}, Scale: []float32{2}}
	dst := make([]float32, 8)
	m.Weights(dst, 0)
	require.Equal(t, []float32{2, -2, 0, 2, -2, 2, 2, 0}, dst)
	m.Scale, m.Group = []float32{1, 2, 4, 8}, 2
	m.Weights(dst, 0)
	require.Equal(t, []float32{1, -1, 0, 2, -4, 4, 8, 0}, dst)
	m.Weights(dst[:3], 3)
	require.Equal(t, []float32{2, -4, 4}, dst[:3])
}

func class(err error) fault.Class {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f.Class
	}
	return ""
}

func ExampleSnap() {
	w := []float32{0.9, -0.1, -1.2, 0.2, 0.6, -0.6}
	m := Matrix{Rows: 2, Cols: 3}
	if err := Snap(&m, w, AbsMean); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m.Trits, m.Scale)
	// Output: [1 0 -1 0 1 -1] [0.6]
}
