package tokenizer

// Laws of encoding and decoding, over every pre-tokenizer.

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/fault"
	"pgregory.net/rapid"
)

// encoders are one for every pre-tokenizer that a GGUF can name, over a trained vocabulary, and one of SentencePiece.
var encoders = sync.OnceValue(func() map[string]*Encoder {
	list := map[string]*Encoder{}
	add := func(name string, v *Vocab, err error) {
		if err != nil {
			panic(err)
		}
		if list[name], err = v.NewEncoder(); err != nil {
			panic(err)
		}
	}
	data, err := os.ReadFile(filepath.Join(oracle, "encode", "llama3.json"))
	if err != nil {
		panic(err)
	}
	v := &Vocab{BOS: -1, EOS: -1}
	err = v.readBPE(data, 2015)
	add("tokenizer.json", v, err)
	for _, s := range splitters {
		w := *v
		w.rules, w.Pre = nil, s.pre
		add("gpt2/"+s.pre, &w, nil)
	}
	if data, err = os.ReadFile(filepath.Join(oracle, "encode", "spm.model")); err != nil {
		panic(err)
	}
	v = &Vocab{BOS: -1, EOS: -1, UNK: -1}
	err = v.readPieces(data, 1200)
	add("llama", v, err)
	return list
})

// check holds one text to the laws.
func (e *Encoder) check(t require.TestingT, text string, opts EncodeOptions) {
	opts.NoBOS, opts.NoEOS = true, true
	ids, err := e.Encode(nil, text, opts)
	require.NoError(t, err)
	d := e.NewDecoder(DecodeOptions{Special: true})
	var streamed, bytes strings.Builder
	for _, id := range ids {
		if !opts.Special {
			require.NotEqual(t, Control, e.v.Types[id], "a control token from plain text")
		}
		s := d.Next(id)
		require.True(t, utf8.ValidString(s), "whole characters at a time")
		streamed.WriteString(s)
		bytes.WriteString(e.shown.of(id))
	}
	streamed.WriteString(d.Flush())
	whole := e.Decode(ids, DecodeOptions{Special: true})
	require.Equal(t, whole, streamed.String(), "token by token")
	want := text
	if e.v.Model == SPM {
		if opts.Special {
			return // a blank stands before the text after each control token
		}
		want = strings.ReplaceAll(text, blank, " ") // which is how it spells a space
	} else {
		require.Equal(t, text, bytes.String(), "every byte comes back")
	}
	if utf8.ValidString(text) {
		require.Equal(t, want, whole)
	}
}

func TestEverythingComesBack(t *testing.T) {
	text := rapid.OneOf(rapid.String(), rapid.StringN(0, 200, -1), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }),
		rapid.Map(rapid.SliceOf(rapid.SampledFrom([]string{"<|eot_id|>", "<|", "the", " ", "\n", "\r\n", "'ll", "ſ", "é", "漢", "😀", "<user>", "▁", "\xff", "\xf0\x9f", "12345"})), func(s []string) string { return strings.Join(s, "") }))
	for name, e := range encoders() {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				e.check(t, text.Draw(t, "text"), EncodeOptions{Special: rapid.Bool().Draw(t, "special")})
			})
		})
	}
}

// The heap and the look at every pair merge alike.
func TestLongPiecesMergeLikeShortOnes(t *testing.T) {
	for _, name := range []string{"gpt2/gpt-2", "llama"} {
		e := encoders()[name]
		rapid.Check(t, func(t *rapid.T) {
			piece := strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "e", "t", "h", "the", "th", "in", "▁", "er", "aaaa", "...", "漢", "\x00"}), 1, 60).Draw(t, "piece"), "")
			symbols := func() (list []symbol) {
				for i := range len(piece) {
					id := e.bytes[piece[i]]
					if e.v.Model == SPM {
						id = e.ids[piece[i:i+1]]
					}
					list = append(list, symbol{int32(i), int32(i + 1), id})
				}
				return list
			}
			join := func(list []symbol) (p []pair) {
				for i := range list[1:] {
					p = append(p, e.join(piece, list[i], list[i+1]))
				}
				return append(p, pair{rank: noRank})
			}
			short, long := &merger{e: e, symbols: symbols()}, &merger{e: e, symbols: symbols()}
			short.pairs, long.pairs = join(short.symbols), join(long.symbols)
			require.Equal(t, short.short(piece), long.long(piece))
		})
	}
}

// A piece of a megabyte, of which no part can be cut off before merging.
func TestLongPiecesTakeTheirTimeInProportion(t *testing.T) {
	n := 1 << 20
	if testing.Short() {
		n = 1 << 17
	}
	for _, unit := range []string{"a", ".", " ", "\n", "the", "é", "\xff", "<|eot_id|"} {
		for _, name := range []string{"tokenizer.json", "gpt2/gpt-2", "gpt2/falcon_e", "llama"} {
			e := encoders()[name]
			start := time.Now()
			_, err := e.Encode(nil, strings.Repeat(unit, n/len(unit)), EncodeOptions{Special: true})
			require.NoError(t, err)
			require.Less(t, time.Since(start), 20*time.Second, "%s of %q", name, unit)
		}
	}
}

