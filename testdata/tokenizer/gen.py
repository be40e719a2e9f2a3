"""Makes the tokenizers of this folder with the packages that own their formats, and what they say of them.

bpe/        tokenizer.json of Llama-3's form, trained by `tokenizers`; merges as pairs
bpe-text/   the same with merges as "a b", as older files have them
spm/        tokenizer.model, trained by `sentencepiece`, with byte fallback, a user-defined and a control symbol
*.expected.json  tokens, types and scores as the packages report them
ids.json    what the packages encode a list of texts to

    python3 gen.py [FOLDER of texts]; without one, its own text is enough
"""

import json
import os
import random

import sentencepiece as spm
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers

here = os.path.dirname(os.path.abspath(__file__))
LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")


def corpus():
    random.seed(1)
    words = "the of and to in is that for it as was with be by on not he his but at are this have from or had an they which one you".split()
    words += "Größe naïve café être señor Привет мир 漢字 かな 한국어 😀 x+y=42 3.14159 don't we'll I'm 2026 100000".split()
    return [" ".join(random.choice(words) for _ in range(40)) for _ in range(400)]


def texts():
    random.seed(2)
    base = ["", " ", "  two", "a", "Hello, world!", "don't we'll I'M", "line\nbreak", "crlf\r\nhere", "tabs\t\tand  spaces ", "1234567890", "3.14159e-10",
            "Größe naïve café", "Привет мир", "漢字かな混じり", "한국어", "😀😀👩‍👩‍👧", "e\u0301 combining", "\u200bzero width", "<|begin_of_text|>", "a<|eot_id|>b",
            "<|not_a_token|>", "x" * 50, "\u00a0nbsp", "mixed漢字and😀emoji", "trailing   ", "\n\n\n", "  \n  x", "ﬀ ligature", "ＡＢＣ wide"]
    alphabet = [chr(c) for c in list(range(32, 127)) + list(range(0xC0, 0x180)) + list(range(0x400, 0x460)) + list(range(0x4E00, 0x4E80)) + [0x1F600, 0x1F680, 9, 10, 13]]
    return base + ["".join(random.choice(alphabet) for _ in range(random.randint(1, 40))) for _ in range(300)]


def write(name, data):
    path = os.path.join(here, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        json.dump(data, f, ensure_ascii=False)


def bpe():
    tok = Tokenizer(models.BPE(ignore_merges=True))
    tok.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(LLAMA3), "isolated", invert=False),
        pre_tokenizers.ByteLevel(add_prefix_space=False, trim_offsets=True, use_regex=False)])
    tok.decoder = decoders.ByteLevel()
    tok.train_from_iterator(corpus(), trainers.BpeTrainer(vocab_size=600, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    special = ["<|begin_of_text|>", "<|end_of_text|>", "<|eot_id|>", "<|eom_id|>"]
    tok.add_special_tokens([AddedToken(s, special=True, normalized=False) for s in special])
    tok.add_tokens([AddedToken("<user>", normalized=False)])
    bos = tok.token_to_id(special[0])
    tok.post_processor = processors.TemplateProcessing(single=special[0] + " $A", pair=f"{special[0]} $A {special[0]}:1 $B:1", special_tokens=[(special[0], bos)])
    os.makedirs(os.path.join(here, "bpe"), exist_ok=True)
    os.makedirs(os.path.join(here, "bpe-text"), exist_ok=True)
    tok.save(os.path.join(here, "bpe", "tokenizer.json"), pretty=False)
    data = json.load(open(os.path.join(here, "bpe", "tokenizer.json"), encoding="utf-8"))
    data["model"]["merges"] = [" ".join(m) for m in data["model"]["merges"]]
    write("bpe-text/tokenizer.json", data)
    config = {"bos_token": special[0], "eos_token": {"content": special[1]}, "add_bos_token": True}
    for folder in ("bpe", "bpe-text"):
        write(folder + "/tokenizer_config.json", config)
    n = tok.get_vocab_size(with_added_tokens=True)
    added = tok.get_added_tokens_decoder()
    write("bpe.expected.json", {
        "tokens": [tok.id_to_token(i) for i in range(n)],
        "types": [(3 if added[i].special else 4) if i in added else 1 for i in range(n)],
        "merges": data["model"]["merges"],
        "bos": bos, "eos": tok.token_to_id(special[1]),
    })
    return {t: tok.encode(t).ids for t in texts()}


def sentencepiece():
    out = os.path.join(here, "spm")
    os.makedirs(out, exist_ok=True)
    spm.SentencePieceTrainer.train(sentence_iterator=iter(corpus()), model_prefix=os.path.join(out, "tokenizer"), vocab_size=420, model_type="bpe", byte_fallback=True,
                                   user_defined_symbols=["<user>"], control_symbols=["<|im_end|>"], character_coverage=0.98, normalization_rule_name="identity", remove_extra_whitespaces=False, num_threads=1, minloglevel=2)
    os.remove(os.path.join(out, "tokenizer.vocab"))
    write("spm/tokenizer_config.json", {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "add_bos_token": True})
    sp = spm.SentencePieceProcessor(model_file=os.path.join(out, "tokenizer.model"))
    n = sp.vocab_size()

    def kind(i):
        if sp.is_unknown(i):
            return 2
        if sp.is_control(i):
            return 3
        if sp.is_byte(i):
            return 6
        return 4 if sp.id_to_piece(i) == "<user>" else 1

    write("spm.expected.json", {
        "tokens": [sp.id_to_piece(i) for i in range(n)], "types": [kind(i) for i in range(n)], "scores": [sp.get_score(i) for i in range(n)],
        "bos": sp.bos_id(), "eos": sp.eos_id(),
    })
    return {t: sp.encode(t) for t in texts()}


write("ids.json", {"bpe": bpe(), "spm": sentencepiece()})
