package generate

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/tokenizer"
)

func TestStopStrings(t *testing.T) {
	for _, c := range []struct {
		stop    []string
		text    string
		want    string
		stopped bool
	}{
		{nil, "abc", "abc", false},
		{[]string{"END"}, "one END two", "one ", true},
		{[]string{"END"}, "one EN", "one EN", false},
		{[]string{"END", "one"}, "an one END", "an ", true},
		{[]string{"aab"}, "aaab", "a", true},
		{[]string{"", "x"}, "yy", "yy", false},
		{[]string{"\n\n"}, "a\nb\n\nc", "a\nb", true},
	} {
		for piece := 1; piece <= len(c.text); piece++ { // the text may come in any pieces
			var shown strings.Builder
			w := writer{d: new(tokenizer.Encoder).NewDecoder(tokenizer.DecodeOptions{}), stop: c.stop, emit: func(s string) { shown.WriteString(s) }}
			stopped := false
			for at := 0; at < len(c.text) && !stopped; at += piece {
				stopped = w.write(c.text[at:min(at+piece, len(c.text))])
			}
			if !stopped {
				w.end()
			}
			require.Equal(t, c.stopped, stopped)
			require.Equal(t, c.want, shown.String(), "%q in pieces of %d", c.text, piece)
			require.Equal(t, c.want, w.all.String())
		}
	}
}
