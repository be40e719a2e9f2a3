//go:build !purego

// Four rows side by side in WebAssembly, where Go turns bits into a float by way of memory: a store and a load, each with
// its bounds checked, for every weight. The instruction that needs no memory is there for assembly alone (Go 1.26).

package dtype

// addFour is addFourGeneric, by hand where that is worth it: the same additions in the same order.
//
// NaN and Inf become numbers, too, the smallest of which no finite weight reaches: sums below it have none. Others are
// added again.
func addFour(sums *[4]float64, b0, b1, b2, b3 []byte, bad *uint64) {
	const infinite = 0x1p128 * 0x1p-896
	n := len(b0)
	addWords(sums, b0, b1[:n], b2[:n], b3[:n], 0x7fff<<45)
	if max(sums[0], sums[1], sums[2], sums[3]) >= infinite {
		addFourGeneric(sums, b0, b1, b2, b3, bad)
		return
	}
	for i, b := range [4][]byte{b0, b1, b2, b3} {
		sums[i] = rest(sums[i], b[n&^7:], bad)
	}
}

// addWords writes the sums of the small magnitudes in rows of len(b0) bytes, without those that fill no word of eight.
//
//go:noescape
func addWords(sums *[4]float64, b0, b1, b2, b3 []byte, mask uint64)