func TestLongestOfTheTokensThatStandThere(t *testing.T) {
	part := rapid.SampledFrom([]string{"a", "b", "ab", "ba", "<", "|>"})
	word := rapid.Map(rapid.SliceOfN(part, 1, 5), func(s []string) string { return strings.Join(s, "") })
	rapid.Check(t, func(t *rapid.T) {
		tokens := rapid.SliceOfNDistinct(word, 1, 12, rapid.ID).Draw(t, "tokens")
		text := strings.Join(rapid.SliceOfN(part, 0, 20).Draw(t, "text"), "")
		e := &Encoder{v: &Vocab{Model: BPE, Tokens: tokens, Types: slices.Repeat([]int32{Control}, len(tokens))}}
		p := e.written(Control)
		at, id, n := p.find(text)
		for i := range len(text) {
			best := ""
			for _, token := range tokens {
				if strings.HasPrefix(text[i:], token) && len(token) > len(best) {
					best = token
				}
			}
			if best != "" {
				require.Equal(t, []any{i, best, len(best)}, []any{at, tokens[id], n})
				return
			}
		}
		require.Equal(t, []int{len(text), 0}, []int{at, n})
	})
}

func TestWhatIsNotKnownIsRefusedByName(t *testing.T) {
	tokens := func(change func(v *Vocab)) *Vocab {
		v := sound()
		change(v)
		return v
	}
	written := func(from, to string) *Vocab {
		v := sound()
		b := strings.Replace(string(v.appendBPE(nil, llama3Pattern)), from, to, 1)
		require.Contains(t, b, to)
		w := &Vocab{BOS: 3, EOS: 4}
		require.NoError(t, w.readBPE([]byte(b), 5))
		return w
	}
	pieces := func(spec string) *Vocab {
		v := &Vocab{Model: SPM, Tokens: []string{"<unk>", "a"}, Types: []int32{Unknown, Normal}, Scores: make([]float32, 2), UNK: -1}
		w := &Vocab{BOS: -1, EOS: -1, UNK: -1}
		require.NoError(t, w.readPieces(append(v.appendPieces(nil), spec...), 2))
		return w
	}
	for want, v := range map[string]*Vocab{
		`the pre-tokenizer "qwen2" is not known`:    tokens(func(v *Vocab) { v.Pre = "qwen2" }),
		`a vocabulary of model "bert"`:              tokens(func(v *Vocab) { v.Model = "bert" }),
		`merge 0 is "a c", and "c" is no token`:     tokens(func(v *Vocab) { v.Merges[0] = "a c" }),
		`merge 0 is "ab": not two parts`:            tokens(func(v *Vocab) { v.Merges[0] = "ab" }),
		"none is named":                             tokens(func(v *Vocab) { on := true; v.AddBOS, v.BOS = &on, -1 }),
		`a normalizer of type "NFC"`:                written(`"normalizer":null`, `"normalizer":{"type":"NFC"}`),
		`a normalizer of type "Lowercase"`:          written(`"normalizer":null`, `"normalizer":{"type":"Sequence","normalizers":[{"type":"Lowercase"}]}`),
		`an added token with lstrip`:                written(`"lstrip":false`, `"lstrip":true`),
		`behavior is "MergedWithNext"`:              written(`"Isolated"`, `"MergedWithNext"`),
		`(add_prefix_space)`:                        written(`"ByteLevel","add_prefix_space":false`, `"ByteLevel","add_prefix_space":true`),
		`a pre-tokenizer of type "Digits"`:          written(`{"type":"ByteLevel","add_prefix_space":false`, `{"type":"Digits"},{"type":"ByteLevel","add_prefix_space":false`),
		`a pre-tokenizer that is not byte-level`:    written(`,{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":false}`, ``),
		`a post-processor of type "BertProcessing"`: written(`"post_processor":{"type":"ByteLevel"`, `"post_processor":{"type":"BertProcessing"`),
		"a model with dropout":                      written(`"dropout":null`, `"dropout":0.1`),
		`a model with end_of_word_suffix "</w>"`:    written(`"end_of_word_suffix":null`, `"end_of_word_suffix":"</w>"`),
		"a unigram SentencePiece model":             pieces("\x12\x02\x18\x01"),
		`normalizes texts by "nmt_nfkc"`:            pieces("\x1a\x0d\x0a\x08nmt_nfkc\x12\x01x"),
		"(treat_whitespace_as_suffix)":              pieces("\x12\x03\xc0\x01\x01"),
		"(escape_whitespaces)":                      pieces("\x1a\x02\x28\x00"),
		`byte token 1 is "<0x4>", not like <0x41>`:  tokens(func(v *Vocab) { v.Model, v.Tokens[1], v.Types[1] = SPM, "<0x4>", Byte }),
	} {
		_, err := v.NewEncoder()
		require.ErrorContains(t, err, want)
		require.ErrorIs(t, err, fault.ErrFormat)
	}
}

