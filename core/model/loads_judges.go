package model

// Each runtime's rules, with the sources they were read in. A verdict of "unknown" says what was not found.

import "github.com/tritkit/tritkit/core/dtype"

const (
	ggufOnly   = "it reads GGUF only"
	floatsLoad = "it reads floats; without the int8 rounding of activations that the model was trained with, logits differ slightly"
)

// bitnet.cpp: microsoft/BitNet 01eb415 (March 2026) and its llama.cpp fork, Eddie-Wang1120/llama.cpp 1f86f05
// src/llama.cpp:15239, 15389, 20114; src/ggml-bitnet-mad.cpp:51-97 (rows in fours). Its tree of July 2026 runs b1.58 with
// SiLU: perplexity 99.8 for 17.1 (microsoft/BitNet issues 588 and 602).
func judgeBitnetCpp(s *Subject) (verdict, why, next string) {
	c := s.Config
	switch {
	case s.Container != "gguf":
		return Refuses, ggufOnly, "trit convert --type i2_s"
	case !s.all(dtype.I2_S):
		return Refuses, "its ternary kernels read i2_s", "trit convert --type i2_s"
	case c.Arch == BitNet25:
		return Unsure, "whether this tree still knows the name bitnet-25 was not found", ""
	case s.Untied && c.Arch != Llama:
		return LoadsWrong, "it ignores output.weight and uses the embedding as head", ""
	case c.Embd%4 != 0 || c.FFN%4 != 0 || c.KVHeads*c.HeadDim%4 != 0:
		return LoadsWrong, "it misreads i2_s tensors whose rows are not a multiple of 4", ""
	case c.Activation != c.Arch.Activation:
		return LoadsWrong, "it computes " + string(c.Arch.Activation) + " under this architecture's name", ""
	case c.Arch == BitNetB158:
		return Loadable, "its own format and graph; the tree of July 2026 computes SiLU instead (BitNet issue 602)", "use the March 2026 tree, 01eb415"
	}
	return Loadable, "its own format and graph", ""
}

// llama.cpp: types from ggml-org/ggml d99724f include/ggml.h:425-432; the graph of `bitnet` has SiLU, no output.weight
// and no rope_freqs, and other names are unknown (ggml-org/llama.cpp src/models/bitnet.cpp; the pull requests 25885 and
// 26751 for relu² were closed). Row multiples of 256: the blocks of tq1_0 and tq2_0.
func judgeLlamaCpp(s *Subject) (verdict, why, next string) {
	c := s.Config
	switch {
	case s.Container != "gguf":
		return Refuses, ggufOnly, "trit convert"
	case s.relu2():
		return Refuses, "it does not know the architecture " + c.Arch.Name + ", in any type: its bitnet graph has SiLU, this model relu²", "use bitnet.cpp or bitnet.c; renaming it to bitnet would load and compute nonsense"
	case s.all(dtype.I2_S):
		return Refuses, "it has no i2_s; number 36 is a removed type there", "trit convert --type tq2_0"
	case !s.floats() && !s.all(dtype.TQ1_0, dtype.TQ2_0, dtype.Q2_0):
		return Refuses, "it does not read these ternary types", "trit convert --type tq2_0"
	case s.Untied && c.Arch == BitNet:
		return Refuses, "its bitnet graph has no output.weight: the file has a tensor too many", ""
	case s.floats():
		return Loadable, floatsLoad, ""
	}
	return Loadable, "it reads the type and the graph; activations are rounded per block of 256 instead of per row, so logits differ slightly", ""
}

