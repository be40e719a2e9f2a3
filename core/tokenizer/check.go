package tokenizer

// What can be wrong with a vocabulary that reads well: the checks of trit verify.

import (
	"math"
	"strconv"
	"strings"

	"github.com/tritkit/tritkit/core/fault"
)

// Check returns what is wrong, the first fault of each kind; rows is how many rows the embedding has.
func (v *Vocab) Check(rows int) []*fault.Error {
	c := &checker{v: v}
	if len(v.Tokens) != rows {
		c.fault("tokenizer.ggml.tokens", strconv.Itoa(len(v.Tokens)), " tokens for an embedding of ", strconv.Itoa(rows), " rows")
	}
	c.ids()
	c.tokens()
	switch v.Model {
	case BPE:
		c.merges()
	case SPM:
		c.bytes()
	}
	return c.list
}

type checker struct {
	v     *Vocab
	list  []*fault.Error
	known map[string]int
}

func (c *checker) fault(key string, msg ...string) {
	c.list = append(c.list, fault.New("tokenizer", fault.Config, msg...).In(key))
}

// ids checks the ids with a meaning of their own.
func (c *checker) ids() {
	for _, x := range [...]struct {
		key string
		id  int
	}{
		{"bos_token_id", c.v.BOS}, {"eos_token_id", c.v.EOS}, {"eot_token_id", c.v.EOT}, {"eom_token_id", c.v.EOM},
		{"padding_token_id", c.v.PAD}, {"unknown_token_id", c.v.UNK},
	} {
		if x.id >= len(c.v.Tokens) {
			c.fault("tokenizer.ggml."+x.key, "token ", strconv.Itoa(x.id), " of a vocabulary of ", strconv.Itoa(len(c.v.Tokens)))
		}
	}
	if c.v.AddBOS != nil && *c.v.AddBOS && c.v.BOS < 0 {
		c.fault("tokenizer.ggml.add_bos_token", "a first token is to be added, and none is named")
	}
}

// tokens checks types and scores, and that no two tokens are alike.
func (c *checker) tokens() {
	c.known = make(map[string]int, len(c.v.Tokens))
	types, scores, twice := false, false, false
	for i, t := range c.v.Tokens {
		if k := c.v.Types[i]; (k < Normal || k > Byte) && !types {
			types = true
			c.fault("tokenizer.ggml.token_type", "token ", strconv.Itoa(i), " has the type ", strconv.Itoa(int(k)), ", which does not exist")
		}
		if s := float64(c.v.Scores[i]); (math.IsNaN(s) || math.IsInf(s, 0)) && !scores {
			scores = true
			c.fault("tokenizer.ggml.scores", "the score of token ", strconv.Itoa(i), " is not finite")
		}
		if first, ok := c.known[t]; ok && !twice {
			twice = true
			c.fault("tokenizer.ggml.tokens", "tokens ", strconv.Itoa(first), " and ", strconv.Itoa(i), " are both ", fault.Quote(t))
		} else if !ok {
			c.known[t] = i
		}
	}
}

// merges checks that the parts of every merge, and the two together, are tokens.
func (c *checker) merges() {
	for i, m := range c.v.Merges {
		a, b, ok := cutMerge(m)
		if !ok {
			c.fault("tokenizer.ggml.merges", "merge ", strconv.Itoa(i), " is ", fault.Quote(m), ": not two parts")
			return
		}
		for _, t := range [...]string{a, b, a + b} {
			if _, ok := c.known[t]; !ok {
				c.fault("tokenizer.ggml.merges", "merge ", strconv.Itoa(i), " is ", fault.Quote(m), ", and ", fault.Quote(t), " is no token")
				return
			}
		}
	}
}

// cutMerge divides "a b" at its one space; byte-level tokens hold none.
func cutMerge(m string) (a, b string, ok bool) {
	a, b, ok = strings.Cut(m, " ")
	return a, b, ok && a != "" && b != "" && !strings.Contains(b, " ")
}

// bytes checks the byte tokens of a SentencePiece vocabulary: well-formed, and all 256 or none.
func (c *checker) bytes() {
	n := 0
	for i, t := range c.v.Tokens {
		if c.v.Types[i] != Byte {
			continue
		}
		n++
		if _, ok := parseByte(t); !ok {
			c.fault("tokenizer.ggml.tokens", "byte token ", strconv.Itoa(i), " is ", fault.Quote(t), ", not like <0x41>")
			return
		}
	}
	if n != 0 && n != 256 {
		c.fault("tokenizer.ggml.tokens", strconv.Itoa(n), " byte tokens; there are 256 bytes")
	}
}
