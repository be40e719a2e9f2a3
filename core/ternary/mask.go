package ternary

// Pruning: codes become 0 by the size of their latent weights, or at random; the scale stays.

import (
	"math"
	"math/bits"
	"strconv"

	"github.com/tritkit/tritkit/core/fault"
)

// Masked says what Mask did.
type Masked struct {
	Before, After Counts
	Flipped       int64 // codes that were not 0 before
}

// Mask sets percent (0 to 100) of the codes of m to 0; the scale stays, so that the other weights do not move.
//
// latent is the m.Rows*m.Cols weights that m was snapped from, row-major; Random does not read it. ByCodes and Random
// take a share of the non-zero codes, ByLatent a share of all. The number is rounded down; of equal magnitudes the
// lowest indices go first. The same seed draws the same codes on every machine.
func Mask(m *Matrix, latent []float32, percent float64, by Criterion, seed uint64) (Masked, error) {
	if !(percent >= 0 && percent <= 100) {
		return Masked{}, fault.New("ternary", fault.Usage, "cannot prune ", strconv.FormatFloat(percent, 'g', -1, 64), " percent: give 0 to 100")
	}
	res := Masked{Before: Count(m.Trits)}
	share := func(of int64) int64 { return int64(float64(of) * percent / 100) }
	nonzero := res.Before.Total() - res.Before.Zero
	switch by {
	case Random:
		drop(m.Trits, share(nonzero), nonzero, seed)
	case ByCodes, ByLatent:
		if err := m.check(latent); err != nil {
			return Masked{}, err
		}
		for i, x := range latent {
			if math.Float32bits(x)&magnitude >= infinite {
				return Masked{}, m.notFinite(latent, i)
			}
		}
		if by == ByCodes {
			dropSmallest(m.Trits, latent, share(nonzero), false)
		} else {
			dropSmallest(m.Trits, latent, share(res.Before.Total()), true)
		}
	default:
		return Masked{}, fault.New("ternary", fault.Usage, "no such criterion to prune by")
	}
	res.After = Count(m.Trits)
	res.Flipped = res.After.Zero - res.Before.Zero
	return res, nil
}

// dropSmallest sets k codes to 0: those with the smallest latents, among the non-zero codes or among all.
//
// The k-th smallest magnitude is found by counting its upper 16 bits, then its lower 16 bits: two passes, no sort.
func dropSmallest(t []int8, latent []float32, k int64, all bool) {
	if k == 0 {
		return
	}
	count := make([]int64, 1<<16)
	for i, x := range latent {
		if all || t[i] != 0 {
			count[math.Float32bits(x)&magnitude>>16]++
		}
	}
	high, k := bucket(count, k)
	clear(count)
	for i, x := range latent {
		if b := math.Float32bits(x) & magnitude; b>>16 == high && (all || t[i] != 0) {
			count[b&0xffff]++
		}
	}
	low, ties := bucket(count, k)
	last := high<<16 | low
	for i, x := range latent {
		b := math.Float32bits(x) & magnitude
		if b > last || (!all && t[i] == 0) {
			continue
		}
		if b == last {
			if ties == 0 {
				continue
			}
			ties--
		}
		t[i] = 0
	}
}

// bucket returns the bucket that holds the k-th element, k from 1, and which one of that bucket it is.
func bucket(count []int64, k int64) (b uint32, rest int64) {
	for i, n := range count {
		if k <= n {
			return uint32(i), k
		}
		k -= n
	}
	return uint32(len(count)), k // not reached: k is at most the sum
}

// drop sets k of the n non-zero codes to 0, each choice of k equally likely (Knuth, TAOCP 3.4.2, algorithm S).
func drop(t []int8, k, n int64, seed uint64) {
	for i, x := range t {
		if x == 0 {
			continue
		}
		seed += 0x9e3779b97f4a7c15 // splitmix64 (Steele, Lea, Flood 2014)
		z := (seed ^ seed>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		if hi, _ := bits.Mul64(z^z>>31, uint64(n)); int64(hi) < k {
			t[i] = 0
			k--
		}
		n--
	}
}
