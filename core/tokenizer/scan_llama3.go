package tokenizer

// Llama-3's pattern.

import "strings"

// scanLlama3 is llama3Pattern: a contraction; a word with one other character before it; up to three digits; other
// characters with a space before and line breaks after them; white space up to its last line break; white space.
func scanLlama3(s string) int {
	if n := contraction(s); n > 0 {
		return n
	}
	c, n := classOf(s)
	switch c {
	case letter:
		return n + run(s[n:], letter)
	case number:
		for range 2 {
			c, more := classOf(s[n:])
			if c != number {
				break
			}
			n += more
		}
		return n
	}
	if s[0] != '\r' && s[0] != '\n' {
		if word := run(s[n:], letter); word > 0 {
			return n + word
		}
	}
	start := 0
	if s[0] == ' ' {
		start = 1
	}
	if rest := run(s[start:], other); rest > 0 {
		end := start + rest
		for end < len(s) && (s[end] == '\r' || s[end] == '\n') {
			end++
		}
		return end
	}
	blank := run(s, space)
	if i := strings.LastIndexAny(s[:blank], "\r\n"); i >= 0 {
		return i + 1
	}
	return spaces(s, blank)
}

// contraction is (?i:'s|'t|'re|'ve|'m|'ll|'d). The long s folds to s as well.
func contraction(s string) int {
	if len(s) < 2 || s[0] != '\'' {
		return 0
	}
	switch lower(s[1]) {
	case 's', 't', 'm', 'd':
		return 2
	case 'r', 'v':
		if len(s) > 2 && lower(s[2]) == 'e' {
			return 3
		}
	case 'l':
		if len(s) > 2 && lower(s[2]) == 'l' {
			return 3
		}
	case "ſ"[0]:
		if strings.HasPrefix(s[1:], "ſ") {
			return 1 + len("ſ")
		}
	}
	return 0
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
