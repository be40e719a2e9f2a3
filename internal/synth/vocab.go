package synth

// Vocabularies: a byte-level BPE of Llama-3's form, of a few tokens or of the real number.

import (
	"strconv"

	"github.com/tritkit/tritkit/core/json"
)

// Llama3Vocab and Llama3Merges are the sizes of Llama-3's vocabulary, which BitNet 2B-4T uses.
const (
	Llama3Vocab  = 128256
	Llama3Merges = 280147
)

const splitPattern = `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`

// special is the id of the first special token: <|begin_of_text|>, then <|end_of_text|>.
func special(vocab int) int {
	if vocab >= Llama3Vocab {
		return vocab - 256
	}
	return 256
}

// tokenizer returns a tokenizer.json: 256 bytes, from Llama-3's size on also words of letters with their merges, and
// the special tokens.
func tokenizer(vocab int) []byte {
	first := special(vocab)
	b := []byte(`{"added_tokens":[`)
	add := func(id int, text string) {
		if id > first {
			b = append(b, ',')
		}
		b = json.AppendString(append(strconv.AppendInt(append(b, `{"id":`...), int64(id), 10), `,"content":`...), text)
		b = append(b, `,"special":true}`...)
	}
	add(first, "<|begin_of_text|>")
	add(first+1, "<|end_of_text|>")
	if vocab < Llama3Vocab {
		add(first+2, "<|eot_id|>")
	} else {
		for i := 2; i < 256; i++ {
			name := "<|reserved_special_token_" + strconv.Itoa(i) + "|>"
			if i == 9 {
				name = "<|eot_id|>"
			}
			add(first+i, name)
		}
	}
	b = json.AppendString(append(b, `],"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":`...), splitPattern)
	b = append(b, `},"behavior":"Isolated","invert":false},{"type":"ByteLevel","add_prefix_space":false}]},"model":{"type":"BPE","vocab":{`...)
	for i := range 256 {
		b = strconv.AppendInt(json.AppendKey(b, string(byteRune(i))), int64(i), 10)
	}
	merges := [][2]string{{"a", "b"}}
	if vocab < Llama3Vocab {
		b = strconv.AppendInt(json.AppendKey(b, "ab"), int64(first+3), 10)
	} else {
		words := words(first - 256)
		for i, w := range words {
			b = strconv.AppendInt(json.AppendKey(b, w), int64(256+i), 10)
		}
		merges = splits(words, Llama3Merges)
	}
	b = append(b, `},"merges":[`...)
	for i, m := range merges {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '[')
		b = json.AppendString(b, m[0])
		b = append(b, ',')
		b = append(json.AppendString(b, m[1]), ']')
	}
	return append(b, `]}}`...)
}

// words returns the first n words of two and more letters, the short ones first.
func words(n int) []string {
	list := make([]string, 0, n)
	before := []string{""}
	for length := 1; len(list) < n; length++ {
		var now []string
		for _, w := range before {
			for c := 'a'; c <= 'z' && len(list) < n; c++ {
				now = append(now, w+string(c))
				if length > 1 {
					list = append(list, w+string(c))
				}
			}
		}
		before = now
	}
	return list
}

// splits returns n ways to divide words in two, all parts of which are tokens.
func splits(words []string, n int) [][2]string {
	list := make([][2]string, 0, n)
	for _, w := range words {
		for i := 1; i < len(w) && len(list) < n; i++ {
			list = append(list, [2]string{w[:i], w[i:]})
		}
	}
	return list
}

// byteRune is the printable rune that stands for a byte in byte-level vocabularies.
func byteRune(b int) rune {
	if b >= '!' && b <= '~' || b >= 0xa1 && b <= 0xac || b >= 0xae {
		return rune(b)
	}
	n := 0
	for i := range b {
		if !(i >= '!' && i <= '~' || i >= 0xa1 && i <= 0xac || i >= 0xae) {
			n++
		}
	}
	return rune(256 + n)
}
