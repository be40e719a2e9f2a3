package tokenizer

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// llama3Size is a vocabulary of Llama-3's size: 256 bytes, words of letters with the ways to divide them, and 256
// control tokens; 128,256 tokens and 280,147 merges.
func llama3Size() *Vocab {
	v := &Vocab{Model: BPE, Pre: "llama-bpe", BOS: 128000, EOS: 128001, UNK: -1}
	v.resize(128256)
	put := func(i int, token string, kind int32) { v.Tokens[i], v.Types[i] = token, kind }
	for i, r := range byteRunes {
		put(i, string(r), Normal)
	}
	words := []string{""}
	for n := 256; n < 128000; words = words[1:] {
		for c := 'a'; c <= 'z' && n < 128000; c++ {
			w := words[0] + string(c)
			words = append(words, w)
			if len(w) == 1 {
				continue
			}
			put(n, w, Normal)
			n++
			for cut := 1; cut < len(w) && len(v.Merges) < 280147; cut++ {
				v.Merges = append(v.Merges, w[:cut]+" "+w[cut:])
			}
		}
	}
	for i := 128000; i < len(v.Tokens); i++ {
		put(i, "<|reserved_special_token_"+string(rune(i))+"|>", Control)
	}
	return v
}

func BenchmarkNewEncoder(b *testing.B) {
	v := llama3Size()
	require.Len(b, v.Merges, 280147)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.NewEncoder(); err != nil {
			b.Fatal(err)
		}
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	e, _ := v.NewEncoder()
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/1e6, "MB-held")
	runtime.KeepAlive(e)
}

// Ordinary text: this repository's documents.
func BenchmarkEncode(b *testing.B) {
	var text strings.Builder
	for _, pattern := range []string{"../../*.md", "../../docs/*.md"} {
		names, _ := filepath.Glob(pattern)
		for _, name := range names {
			data, err := os.ReadFile(name)
			require.NoError(b, err)
			text.Write(data)
		}
	}
	large, err := llama3Size().NewEncoder()
	require.NoError(b, err)
	for name, e := range map[string]*Encoder{"llama3-size": large, "llama3": encoders()["tokenizer.json"], "gpt2": encoders()["gpt2/gpt-2"], "falcon_e": encoders()["gpt2/falcon_e"], "spm": encoders()["llama"]} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(text.Len()))
			b.ReportAllocs()
			var ids []Token
			for b.Loop() {
				if ids, err = e.Encode(ids[:0], text.String(), EncodeOptions{}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(text.Len())/float64(len(ids)), "B/token")
		})
	}
}

func BenchmarkScan(b *testing.B) {
	text := strings.Repeat("The quick brown fox doesn't jump over 1234 lazy dogs; es war größer als 漢字かな.\n", 1000)
	for _, s := range []struct {
		name string
		scan scan
	}{{"llama3", scanLlama3}, {"gpt2", scanGPT2}} {
		b.Run(s.name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				for at := 0; at < len(text); {
					at += s.scan(text[at:])
				}
			}
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	e := encoders()["tokenizer.json"]
	ids, err := e.Encode(nil, strings.Repeat("The quick brown fox doesn't jump over 1234 lazy dogs.\n", 1000), EncodeOptions{})
	require.NoError(b, err)
	b.SetBytes(int64(len(e.Decode(ids, DecodeOptions{}))))
	for b.Loop() {
		e.Decode(ids, DecodeOptions{})
	}
}