// What stands around a text: flags, else the template of tokenizer.json, else what the kind of vocabulary means.
func TestAroundATextStandsWhatTheModelSays(t *testing.T) {
	on, off := true, false
	gguf := func(change func(v *Vocab)) *Vocab {
		v := sound()
		change(v)
		return v
	}
	template := func(change func(v *Vocab)) *Vocab {
		v := &Vocab{BOS: 3, EOS: 4}
		w := sound()
		w.AddBOS = &on
		require.NoError(t, v.readBPE(w.appendBPE(nil, llama3Pattern), 5))
		change(v)
		return v
	}
	for i, x := range []struct {
		v    *Vocab
		want []Token
	}{
		{gguf(func(*Vocab) {}), []Token{3, 0}},
		{gguf(func(v *Vocab) { v.AddBOS = &off }), []Token{0}},
		{gguf(func(v *Vocab) { v.AddEOS = &on }), []Token{3, 0, 4}},
		{gguf(func(v *Vocab) { v.BOS = -1 }), []Token{0}},
		{gguf(func(v *Vocab) { v.Pre = "gpt-2" }), []Token{0}},
		{gguf(func(v *Vocab) { v.Pre, v.AddBOS = "falcon_e", &on }), []Token{3, 0}},
		{template(func(*Vocab) {}), []Token{3, 0}},
		{template(func(v *Vocab) { v.AddBOS = &off }), []Token{0}},
		{template(func(v *Vocab) { v.AddEOS = &on }), []Token{0, 4}}, // as transformers has it: a flag makes a new template
	} {
		e, err := x.v.NewEncoder()
		require.NoError(t, err)
		ids, err := e.Encode(nil, "a", EncodeOptions{})
		require.NoError(t, err)
		require.Equal(t, x.want, ids, "%d", i)
		ids, err = e.Encode(nil, "a", EncodeOptions{NoBOS: true, NoEOS: true})
		require.NoError(t, err)
		require.Equal(t, []Token{0}, ids)
		_, err = e.Encode(nil, "c", EncodeOptions{})
		require.ErrorContains(t, err, "no token for the byte 0x63")
		require.Equal(t, "a", e.Decode([]Token{3, 0, 99, -1, 4}, DecodeOptions{}))
		require.Equal(t, "<s>a", e.Decode([]Token{3, 0}, DecodeOptions{Special: true}))
	}
}

func TestCharactersAreHeldBackUntilTheyAreWhole(t *testing.T) {
	e := encoders()["gpt2/llama-bpe"]
	id := func(b byte) Token { return e.bytes[b] }
	d := e.NewDecoder(DecodeOptions{})
	for _, x := range []struct {
		b    byte
		want string
	}{{0xf0, ""}, {0x9f, ""}, {0x98, ""}, {0x80, "😀"}, {0xe6, ""}, {'a', "\ufffda"}, {0x80, "\ufffd"}, {0xe0, ""}, {0x80, "\ufffd\ufffd"}, {0xf0, ""}, {0x9f, ""}} {
		require.Equal(t, x.want, d.Next(id(x.b)), "%x", x.b)
	}
	require.Equal(t, "\ufffd", d.Flush())
	require.Empty(t, d.Flush())
	s := encoders()["llama"]
	the := s.ids["▁the"]
	require.Equal(t, "the the", s.Decode([]Token{the, the}, DecodeOptions{}))
	require.Equal(t, " the the", s.Decode([]Token{the, the}, DecodeOptions{Continued: true}))
}

// One encoder, many goroutines.
func TestEncodersAreForEveryone(t *testing.T) {
	for _, e := range encoders() {
		want, err := e.Encode(nil, strings.Repeat("The quick brown fox don't jump ", 20), EncodeOptions{})
		require.NoError(t, err)
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for range 20 {
					got, err := e.Encode(nil, strings.Repeat("The quick brown fox don't jump ", 20), EncodeOptions{})
					if err != nil || !slices.Equal(want, got) {
						t.Error("another result in another goroutine")
					}
				}
			})
		}
		wg.Wait()
	}
}

func ExampleVocab_NewEncoder() {
	v := &Vocab{Model: BPE, Pre: "gpt-2", Tokens: []string{"h", "i", "hi", "Ġ", "<|end|>"}, Types: []int32{Normal, Normal, Normal, Normal, Control}, Merges: []string{"h i"}, BOS: -1, EOS: 4}
	e, err := v.NewEncoder()
	if err != nil {
		fmt.Println(err)
		return
	}
	ids, _ := e.Encode(nil, "hi hi<|end|>", EncodeOptions{Special: true})
	fmt.Println(ids, e.Decode(ids, DecodeOptions{}))
	// Output: [2 3 2 4] hi hi
}
