package tokenizer

// Against tokenizers and sentencepiece on tens of thousands of strings (testdata/tokenizer/encode.py).

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"hash/crc32"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// recorded is what a package encoded the strings to.
type recorded struct {
	Strings, IDs int
	SHA256       string
	CRC32        []uint32
	Sample       map[string][]Token
}

type oracleFile struct {
	Fragments []string
	Blocks    [][2]uint64
	Found     map[string]struct {
		Text, Special *recorded
		StringsSHA256 string `json:"strings_sha256"`
		DecodedSHA256 string `json:"decoded_sha256"`
	}
}

// splitmix is encode.py's Rand.
type splitmix uint64

func (r *splitmix) below(n int) int {
	*r += 0x9E3779B97F4A7C15
	z := uint64(*r)
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return int((z ^ z>>31) % uint64(n))
}

// strings makes encode.py's strings.
func (o *oracleFile) strings(words []string) (list []string) {
	sweep := func(from, to rune) {
		for first := from; first < to; first += 32 {
			if first >= 0xD800 && first < 0xE000 {
				continue
			}
			var b strings.Builder
			for r := first; r < first+32; r++ {
				c := string(r)
				b.WriteString("x" + c + "1" + c + " " + c + c + "\n'" + c + "'l" + c + "\t" + c + "e")
			}
			list = append(list, b.String())
		}
	}
	sweep(0, 0x33480)
	sweep(0xE0000, 0xE0200)
	r := splitmix(1)
	made := func(n, most int, one func() string) {
		for range n {
			var b strings.Builder
			for range 1 + r.below(most) {
				b.WriteString(one())
			}
			list = append(list, b.String())
		}
	}
	made(16000, 12, func() string { return o.Fragments[r.below(len(o.Fragments))] })
	made(4000, 40, func() string {
		block := o.Blocks[r.below(len(o.Blocks))]
		return string(rune(block[0]) + rune(r.below(int(block[1]-block[0]))))
	})
	made(8000, 20, func() string { return words[r.below(len(words))] })
	return list
}

