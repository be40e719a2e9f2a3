"""Loads the folders that the Go test exports (exported/bpe, exported/spm) with the packages that own their formats and
compares what they encode with ids.json. Prints one line for each and exits with 1 when something differs.

    go test ./core/tokenizer -run Exported -update && python3 check.py
"""

import json
import os
import sys

import sentencepiece
import tokenizers
from transformers import AutoTokenizer

here = os.path.dirname(os.path.abspath(__file__))
want = json.load(open(os.path.join(here, "ids.json"), encoding="utf-8"))
bad = 0


def compare(name, kind, encode):
    global bad
    wrong = [t for t, ids in want[kind].items() if encode(t) != ids]
    bad += len(wrong)
    print(f"{name}: {len(want[kind])} texts, {len(wrong)} differ", *map(repr, wrong[:3]))


tok = tokenizers.Tokenizer.from_file(os.path.join(here, "exported", "bpe", "tokenizer.json"))
compare("tokenizers, exported tokenizer.json", "bpe", lambda t: tok.encode(t).ids)
sp = sentencepiece.SentencePieceProcessor(model_file=os.path.join(here, "exported", "spm", "tokenizer.model"))
compare("sentencepiece, exported tokenizer.model", "spm", lambda t: sp.encode(t))
auto = AutoTokenizer.from_pretrained(os.path.join(here, "exported", "bpe"))
compare("transformers, exported folder", "bpe", lambda t: auto(t)["input_ids"])
print("decoded back:", sum(auto.decode(auto(t)["input_ids"], skip_special_tokens=True, clean_up_tokenization_spaces=False) == t for t in want["bpe"] if "<|" not in t), "texts")
sys.exit(bad > 0)
