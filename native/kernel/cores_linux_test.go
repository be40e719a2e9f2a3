package kernel

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCores(t *testing.T) {
	require.GreaterOrEqual(t, Cores(), 1)
	all := func(int) bool { return true }
	tree := func(files map[string]string) string {
		dir := t.TempDir()
		for name, text := range files {
			path := filepath.Join(dir, name)
			require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
			require.NoError(t, os.WriteFile(path, []byte(text+"\n"), 0o600))
		}
		return dir
	}
	cpu := func(i int, what string) string { return fmt.Sprintf("system/cpu/cpu%d/%s", i, what) }
	threads := map[string]string{}
	for i := range 8 {
		threads[cpu(i, "topology/thread_siblings_list")] = fmt.Sprintf("%d,%d", i%4, i%4+4)
	}
	require.Equal(t, 4, coresIn(tree(threads), all), "two threads a core")
	require.Equal(t, 1, coresIn(tree(threads), func(cpu int) bool { return cpu == 1 || cpu == 5 }), "as far as the process may use them")
	hybrid := map[string]string{"cpu_core/cpus": "0-3"}
	for i := range 8 {
		hybrid[cpu(i, "topology/thread_siblings_list")] = fmt.Sprint(i)
		if i < 4 {
			hybrid[cpu(i, "topology/thread_siblings_list")] = fmt.Sprintf("%d-%d", i/2*2, i/2*2+1)
		}
	}
	require.Equal(t, 2, coresIn(tree(hybrid), all), "performance cores")
	big := map[string]string{}
	for i := range 6 {
		big[cpu(i, "topology/thread_siblings_list")] = fmt.Sprint(i)
		big[cpu(i, "cpu_capacity")] = fmt.Sprint(446 + i/4*578)
	}
	require.Equal(t, 2, coresIn(tree(big), all), "big and little")
	require.Equal(t, 1<<20, coresIn(tree(nil), all), "unknown")
}
