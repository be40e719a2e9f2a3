package infer

// Rotary position embedding. Angles are float32, as llama.cpp multiplies them up; sine and cosine are computed here in
// float64 and rounded, because the standard library's may be fused on some processors and differ in the last bit.

import (
	"math"

	"github.com/tritkit/tritkit/core/model"
)

// rope knows the angles of a model.
type rope struct {
	step  float32   // base^(-2/head_dim)
	freqs []float32 // divisors of the angles, head_dim/2 of them, or nil
	norm  bool      // pairs (2i, 2i+1), else (i, i+head_dim/2)
}

func newRope(c *model.Config, freqs []float32) rope {
	return rope{
		step:  float32(math.Pow(float64(c.RopeBase), -2/float64(c.HeadDim))),
		freqs: freqs, norm: c.Arch.RoPE == model.NORM,
	}
}

// angles fills cos and sin for one position, head_dim/2 each.
func (r *rope) angles(cos, sin []float32, pos int) {
	theta := float32(pos)
	for i := range cos {
		a := theta
		if r.freqs != nil {
			a /= r.freqs[i]
		}
		s, c := sincos(float64(a))
		cos[i], sin[i] = float32(c), float32(s)
		theta = float32(theta * r.step)
	}
}

// rotate turns one head.
func (r *rope) rotate(x, cos, sin []float32) {
	if r.norm {
		for i, c := range cos {
			s := sin[i]
			a, b := x[2*i], x[2*i+1]
			x[2*i] = float32(a*c) - float32(b*s)
			x[2*i+1] = float32(a*s) + float32(b*c)
		}
		return
	}
	lo, hi := x[:len(cos)], x[len(cos):2*len(cos)]
	for i, c := range cos {
		s := sin[i]
		a, b := lo[i], hi[i]
		lo[i] = float32(a*c) - float32(b*s)
		hi[i] = float32(a*s) + float32(b*c)
	}
}

// sincos is sine and cosine for |x| below 2^20, within 2e-16: x is brought within π/4 by a π/2 in three parts
// (fdlibm e_rem_pio2.c), then the polynomials of fdlibm's k_sin.c and k_cos.c. Every product is rounded.
func sincos(x float64) (sin, cos float64) {
	const (
		half1 = 1.57079632673412561417e+00 // the first 33 bits of π/2
		half2 = 6.07710050630396597660e-11 // the next 33
		half3 = 2.02226624879595063154e-21
	)
	n := math.RoundToEven(float64(x * (2 / math.Pi)))
	y := x - float64(n*half1)
	y -= float64(n * half2)
	y -= float64(n * half3)
	z := float64(y * y)
	s := float64(z*1.58969099521155010221e-10) - 2.50507602534068634195e-08
	s = float64(z*s) + 2.75573137070700676789e-06
	s = float64(z*s) - 1.98412698298579493134e-04
	s = float64(z*s) + 8.33333333332248946124e-03
	s = float64(z*s) - 1.66666666666666324348e-01
	sin = y + float64(float64(y*z)*s)
	c := float64(z*-1.13596475577881948265e-11) + 2.08757232129817482790e-09
	c = float64(z*c) - 2.75573143513906633035e-07
	c = float64(z*c) + 2.48015872894767294178e-05
	c = float64(z*c) - 1.38888888888741095749e-03
	c = float64(z*c) + 4.16666666666666019037e-02
	cos = (1 - float64(0.5*z)) + float64(float64(z*z)*c)
	switch int64(n) & 3 {
	case 1:
		return cos, -sin
	case 2:
		return -sin, -cos
	case 3:
		return -cos, sin
	}
	return sin, cos
}
