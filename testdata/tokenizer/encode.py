"""What the packages that own the formats encode tens of thousands of strings to.

    python3 encode.py [GOROOT]    makes encode/ and encode.json; the tokenizers in encode/ are trained only if they are missing

encode/llama3.json   tokenizer.json of Llama-3's form: Split and ByteLevel, ignore_merges, tokens that no merge makes
encode/gpt2.json     of GPT-2's form: ByteLevel with its own pattern, a token that a user added
encode/classes.json  merges of x, 1 and ' with every byte, so that ids show the class of every character
encode/spm.model     SentencePiece BPE with byte fallback, a user-defined and a control symbol
encode/plain.model   the same without byte fallback: unknown tokens

The strings are made by one rule here and in encode_oracle_test.go, from splitmix64. encode.json has, for every tokenizer
and way to encode: how many ids, SHA-256 over them all (for each string its count, then its ids, as uint32 little-endian),
CRC-32 of every hundred strings, and every 800th in full.
"""

import glob
import hashlib
import json
import os
import random
import struct
import sys
import zlib

import sentencepiece as spm
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers

here = os.path.dirname(os.path.abspath(__file__))
out = os.path.join(here, "encode")
LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
FALCON = [r"[\p{P}$+<=>^~|`]+", r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)", r"[0-9]"]
SPECIAL = ["<|begin_of_text|>", "<|end_of_text|>", "<|eot_id|>", "<|start_header_id|>", "<|end_header_id|>", "<|reserved|>", "<|reserved|>_more"]


# ---- training

def corpus():
    random.seed(3)
    root = sys.argv[1] if len(sys.argv) > 1 else "/usr/local/go"
    lines = []
    for path in sorted(glob.glob(os.path.join(root, "src", "*", "*.go")))[:1200]:
        with open(path, encoding="utf-8", errors="ignore") as f:
            lines += [line for line in f.read(60000).splitlines(keepends=True) if len(line) > 20]
    words = "Größe naïve café être señor Привет мир как дела это не 漢字 日本語 中文 かな カナ 한국어 안녕 😀 👩‍👩‍👧 नमस्ते สวัสดี العربية עברית Ελληνικά tiếng Việt".split()
    words += "the of and to in is that for it as was don't we'll I'm they've you're he'd 2026 100000 3.14159".split()
    return lines[:40000] + [" ".join(random.choice(words) for _ in range(30)) + "\n" for _ in range(2500)]


