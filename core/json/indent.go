package json

// AppendIndented appends doc, which a decoder has read to its end, with one member or element a line and two spaces a
// level; numbers and strings stay as they are written.
func AppendIndented(b, doc []byte) []byte {
	depth, quoted := 0, false
	fresh := false // just behind an opening bracket
	for i := 0; i < len(doc); i++ {
		c := doc[i]
		if quoted {
			b = append(b, c)
			if c == '\\' {
				i++
				b = append(b, doc[i])
			}
			quoted = c != '"'
			continue
		}
		if c == ' ' || c == '\n' || c == '\r' || c == '\t' {
			continue
		}
		closing := c == '}' || c == ']'
		if closing {
			depth--
		}
		if fresh != closing { // before the first of a bracket's contents, and behind the last
			b = appendLine(b, depth)
		}
		b = append(b, c)
		fresh, quoted = c == '{' || c == '[', c == '"'
		switch {
		case fresh:
			depth++
		case c == ',':
			b = appendLine(b, depth)
		case c == ':':
			b = append(b, ' ')
		}
	}
	return b
}

func appendLine(b []byte, depth int) []byte {
	b = append(b, '\n')
	for range depth {
		b = append(b, "  "...)
	}
	return b
}
