package kernel

import "runtime"

// Cores returns how many threads a model runs best on: one for each core of the fastest kind that this process may use.
// A second thread on a core shares its multipliers and its way to memory, and slower cores hold up the others.
func Cores() int { return max(1, min(fastCores(), runtime.GOMAXPROCS(0))) }
