package fault

import "strings"

// foreign are the beginnings of what people have in the hand instead of a model.
var foreign = [...]struct{ prefix, what, next string }{
	{"version https://git-lfs.github.com/spec/", "a Git LFS pointer: the name of a model, not the model", "git lfs pull in the folder it came from, or download the file by itself"},
	{"<!doctype html", "an HTML page", "download the file itself: on Hugging Face its address says /resolve/, not /blob/"},
	{"<html", "an HTML page", "download the file itself: on Hugging Face its address says /resolve/, not /blob/"},
	{"tjgg", "a ggjt file of 2023, older than GGUF", "get the model as GGUF, or convert its original checkpoint"},
	{"ggjt", "a ggjt file of 2023, older than GGUF", "get the model as GGUF, or convert its original checkpoint"},
	{"fmgg", "a ggmf file of 2023, older than GGUF", "get the model as GGUF, or convert its original checkpoint"},
	{"lmgg", "a ggml file of 2023, older than GGUF", "get the model as GGUF, or convert its original checkpoint"},
	{"algg", "a ggla adapter of 2023, not a model", "get the model as GGUF, or convert its original checkpoint"},
	{"FUGG", "a GGUF whose magic is byte-swapped", "write it again on a little-endian machine"},
	{"PK\x03\x04", "a zip archive, perhaps a PyTorch checkpoint", "unpack it, or save the model as safetensors"},
	{"\x1f\x8b", "a gzip archive", "unpack it first"},
	{"\x28\xb5\x2f\xfd", "a zstd archive", "unpack it first"},
	{"{", "JSON, not a model", "name the folder or the file with the weights"},
	{"\x00\x00\x00\x00\x00\x00\x00\x00", "zeros, perhaps a download that was only preallocated", "download it again"},
}

// Foreign recognises, by the first bytes of a file, what is not a model but often stands where one should be, and
// returns what it is and one next step, or two empty strings.
func Foreign(head []byte) (what, next string) {
	s := strings.TrimLeft(string(head[:min(len(head), 64)]), " \t\r\n")
	for _, f := range foreign {
		if len(s) >= len(f.prefix) && strings.EqualFold(s[:len(f.prefix)], f.prefix) {
			return f.what, f.next
		}
	}
	return "", ""
}
