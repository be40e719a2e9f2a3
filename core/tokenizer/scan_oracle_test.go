package tokenizer

// The scanners against regexp2, which runs the patterns as they are written. Version 1 of it misses 'ſ.

import (
	"strings"
	"testing"
	"unicode"

	"github.com/dlclark/regexp2/v2"
	"github.com/stretchr/testify/require"
)

// matches cuts s by a pattern: its matches, and what stands between them.
func matches(t *testing.T, re *regexp2.Regexp, s string) (list []string) {
	t.Helper()
	at := 0
	m, err := re.FindStringMatch(s)
	for ; m != nil && err == nil; m, err = re.FindNextMatch(m) {
		start, n := m.ByteRange()
		for _, piece := range []string{s[at:start], s[start : start+n]} {
			if piece != "" {
				list = append(list, piece)
			}
		}
		at = start + n
	}
	require.NoError(t, err)
	if at < len(s) {
		list = append(list, s[at:])
	}
	return list
}

func scanned(passes []scan, s string) (list []string) {
	for len(s) > 0 {
		n := passes[0](s)
		if len(passes) > 1 {
			list = append(list, scanned(passes[1:], s[:n])...)
		} else {
			list = append(list, s[:n])
		}
		s = s[n:]
	}
	return list
}

func TestScannersAreTheirPatterns(t *testing.T) {
	var alphabet []string
	alphabet = append(alphabet, strings.Split("a z é ß İ ǅ ʰ ª Ж 漢 ſ K s S t T r R e E v V m M l L d D ' ' ' ’ 0 1 9 ٣ Ⅷ ½ ² ! . , - _ $ + < = > ^ ~ | ` { } « … 、 € 😀 \u200d \u0301 \u20dd \x00 \x7f \ufeff \ufffd \U0010ffff", " ")...)
	alphabet = append(alphabet, " ", " ", " ", "\t", "\n", "\n", "\r", "\r\n", "\v", "\f", "\u0085", "\u00a0", "\u1680", "\u2003", "\u2028", "\u3000", "'s", "'LL", "don't", "word", "2026")
	for _, p := range []struct {
		name     string
		patterns []string
		passes   []scan
	}{
		{"llama-bpe", []string{llama3Pattern}, []scan{scanLlama3}},
		{"gpt-2", []string{gpt2Pattern}, []scan{scanGPT2}},
		{"falcon_e", []string{`[\p{P}$+<=>^~|` + "`" + `]+`, strings.TrimSuffix(gpt2Pattern, `|\s+`), `[0-9]`}, falconPasses},
	} {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			var res []*regexp2.Regexp
			for _, pattern := range p.patterns {
				res = append(res, regexp2.MustCompile(pattern))
			}
			r, n := splitmix(7), 100_000
			if testing.Short() {
				n = 10_000
			}
			for range n {
				var b strings.Builder
				for range 1 + r.below(16) {
					if c := rune(r.below(0x30000)); r.below(8) == 0 && unicode.IsGraphic(c) { // Go knows it, so regexp2 does
						b.WriteRune(c)
					} else {
						b.WriteString(alphabet[r.below(len(alphabet))])
					}
				}
				want := []string{b.String()}
				for _, re := range res {
					var next []string
					for _, s := range want {
						next = append(next, matches(t, re, s)...)
					}
					want = next
				}
				require.Equal(t, want, scanned(p.passes, b.String()), "%q", b.String())
			}
		})
	}
}
