package tokenizer

// GPT-2's pattern.

// scanGPT2 is gpt2Pattern: a contraction in lower case; letters, numbers or other characters with a space before them;
// white space.
func scanGPT2(s string) int {
	if n := contraction(s); n > 0 && s[1] >= 'a' && s[n-1] >= 'a' && s[1] < 0x80 {
		return n
	}
	start := 0
	if s[0] == ' ' {
		start = 1
	}
	c, n := classOf(s[start:])
	if n > 0 && c != space {
		return start + n + run(s[start+n:], c)
	}
	return spaces(s, run(s, space))
}