// ik_llama.cpp: architectures from ikawrakow/ik_llama.cpp src/llama-arch.cpp at 0a9ff12, graphs from
// src/graphs/build_bitnet.cpp at 3a89367 (bitnet: SiLU; bitnet-25 and bitnet-b1.58: relu²); i2_s has no dot product
// there and is read to be requantised (issue 365, pull request 337).
func judgeIK(s *Subject) (verdict, why, next string) {
	const requantize = "in its own tree: llama-quantize --allow-requantize IN.gguf OUT.gguf iq2_bn"
	switch {
	case s.Container != "gguf":
		return Refuses, ggufOnly, "trit convert --type i2_s"
	case s.Config.Arch == Llama && s.all(dtype.I2_S):
		return Refuses, "it cannot multiply by i2_s", "trit convert --type f16"
	case s.all(dtype.I2_S):
		return Refuses, "it knows the architecture, but cannot multiply by i2_s: it must be requantised to iq2_bn first", requantize
	case s.floats():
		return Loadable, floatsLoad, requantize
	}
	return Unsure, "whether it reads " + s.Types[0].String() + " was not found; its own ternary types are iq1_bn and iq2_bn", "trit convert --type i2_s, then " + requantize
}

// bitnet.c: artalis-io/bitnet.c ab9e8e8: include/gguf.h:54-56 (types), src/model_arch.c:812-856 (every name that starts
// with "bitnet" has relu², everything else SiLU), src/model.c:451-471 (output.weight is used when there).
func judgeBitnetC(s *Subject) (verdict, why, next string) {
	c := s.Config
	switch {
	case s.Container != "gguf":
		return Refuses, ggufOnly, "trit convert --type i2_s"
	case !s.all(dtype.I2_S, dtype.TQ1_0, dtype.TQ2_0, dtype.F16, dtype.F32):
		return Refuses, "it does not read " + s.Types[0].String(), "trit convert --type i2_s"
	case c.Arch == BitNet:
		return LoadsWrong, "it computes relu² for every architecture whose name starts with bitnet, and this one has SiLU", ""
	case c.Arch == Llama:
		return Unsure, "it reads the types; which pairs its RoPE turns under the name llama was not found", ""
	}
	return Loadable, "it reads the type and computes relu² for this architecture", ""
}

// Ollama: ollama/ollama fs/ggml/type.go at 1f9b1de lists tq1_0 and tq2_0 as not supported, fs/ggml/q2_0_test.go at 36d36bb
// reads q2_0; graphs are the bundled llama.cpp's (issues 10334, 10481, 18521 of version 0.34.2).
func judgeOllama(s *Subject) (verdict, why, next string) {
	verdict, why, next = judgeLlamaCpp(s)
	if why == ggufOnly {
		return verdict, why, next
	}
	if verdict != Loadable {
		return verdict, "through the llama.cpp it bundles: " + why, next
	}
	if s.all(dtype.TQ1_0, dtype.TQ2_0) {
		return Refuses, "its own reader lists tq1_0 and tq2_0 as not supported", "trit convert --type q2_0"
	}
	return verdict, why, next
}

// LM Studio and llamafile run the llama.cpp they bundle, which lags behind: both refuse BitNet 2B-4T
// (lmstudio-ai/lmstudio-bug-tracker issue 598, mozilla-ai/llamafile issue 753: an assertion on the type number).
func judgeBundled(s *Subject) (verdict, why, next string) {
	verdict, why, next = judgeLlamaCpp(s)
	if why == ggufOnly {
		return verdict, why, next
	}
	if verdict == Loadable {
		return Unsure, "llama.cpp reads it; whether the version bundled here does was not found", next
	}
	return verdict, "through the llama.cpp it bundles: " + why, next
}

// transformers: huggingface/transformers integrations/bitnet.py at 0b4060e.
func judgeTransformers(s *Subject) (verdict, why, next string) {
	switch {
	case s.Container != "safetensors":
		return Refuses, "its BitNet layers read safetensors folders", "trit convert --type hf-packed -o DIR"
	case s.Config.Class != nil && s.Config.Class.AltNames:
		return Refuses, "1bitLLM models bring their own modelling code", ""
	case s.Quant == nil:
		return LoadsWrong, "without a quantization_config it computes with plain floats", "trit snap"
	}
	return Loadable, "quant_method bitnet", ""
}
