package ternary

// Inputs that tests and the generating scripts of testdata make alike, without a file.

import "math"

// splitmix returns n numbers of splitmix64.
func splitmix(n int, seed uint64) []uint64 {
	z := make([]uint64, n)
	for i := range z {
		seed += 0x9e3779b97f4a7c15
		x := (seed ^ seed>>30) * 0xbf58476d1ce4e5b9
		x = (x ^ x>>27) * 0x94d049bb133111eb
		z[i] = x ^ x>>31
	}
	return z
}

func randomTrits(n int, seed uint64) []int8 {
	t := make([]int8, n)
	for i, z := range splitmix(n, seed) {
		t[i] = int8(z%3) - 1
	}
	return t
}

// uniform returns n float32 values in ±scale, each a multiple of scale/2^23.
func uniform(n int, seed uint64, scale float32) []float32 {
	w := make([]float32, n)
	for i, z := range splitmix(n, seed) {
		w[i] = float32(int64(z>>40)-1<<23) / (1 << 23) * scale
	}
	return w
}

// gaussian returns n weights with the spread that trained ones have.
func gaussian(n int, seed uint64) []float32 {
	w := make([]float32, n)
	z := splitmix(2*n, seed)
	for i := range w {
		u, v := (float64(z[2*i]>>11)+1)/(1<<53), float64(z[2*i+1]>>11)/(1<<53)
		w[i] = float32(0.02 * math.Sqrt(-2*math.Log(u)) * math.Cos(2*math.Pi*v))
	}
	return w
}