func hashOf(list []string) string {
	h := sha256.New()
	for _, s := range list {
		h.Write(append([]byte(s), 0xff))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// words are the texts of tokens that stand for text, whole characters each.
func words(e *Encoder) (list []string) {
	for i, kind := range e.v.Types {
		s := e.shown.of(Token(i))
		if (kind == Normal || kind == User && e.v.Model == SPM) && utf8.ValidString(s) {
			list = append(list, s)
		}
	}
	return list
}

// source makes the encoder that one row of encode.json was made with.
func (o *oracleFile) source(t *testing.T, name string) *Encoder {
	t.Helper()
	read := func(file string) []byte {
		b, err := os.ReadFile(filepath.Join(oracle, "encode", file))
		require.NoError(t, err)
		return b
	}
	bpe := func(b []byte) *Vocab {
		var size struct {
			Model struct{ Vocab map[string]int }
			Added []json.RawMessage `json:"added_tokens"`
		}
		require.NoError(t, json.Unmarshal(b, &size))
		n := len(size.Model.Vocab) + len(size.Added)
		v := &Vocab{BOS: -1, EOS: -1}
		require.NoError(t, v.readBPE(b, n))
		return v
	}
	spm := func(b []byte, size int) *Vocab {
		v := &Vocab{BOS: -1, EOS: -1, UNK: -1}
		require.NoError(t, v.readPieces(b, size))
		return v
	}
	var v *Vocab
	switch off := false; name {
	case "llama3":
		v = bpe(read("llama3.json"))
	case "gpt2":
		v = bpe(read("gpt2.json"))
	case "twice":
		b := read("llama3.json")
		b = bytes.Replace(b, []byte(`"trim_offsets":true,"use_regex":false`), []byte(`"trim_offsets":true,"use_regex":true`), 1)
		v = bpe(bytes.Replace(b, []byte(`"ignore_merges":true`), []byte(`"ignore_merges":false`), 1))
		require.Len(t, v.rules.passes, 2)
		require.False(t, v.rules.ignoreMerges)
	case "falcon":
		v = bpe(read("gpt2.json"))
		v.rules, v.Pre = nil, "falcon_e"
	case "classes":
		v = bpe(read("classes.json"))
	case "classes-falcon":
		v = bpe(read("classes.json"))
		v.rules, v.Pre = nil, "falcon3"
	case "spm":
		v = spm(read("spm.model"), 1200)
	case "plain":
		v = spm(read("plain.model"), 500)
	case "noprefix":
		v = spm(read("spm.model"), 1200)
		v.AddSpacePrefix = &off
	case "folds":
		v = spm(read("spm.model"), 1200)
		v.FoldsSpaces = true
	default:
		t.Fatal(name)
	}
	e, err := v.NewEncoder()
	require.NoError(t, err)
	return e
}

// compare encodes all texts and says which hundred differs first. The short form takes one hundred of eight.
func (want *recorded) compare(t *testing.T, texts []string, encode func(string) []Token) {
	t.Helper()
	require.Len(t, texts, want.Strings)
	for at, ids := range want.Sample {
		i, err := strconv.Atoi(at)
		require.NoError(t, err)
		require.Equal(t, append([]Token{}, ids...), append([]Token{}, encode(texts[i])...), "%q", texts[i])
	}
	all, crc, total := sha256.New(), uint32(0), 0
	for i, text := range texts {
		if testing.Short() && i/100%8 != 0 {
			continue
		}
		ids := encode(text)
		b := binary.LittleEndian.AppendUint32(nil, uint32(len(ids)))
		for _, id := range ids {
			b = binary.LittleEndian.AppendUint32(b, uint32(id))
		}
		all.Write(b)
		crc = crc32.Update(crc, crc32.IEEETable, b)
		total += len(ids)
		if i%100 == 99 || i == len(texts)-1 {
			require.Equal(t, want.CRC32[i/100], crc, "strings %d to %d", i-i%100, i)
			crc = 0
		}
	}
	if testing.Short() {
		return
	}
	require.Equal(t, want.IDs, total)
	require.Equal(t, want.SHA256, hex.EncodeToString(all.Sum(nil)))
}

func TestOracleStrings(t *testing.T) {
	var o oracleFile
	b, err := os.ReadFile(filepath.Join(oracle, "encode.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, &o))
	require.Len(t, o.Found, 10)
	for name, want := range o.Found {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := o.source(t, name)
			texts := o.strings(words(e))
			require.Equal(t, want.StringsSHA256, hashOf(texts), "the strings themselves")
			var ids []Token
			with := func(opts EncodeOptions) func(string) []Token {
				return func(text string) []Token {
					var err error
					ids, err = e.Encode(ids[:0], text, opts)
					require.NoError(t, err)
					return ids
				}
			}
			opts := EncodeOptions{NoBOS: e.v.Model == SPM}
			want.Text.compare(t, texts, with(opts))
			if want.Special != nil {
				want.Special.compare(t, texts, with(EncodeOptions{Special: true}))
			}
			require.Equal(t, want.DecodedSHA256, hashOf(o.decoded(e, texts)), "decoded")
		})
	}
}

// decoded is what encode.py decodes: of a byte-level BPE any ids, of a SentencePiece model the texts' own.
func (o *oracleFile) decoded(e *Encoder, texts []string) (list []string) {
	if e.v.Model == SPM {
		for _, text := range texts {
			ids, _ := e.Encode(nil, text, EncodeOptions{NoBOS: true})
			list = append(list, e.Decode(ids, DecodeOptions{}))
		}
		return list
	}
	r := splitmix(2)
	for range 20000 {
		var ids []Token
		for range 1 + r.below(12) {
			id := r.below(len(e.v.Tokens))
			if e.v.Types[id] == Normal || strings.Trim(e.v.Tokens[id], "日本") != "" { // tokenizers breaks those that are not ASCII
				ids = append(ids, Token(id))
			}
		}
		list = append(list, e.Decode(ids, DecodeOptions{Special: true}))
	}
	return list
}