def train():
    os.makedirs(out, exist_ok=True)
    text = corpus()

    tok = Tokenizer(models.BPE(ignore_merges=True))
    tok.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(LLAMA3), "isolated", invert=False),
        pre_tokenizers.ByteLevel(add_prefix_space=False, trim_offsets=True, use_regex=False)])
    tok.decoder = decoders.ByteLevel()
    tok.train_from_iterator(text, trainers.BpeTrainer(vocab_size=2000, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    data = json.loads(tok.to_str())
    for word in ["Ġtokenizer", "zzyzx", "ĠÐ¼Ð¸ÑĢÑĭ", "!?!?", "abcabcabc", "ĊĊĊĊ", "'LL", "ĠĠĠĠĠĠĠĠĠĠĠ"]:
        data["model"]["vocab"].setdefault(word, len(data["model"]["vocab"]))
    tok = Tokenizer.from_str(json.dumps(data))
    tok.add_special_tokens([AddedToken(s, special=True, normalized=False) for s in SPECIAL])
    bos = tok.token_to_id(SPECIAL[0])
    tok.post_processor = processors.Sequence([
        processors.ByteLevel(trim_offsets=False),
        processors.TemplateProcessing(single=SPECIAL[0] + " $A", pair=f"{SPECIAL[0]} $A {SPECIAL[0]}:1 $B:1", special_tokens=[(SPECIAL[0], bos)])])
    tok.save(os.path.join(out, "llama3.json"), pretty=False)

    tok = Tokenizer(models.BPE())
    tok.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tok.decoder = decoders.ByteLevel()
    tok.train_from_iterator(text, trainers.BpeTrainer(vocab_size=1500, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    tok.add_special_tokens([AddedToken(s, special=True, normalized=False) for s in SPECIAL])
    tok.add_tokens([AddedToken(s, normalized=False) for s in ["<user>", "<user>s", "日本"]])
    tok.save(os.path.join(out, "gpt2.json"), pretty=False)

    for name, fallback, coverage, size in (("spm", True, 0.9995, 1200), ("plain", False, 0.99, 500)):
        spm.SentencePieceTrainer.train(sentence_iterator=iter(t.strip("\n") for t in text), model_prefix=os.path.join(out, name), vocab_size=size, model_type="bpe", byte_fallback=fallback,
                                       user_defined_symbols=["<user>", "日本"], control_symbols=["<|im_end|>"], character_coverage=coverage, normalization_rule_name="identity",
                                       remove_extra_whitespaces=False, allow_whitespace_only_pieces=True, num_threads=1, minloglevel=2)
        os.remove(os.path.join(out, name + ".vocab"))


def classes():
    """Of x, 1 and ' before a character, x is in one piece with letters, 1 with numbers, ' with letters and others but not with spaces; in
    Falcon's first pass with punctuation alone. These merges make that visible."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    pairs = [(a, b) for a in "x1'" for b in alphabet]
    vocab = {t: i for i, t in enumerate(alphabet + [a + b for a, b in pairs])}
    tok = Tokenizer(models.BPE(vocab=vocab, merges=pairs))
    tok.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(LLAMA3), "isolated", invert=False),
        pre_tokenizers.ByteLevel(add_prefix_space=False, trim_offsets=True, use_regex=False)])
    tok.decoder = decoders.ByteLevel()
    tok.save(os.path.join(out, "classes.json"), pretty=False)


# ---- the strings, made alike in encode_oracle_test.go

class Rand:
    def __init__(self, seed):
        self.x = seed

    def next(self):
        self.x = (self.x + 0x9E3779B97F4A7C15) & (1 << 64) - 1
        z = self.x
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & (1 << 64) - 1
        z = (z ^ z >> 27) * 0x94D049BB133111EB & (1 << 64) - 1
        return z ^ z >> 31

    def below(self, n):
        return self.next() % n


FRAGMENTS = [
    "the", " the", "Hello", " world", "tokenizer", " tokenizer", "zzyzx", "abcabcabc", "HTTPServer", "a", "I", " x", "é", "e\u0301", "naïve", " Größe", "ﬀ", "ＡＢＣ", "ß", "İ", "ŉ", "ﬆ",
    "'s", "'S", "'\u017f", "'T", "'re", "'rE", "'VE", "'m", "'ll", "'lL", "'LL", "'d", "'D", "'", "''", "’s", "'x", "'r", "'v\u0119", "\u212a", "'\u212a", "don't", "I'M",
    "0", "7", "42", "123", "1234567", "3.14", "-1e10", "٣", "४५६७", "Ⅷ", "½", "²", "𝟘𝟙", " 9",
    " ", "  ", "   ", "           ", "\t", "\t\t", " \t", "\n", "\n\n", "\n\n\n\n", "\r", "\r\n", "\r\n\r\n", " \n", "\n ", " \r\n ", "\v", "\f", "\u0085", "\u00a0", " \u00a0", "\u2003", "\u2028", "\u2029", "\u3000", "\u1680", "\u202f",
    "!", "!?!?", "...", "--", "==", ":=", "()", "{\n", "}\n\n", "/*", "\\", "`", "$x", "~", "^", "|", "+", "<", ">", "_", "_foo", "#", "@", "«", "»", "…", "—", "、", "。", "€", "©", "№",
    "Привет", " мир", "миры", "漢字", "日本", "日本語", "中文", "かな", "ー", "한국어", " 안녕", "नमस्ते", "สวัสดี", "العربية", "עברית", "Ελληνικά", "Việt", "ﷺ", "𠀀", "𐍈", "ᚠ",
    "😀", "👩‍👩‍👧", "👍🏽", "🇩🇪", "1️⃣", "❤️", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "\u200b", "\u200d", "\ufeff", "\ufffd", "\ufffe", "\uffff", "\U0010ffff", "\x00", "\x01", "\x7f", "\x80", "\u00ad", "\u0300", "\u0300\u0301", "a\u0300\u0301", "\u20dd",
    "<|begin_of_text|>", "<|eot_id|>", "<|reserved|>", "<|reserved|>_more", "<|reserved|", "<|", "|>", "<|im_end|>", "<user>", "<user>s", " <user> ", "<s>", "</s>", "<unk>", "<0x41>", "▁", "▁▁the", "Ġthe", "Ċ",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "................................................................",
    "thetheofandtoinisthatforitaswaswithbebyonnotheishisbutatarethishavefromor", "----------------------------------------------------------------",
]
BLOCKS = [(0x20, 0x7F), (0xA0, 0x250), (0x250, 0x370), (0x370, 0x600), (0x600, 0x900), (0x900, 0x1000), (0x1000, 0x2000), (0x2000, 0x2070), (0x2070, 0x2C00), (0x2C00, 0x3400), (0x4E00, 0x5000), (0xA000, 0xB000),
          (0xAC00, 0xAD00), (0xE000, 0xE010), (0xF900, 0x10000), (0x10000, 0x11000), (0x11000, 0x14000), (0x16000, 0x17000), (0x1D000, 0x1F000), (0x1F000, 0x20000), (0x2EBF0, 0x2EE5E), (0xE0000, 0xE0200)]


def strings(words):
    """words: the tokens of the vocabulary as text, in the order of their ids."""
    # Every assigned character, in the places where patterns look.
    for first in list(range(0, 0x33480, 32)) + list(range(0xE0000, 0xE0200, 32)):
        if not 0xD800 <= first < 0xE000:
            yield "".join(f"x{c}1{c} {c}{c}\n'{c}'l{c}\t{c}e" for c in map(chr, range(first, first + 32)))
    r = Rand(1)
    for _ in range(16000):  # fragments
        yield "".join(FRAGMENTS[r.below(len(FRAGMENTS))] for _ in range(1 + r.below(12)))
    for _ in range(4000):  # characters of all blocks
        s = []
        for _ in range(1 + r.below(40)):
            lo, hi = BLOCKS[r.below(len(BLOCKS))]
            s.append(chr(lo + r.below(hi - lo)))
        yield "".join(s)
    for _ in range(8000):  # the vocabulary's own words
        yield "".join(words[r.below(len(words))] for _ in range(1 + r.below(20)))


# ---- recording

def record(texts, encode):
    total, all_ids, crcs, sample, crc = 0, hashlib.sha256(), [], {}, 0
    for i, text in enumerate(texts):
        ids = encode(text)
        b = struct.pack(f"<{1 + len(ids)}I", len(ids), *ids)
        total += len(ids)
        all_ids.update(b)
        crc = zlib.crc32(b, crc)
        if i % 100 == 99 or i == len(texts) - 1:
            crcs.append(crc)
            crc = 0
        if i % 800 == 0:
            sample[str(i)] = ids
    return {"strings": len(texts), "ids": total, "sha256": all_ids.hexdigest(), "crc32": crcs, "sample": sample}


def texts_sha(texts):
    h = hashlib.sha256()
    for t in texts:
        h.update(t.encode() + b"\xff")
    return h.hexdigest()


def byte_words(tok):
    """The normal tokens that are whole characters."""
    table = {}
    n = 0
    for b in range(256):
        if 33 <= b <= 126 or 0xA1 <= b <= 0xAC or b >= 0xAE:
            table[chr(b)] = b
        else:
            table[chr(256 + n)] = b
            n += 1
    added = tok.get_added_tokens_decoder()
    words = []
    for i in range(tok.get_vocab_size(with_added_tokens=True)):
        if i not in added:
            b = bytes(table[c] for c in tok.id_to_token(i))
            try:
                words.append(b.decode())
            except UnicodeDecodeError:
                pass
    return words


def bpe(data, found):
    tok = Tokenizer.from_str(data)
    texts = list(strings(byte_words(tok)))
    tok.encode_special_tokens = True
    found["text"] = record(texts, lambda t: tok.encode(t).ids)
    found["strings_sha256"] = texts_sha(texts)
    tok.encode_special_tokens = False
    found["special"] = record(texts, lambda t: tok.encode(t).ids)
    n, r, decoded = tok.get_vocab_size(with_added_tokens=True), Rand(2), hashlib.sha256()
    ascii_added = {i for i, a in tok.get_added_tokens_decoder().items() if not a.content.isascii()}
    for _ in range(20000):  # any ids: broken characters too
        ids = [i for i in (r.below(n) for _ in range(1 + r.below(12))) if i not in ascii_added]
        decoded.update(tok.decode(ids, skip_special_tokens=False).encode() + b"\xff")
    found["decoded_sha256"] = decoded.hexdigest()


def sentencepiece(model, found):
    sp = spm.SentencePieceProcessor(model_proto=model)
    words = [sp.id_to_piece(i).replace("▁", " ") for i in range(sp.vocab_size()) if not (sp.is_control(i) or sp.is_unknown(i) or sp.is_byte(i))]
    texts = list(strings(words))
    found["strings_sha256"] = texts_sha(texts)
    found["text"] = record(texts, lambda t: sp.encode(t))
    decoded = hashlib.sha256()
    for t in texts:
        decoded.update(sp.decode(sp.encode(t)).encode() + b"\xff")
    found["decoded_sha256"] = decoded.hexdigest()


def main():
    if not os.path.exists(os.path.join(out, "plain.model")):
        train()
    classes()
    llama3 = open(os.path.join(out, "llama3.json"), encoding="utf-8").read()
    gpt2 = open(os.path.join(out, "gpt2.json"), encoding="utf-8").read()
    twice = json.loads(llama3)
    twice["model"]["ignore_merges"] = False
    twice["pre_tokenizer"]["pretokenizers"][1]["use_regex"] = True
    split = [{"type": "Split", "pattern": {"Regex": p}, "behavior": "Isolated", "invert": False} for p in FALCON]
    falcon = {"type": "Sequence", "pretokenizers": split + [{"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}]}
    plain = open(os.path.join(out, "classes.json"), encoding="utf-8").read()
    found = {}
    for name, data in (("llama3", llama3), ("gpt2", gpt2), ("twice", json.dumps(twice)), ("falcon", json.dumps({**json.loads(gpt2), "pre_tokenizer": falcon})),
                       ("classes", plain), ("classes-falcon", json.dumps({**json.loads(plain), "pre_tokenizer": falcon}))):
        bpe(data, found.setdefault(name, {}))
    # A second normalizer_spec is merged into the first: field 3 is add_dummy_prefix, field 4 remove_extra_whitespaces.
    for name, source, change in (("spm", "spm", b""), ("plain", "plain", b""), ("noprefix", "spm", b"\x1a\x02\x18\x00"), ("folds", "spm", b"\x1a\x02\x20\x01")):
        with open(os.path.join(out, source + ".model"), "rb") as f:
            sentencepiece(f.read() + change, found.setdefault(name, {}))
    with open(os.path.join(here, "encode.json"), "w", encoding="utf-8") as f:
        json.dump({"fragments": FRAGMENTS, "blocks": BLOCKS, "found": found}, f, ensure_ascii=False, separators=(",", ":"))
    for name, x in found.items():
        print(name, x["text"]["strings"], "strings", x["text"]["ids"], "ids")


main()
