package ternary

// Snapping: from float weights to trits and one scale, by the rules of huggingface/transformers and of the RPT log.

import (
	"math"
	"sort"

	"github.com/tritkit/tritkit/core/fault"
)

// floor is the smallest mean that the rules divide by (transformers integrations/bitnet.py at 0b4060e: clamp_(min=1e-5)).
const floor = 1e-5

// Snap replaces the weights w by trits and one scale.
//
// w is m.Rows*m.Cols float32 weights, row-major, and is not modified. m gets one trit per weight, each -1, 0 or +1,
// and the scale, in the unit of w: weight ≈ trit * scale; its slices are reused when large enough. The scale is not
// yet rounded to a compute dtype. The error names the index of the first NaN or Inf.
//
// AbsMean: b = float32(max(mean|w|, 1e-5)), summed in float64, each row in column order, then rows in order;
// s = float32(1/b); t = clamp(rne(float32(w*s)), -1, 1); scale = float32(1/s). Source: huggingface/transformers
// integrations/bitnet.py at 0b4060e, which multiplies by the reciprocal.
//
// NonzeroMean: scale = float32(mean of |w| over w ≠ 0); t = clamp(rne(float32(w/scale)), -1, 1). Source:
// cesarfavero/RPT at e27fb7b.
func Snap(m *Matrix, w []float32, rule Rule) error {
	if rule != AbsMean && rule != NonzeroMean {
		return fault.New("ternary", fault.Usage, "no rule to snap by")
	}
	if err := m.check(w); err != nil {
		return err
	}
	sum, bad := total(w, m.Rows, m.Cols)
	if bad >= 0 {
		return m.notFinite(w, bad)
	}
	var scale float32
	var threshold uint32
	if rule == AbsMean {
		var s float32
		s, scale = AbsMeanScale(sum, int64(len(w)))
		threshold = Threshold(s)
	} else {
		scale = NonzeroMeanScale(sum, countNonzero(w))
		threshold = ThresholdDiv(scale)
	}
	if !(scale > 0 && scale <= math.MaxFloat32) {
		return fault.New("ternary", fault.Scale, "the weights are so large that their scale is ", text(scale))
	}
	m.Fit(0)
	m.Scale[0] = scale
	Codes(m.Trits, w, threshold)
	return nil
}

// total returns Σ|w| over all rows, in order, or the index of a weight that is not finite.
func total(w []float32, rows, cols int) (sum float64, bad int) {
	var sums [64]float64
	for r := 0; r < rows; r += len(sums) {
		some := sums[:min(len(sums), rows-r)]
		if bad := RowSums(some, w[r*cols:], cols); bad >= 0 {
			return 0, r*cols + bad
		}
		for _, s := range some {
			sum += s
		}
	}
	return sum, -1
}

// AbsMeanScale returns, for n weights whose magnitudes sum to sum, the factor s = float32(1/b) that Code takes and the
// scale float32(1/s), where b = float32(max(sum/n, 1e-5)). No weights at all count as zeros.
func AbsMeanScale(sum float64, n int64) (s, scale float32) {
	mean := 0.0
	if n > 0 {
		mean = sum / float64(n)
	}
	s = 1 / float32(max(mean, floor))
	return s, 1 / s
}

// NonzeroMeanScale returns float32(sum/nonzero), or 1e-5 where all weights are zero.
func NonzeroMeanScale(sum float64, nonzero int64) float32 {
	if nonzero == 0 {
		return floor
	}
	return float32(sum / float64(nonzero))
}

// Code returns the trit of one weight by the absmean rule: w times s, rounded half to even, clamped.
func Code(w, s float32) int8 { return clamp(w * s) }

// CodeDiv returns the trit of one weight by the nonzero-mean rule: w over scale, rounded half to even, clamped.
func CodeDiv(w, scale float32) int8 { return clamp(w / scale) }

func clamp(x float32) int8 {
	return int8(max(-1, min(1, math.RoundToEven(float64(x)))))
}

// Threshold returns the smallest magnitude, as the low 31 bits of a float32, that Code maps to ±1 under the factor s,
// or the bits of +Inf if there is none. Code grows with |w| and keeps its sign, so this one number is the whole rule.
func Threshold(s float32) uint32 { return threshold(s, Code) }

// ThresholdDiv is Threshold for CodeDiv.
func ThresholdDiv(scale float32) uint32 { return threshold(scale, CodeDiv) }

func threshold(by float32, code func(w, by float32) int8) uint32 {
	return uint32(sort.Search(infinite, func(bits int) bool {
		return code(math.Float32frombits(uint32(bits)), by) != 0
	}))
}

// Codes writes the trit of each finite weight: 0 where its magnitude is below the threshold, else its sign.
// len(t) is len(w).
func Codes(t []int8, w []float32, threshold uint32) {
	add := 1<<31 - threshold // carries a magnitude that reaches the threshold into the sign bit
	t = t[:len(w)]
	for i, x := range w {
		b := math.Float32bits(x)
		nonzero := int32((b&magnitude + add) >> 31)
		sign := int32(b) >> 31
		t[i] = int8((nonzero ^ sign) - sign)
	}
}
