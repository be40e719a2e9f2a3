package kernel

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// fastCores counts the cores that the scheduler lets this process use, once for all threads of a core, and of those
// only the fast ones where the kernel knows of two kinds (Intel's hybrid processors: /sys/devices/cpu_core/cpus; arm64:
// cpu_capacity).
func fastCores() int {
	var allowed unix.CPUSet
	if unix.SchedGetaffinity(0, &allowed) != nil {
		return 1 << 20
	}
	return coresIn("/sys/devices", allowed.IsSet)
}

func coresIn(sys string, allowed func(cpu int) bool) int {
	fast := cpuList(read(sys, "cpu_core", "cpus"))
	seen := map[string]bool{}
	capacity := map[int]int{} // cores by capacity
	most := 0
	for cpu := range 4096 {
		dir := filepath.Join(sys, "system", "cpu", "cpu"+strconv.Itoa(cpu))
		siblings := read(dir, "topology", "thread_siblings_list")
		if siblings == "" || seen[siblings] || !allowed(cpu) || len(fast) > 0 && !fast[cpu] {
			continue
		}
		seen[siblings] = true
		n, _ := strconv.Atoi(read(dir, "cpu_capacity"))
		capacity[n]++
		most = max(most, n)
	}
	if len(seen) == 0 {
		return 1 << 20 // no such files here: all that there are
	}
	return capacity[most]
}

func read(parts ...string) string {
	b, _ := os.ReadFile(filepath.Join(parts...))
	return strings.TrimSpace(string(b))
}

// cpuList reads "0-3,8".
func cpuList(s string) map[int]bool {
	set := map[int]bool{}
	for _, part := range strings.Split(s, ",") {
		a, b, ranged := strings.Cut(part, "-")
		lo, err := strconv.Atoi(a)
		hi := lo
		if ranged {
			hi, _ = strconv.Atoi(b)
		}
		for i := lo; err == nil && i <= hi && i < 4096; i++ {
			set[i] = true
		}
	}
	return set
}
