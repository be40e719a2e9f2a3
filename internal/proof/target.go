package main

// What is downloaded and what must come out: data, so that the same program can be tried on stand-ins.

import "path/filepath"

// remote is a file of the Hub.
type remote struct {
	Repo     string `json:"repo"` // owner/name
	Dataset  bool   `json:"dataset,omitempty"`
	Revision string `json:"revision"`
	Name     string `json:"name"`               // in the repository
	SHA256   string `json:"sha256,omitempty"`   // "": nobody published it; then the Hub's own word is taken
	Bytes    int64  `json:"bytes,omitempty"`    // 0: unknown
	Optional bool   `json:"optional,omitempty"` // may be missing there
}

// path is where the file lies below the folder dir.
func (r *remote) path(dir string) string {
	return filepath.Join(dir, filepath.FromSlash(r.Repo), filepath.FromSlash(r.Name))
}

// target is a model that was published in three forms, and the figures that were published about it.
type target struct {
	Model                          string
	Official, Packed, Master, Text []remote // the first of each is the one whose path stands for all: a GGUF, two folders, an archive

	Member     string // of the archive: the text
	TextSHA256 string // of that text; the reference holds for no other

	Arch  string
	Types map[string]int // tensors of the official file, by dtype

	ScaleError float64 // most relative difference of a scale between official and packed: one is f32, one bf16
	FlipShare  float64 // most codes of a tensor that the bf16 master may give otherwise

	Context            int
	Chunks             int // what llama-perplexity makes of the text
	Perplexity, StdErr float64
	Sigmas             float64 // how many combined standard errors the measured perplexity may lie off
	HeadCost           float64 // most relative change of perplexity by the int8 head
	Positions          int     // where the int4 head is held against the exact one, at least

	Prompt, Answer  string // a text to continue greedily, and what the continuation holds
	Question        string // the same through the chat template, for the eye
	Prefill, Decode int    // tokens of the benchmark
}

// bitnet2B4T is microsoft/bitnet-b1.58-2B-4T. Where the figures are from stands in docs/real-models.md.
var bitnet2B4T = target{
	Model: "BitNet b1.58 2B-4T",
	Official: []remote{
		{Repo: "microsoft/bitnet-b1.58-2B-4T-gguf", Revision: "a1f2f1c765812aa8af3f6eda4a313707064bba15", Name: "ggml-model-i2_s.gguf",
			SHA256: "4221b252fdd5fd25e15847adfeb5ee88886506ba50b8a34548374492884c2162", Bytes: 1_187_801_280},
	},
	Packed: folder("microsoft/bitnet-b1.58-2B-4T", "04c3b9ad9361b824064a1f25ea60a8be9599b127",
		"8143ae115ed6babe5e5ada8fb8c5b769d8f417802b2db042ad98b4f7ed73975b", 1_178_623_988),
	Master: folder("microsoft/bitnet-b1.58-2B-4T-bf16", "276681394656abdadb8e80e5b2c3db5e5d7fcaff",
		"529637ff6dab1f5890767356928693f69ffe61d3b6040a43de9306b37bfd5ae1", 4_825_679_400),
	Text: []remote{
		{Repo: "ggml-org/ci", Dataset: true, Revision: "927b3642933080f1b0e811e2f916e14c292992f9", Name: "wikitext-2-raw-v1.zip",
			SHA256: "ef7edb566e3e2b2d31b29c1fdb0c89a4cc683597484c3dc2517919c615435a11", Bytes: 4_721_645},
	},
	Member:     "wikitext-2-raw/wiki.test.raw",
	TextSHA256: "173c87a53759e0201f33e0ccf978e510c2042d7f2cb78229d9a50d79b9e7dd08",

	Arch:  "bitnet-b1.58",
	Types: map[string]int{"i2_s": 210, "f32": 121, "f16": 1},

	ScaleError: 1.0 / 256, // bf16 has 8 bits: rounding moves a scale by at most 2^-9 of the next power of two
	FlipShare:  0.02,

	Context: 512, Chunks: 564,
	Perplexity: 17.1090, StdErr: 0.1278, Sigmas: 3,
	HeadCost: 0.0025, Positions: 100_000,

	Prompt: "The capital of France is", Answer: "Paris",
	Question: "What is the capital of France?",
	Prefill:  512, Decode: 128,
}

// folder lists a checkpoint of one safetensors file with what transformers and trit read beside it.
func folder(repo, revision, sha256 string, bytes int64) []remote {
	list := []remote{{Name: "model.safetensors", SHA256: sha256, Bytes: bytes}}
	for _, name := range []string{"config.json", "tokenizer.json", "tokenizer_config.json"} {
		list = append(list, remote{Name: name})
	}
	for _, name := range []string{"generation_config.json", "special_tokens_map.json", "chat_template.jinja", "README.md"} {
		list = append(list, remote{Name: name, Optional: true})
	}
	for i := range list {
		list[i].Repo, list[i].Revision = repo, revision
	}
	return list
}
