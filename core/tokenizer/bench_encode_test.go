package tokenizer

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// prose is ordinary text: this repository's documents.
func prose(tb testing.TB) string {
	var b strings.Builder
	names, _ := filepath.Glob("../../*.md")
	more, _ := filepath.Glob("../../docs/*.md")
	for _, name := range append(names, more...) {
		text, err := os.ReadFile(name)
		require.NoError(tb, err)
		b.Write(text)
	}
	return b.String()
}
func BenchmarkNewEncoder(b *testing.B) {
	data, err := os.ReadFile("../../build/models/bf16/tokenizer.json")
	if err != nil {
		b.Skip(err)
	}
	v := &Vocab{BOS: -1}
	require.NoError(b, v.readBPE(data, 128256))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.NewEncoder(); err != nil {
			b.Fatal(err)
		}
	}
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	before := m.HeapAlloc
	e, _ := v.NewEncoder()
	runtime.GC()
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.HeapAlloc-before)/1e6, "MB-held")
	runtime.KeepAlive(e)
}

func BenchmarkEncode(b *testing.B) {
	data, err := os.ReadFile("../../build/models/bf16/tokenizer.json")
	if err != nil {
		b.Skip(err)
	}
	v := &Vocab{BOS: -1}
	require.NoError(b, v.readBPE(data, 128256))
	e, _ := v.NewEncoder()
	text := prose(b)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	var ids []Token
	for b.Loop() {
		ids, err = e.Encode(ids[:0], text, EncodeOptions{})
		require.NoError(b, err)
	}
	b.ReportMetric(float64(len(text))/float64(len(ids)), "B/token")
	require.Equal(b, text, e.Decode(ids, DecodeOptions{}))
}
