//go:build !wasm || purego

package dtype

func addFour(sums *[4]float64, b0, b1, b2, b3 []byte, bad *uint64) {
	addFourGeneric(sums, b0, b1, b2, b3, bad)
}
