"""What jinja2, as transformers sets it up, renders: cases.json and chats.json.

    python gen.py                 # needs jinja2 and transformers; writes beside itself
    python gen.py FOLDER OUT.json # other templates, as chats.json

An entry is the text, or null where rendering or parsing fails; a text over 1,500 bytes is kept as its SHA-256.
"""

import datetime
import hashlib
import json
import pathlib
import re
import sys

import jinja2
import transformers
from transformers.utils import chat_template_utils

import cases
import chats

HERE = pathlib.Path(__file__).parent
ADDRESS = re.compile(" at 0x[0-9a-f]{6}")
NOW = datetime.datetime(2026, 3, 5, 14, 7, 9)


def render(source, **data):
    try:
        template = chat_template_utils._compile_jinja_template(source)
        template.globals["strftime_now"] = NOW.strftime
        text = template.render(**data)
        text.encode("utf-8")
        return None if ADDRESS.search(text) else text  # <function at 0x7f…>: nothing to hold to
    except RecursionError:
        raise
    except Exception:  # of any kind: templates reach Python's own
        return None


def kept(text):
    if text is None or len(text.encode("utf-8")) <= 1500:
        return text
    return "sha256:" + hashlib.sha256(text.encode("utf-8")).hexdigest()


def write(path, value):
    path.write_text(json.dumps(value, ensure_ascii=False, indent=0, separators=(",", ":")) + "\n", encoding="utf-8")


def render_chats(folder):
    out = {}
    for path in sorted(pathlib.Path(folder).glob("*.jinja*")):
        with open(path, encoding="utf-8", newline="") as f:
            source = f.read()
        out[path.name] = {name: kept(render(source, **{"tools": None, "documents": None, **data})) for name, data in chats.CHATS.items()}
    return {"upstream": f"jinja2 {jinja2.__version__}, transformers {transformers.__version__}", "chats": chats.CHATS, "rendered": out}


if len(sys.argv) == 3:
    write(pathlib.Path(sys.argv[2]), render_chats(sys.argv[1]))
else:
    write(HERE / "cases.json", {"data": cases.DATA, "cases": [[source, render(source, **cases.DATA)] for source in cases.cases()], "refused": cases.REFUSED})
    write(HERE / "chats.json", render_chats(HERE / "chat"))
