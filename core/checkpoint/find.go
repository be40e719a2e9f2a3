// What a folder holds: the one checkpoint in it, or the reason why there is none and what to do.

package checkpoint

import (
	"io/fs"
	"sort"
	"strconv"
	"strings"

	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/safetensors"
)

const (
	indexName  = "model.safetensors.index.json"
	singleName = "model.safetensors"
)

// find returns the files that make up the checkpoint in the folder fsys. It refuses to guess between several.
func find(fsys fs.FS) ([]string, error) {
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, err
	}
	names := make(map[string]bool, len(entries))
	for _, e := range entries {
		names[e.Name()] = true
	}
	if names[indexName] {
		return fromIndex(fsys, names)
	}
	if names[singleName] {
		return []string{singleName}, nil
	}
	if err := foreign(entries); err != nil {
		return nil, err
	}
	ggufs, shards := endingIn(entries, ".gguf"), endingIn(entries, ".safetensors")
	switch {
	case len(shards) == 1 && len(ggufs) == 0:
		return shards, nil
	case len(shards) > 1 && len(ggufs) == 0 && completeShards(shards):
		return shards, nil
	case len(ggufs) == 1 && len(shards) == 0:
		return ggufs, nil
	case len(ggufs)+len(shards) == 0:
		return nil, nothing(entries)
	}
	return nil, fault.New("checkpoint", fault.Usage, "the folder holds several models: ", list(append(ggufs, shards...))).
		Try("name the file you mean")
}

// fromIndex returns the shards that the index names, in order; each is a plain file name that must be there.
func fromIndex(fsys fs.FS, names map[string]bool) ([]string, error) {
	data, err := readSide(fsys, indexName)
	if err != nil {
		return nil, err
	}
	x, err := safetensors.ReadIndex(data)
	if err != nil {
		return nil, fault.InFile(err, indexName)
	}
	seen := map[string]bool{}
	var shards []string
	for _, w := range x.Weights {
		if seen[w.Shard] {
			continue
		}
		seen[w.Shard] = true
		if !names[w.Shard] {
			return nil, (&fault.Error{Class: fault.NotFound, Pkg: "checkpoint", File: w.Shard, Offset: -1,
				Msg: "the index names this shard, and it is not in the folder"}).Try("download the missing shard; " + indexName + " lists them all")
		}
		shards = append(shards, w.Shard)
	}
	sort.Slice(shards, func(i, j int) bool { return shards[i] < shards[j] })
	return shards, nil
}

// foreign recognises what trainers and older tools leave behind and says how to make a checkpoint of it.
func foreign(entries []fs.DirEntry) error {
	for _, e := range entries {
		name := e.Name()
		msg, next := "", ""
		switch {
		case name == "adapter_config.json" || strings.HasPrefix(name, "adapter_model."):
			msg = "a LoRA adapter, not a model: its low-rank floats cannot be merged into ternary codes by themselves"
			next = "merge it into its base model first (peft: merge_and_unload, then save_pretrained), then convert that folder"
		case strings.HasPrefix(name, "pytorch_model_fsdp") || strings.HasSuffix(name, ".distcp"):
			msg = "FSDP shards of a training run, not a checkpoint"
			next = "join them first: accelerate merge-weights SHARDS OUT"
		case name == "zero_to_fp32.py":
			msg = "DeepSpeed ZeRO shards of a training run, not a checkpoint"
			next = "join them first: python zero_to_fp32.py . OUT --safe_serialization"
		case strings.HasPrefix(name, "pytorch_model") && strings.HasSuffix(name, ".bin"), strings.HasSuffix(name, ".pth") && name != "rng_state.pth" && name != "scheduler.pth", name == "consolidated.00.pth":
			msg = "a pickle: reading one runs code that is in it, so it is not read here"
			next = "save it as safetensors: AutoModelForCausalLM.from_pretrained(DIR).save_pretrained(OUT, safe_serialization=True)"
		default:
			continue
		}
		return (&fault.Error{Class: fault.TensorType, Pkg: "checkpoint", File: name, Offset: -1, Msg: msg}).Try(next)
	}
	return nil
}

// nothing says that there is no checkpoint here, and where one might be.
func nothing(entries []fs.DirEntry) error {
	e := fault.New("checkpoint", fault.NotFound, "no checkpoint in this folder: looked for ", indexName, ", ", singleName, ", *.safetensors and *.gguf")
	last, step := "", -1
	for _, d := range entries {
		if n, ok := strings.CutPrefix(d.Name(), "checkpoint-"); ok && d.IsDir() {
			if i, err := strconv.Atoi(n); err == nil && i > step {
				last, step = d.Name(), i
			}
		}
	}
	if last != "" {
		return e.Try("a trainer's output: name one of its checkpoints, the newest is ", last)
	}
	return e.Try("name the model's folder or file")
}

func endingIn(entries []fs.DirEntry, suffix string) []string {
	var names []string
	for _, e := range entries {
		if !e.IsDir() && strings.HasSuffix(e.Name(), suffix) {
			names = append(names, e.Name())
		}
	}
	sort.Slice(names, func(i, j int) bool { return names[i] < names[j] })
	return names
}

// completeShards reports whether names are exactly PREFIX-00001-of-N … PREFIX-N-of-N.
func completeShards(names []string) bool {
	for i, name := range names {
		base, of, ok := cutLast(strings.TrimSuffix(name, ".safetensors"), "-of-")
		if !ok {
			return false
		}
		prefix, nr, ok := cutLast(base, "-")
		first, _, _ := cutLast(strings.TrimSuffix(names[0], ".safetensors"), "-of-")
		firstPrefix, _, _ := cutLast(first, "-")
		n, err1 := strconv.Atoi(of)
		k, err2 := strconv.Atoi(nr)
		if !ok || err1 != nil || err2 != nil || prefix != firstPrefix || n != len(names) || k != i+1 {
			return false
		}
	}
	return true
}

func cutLast(s, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

// list joins names for a message, the first eight of them.
func list(names []string) string {
	const most = 8
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:most], ", ") + " and " + strconv.Itoa(len(names)-most) + " more"
}
