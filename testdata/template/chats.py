"""Conversations that every template is rendered with."""


def chat(*contents, first="user", prompt=True, bos="<s>", eos="</s>", **more):
    order = {"user": ["user", "assistant"], "system": ["system", "user", "assistant"]}[first]
    roles = order + ["user", "assistant"] * len(contents)
    messages = [{"role": r, "content": c} for r, c in zip(roles, contents)]
    return {"messages": messages, "add_generation_prompt": prompt, "bos_token": bos, "eos_token": eos, **more}


TOOL = {"type": "function", "function": {"name": "get_weather", "description": "The <weather> & more", "parameters": {"type": "object", "properties": {"city": {"type": "string", "description": "A city, \"quoted\""}, "days": {"type": "integer", "enum": [1, 2]}}, "required": ["city"]}}}
CALL = {"id": "call12345", "type": "function", "function": {"name": "get_weather", "arguments": {"city": "Köln", "days": 2}}}

CHATS = {
    "user": chat("Why is the sky blue?"),
    "user, no prompt": chat("Why is the sky blue?", prompt=False),
    "system": chat("You are terse.", "Hi", first="system"),
    "turns": chat("You are terse.", "Hi", "Hello!", "And you?", "Fine.", "Good.", first="system"),
    "ends with the assistant": chat("Hi", "Hello!", prompt=False),
    "white space": chat("  two \n\n", " \t hi\r\n there ", "\n\nok \n", "\u00a0 \u3000x\u2028", first="system"),
    "empty": chat("", "", "", "", first="system"),
    "unicode": chat("Grüße 漢字 😀", "e\u0301 \u200b مرحبا", "ÀÉ", "ß", first="system"),
    "braces": chat("{{ x }} {% if %} {# #}", "<|eot_id|><|im_end|>[INST]</s>", "a\\nb 'q' \"w\"", "${y}", first="system"),
    "thinking": chat("Hi", "<think>\nhm\n</think>\n\nHello!", "More", "<think>\nhm\n</think>\n\nDone", "Last", enable_thinking=False),
    "thinking on": chat("Hi", "<think>a</think>b", "Last", enable_thinking=True),
    "thought apart": {"messages": [{"role": "user", "content": "1+1?"}, {"role": "assistant", "content": "2", "reasoning": "one and one \n"}, {"role": "user", "content": "<tool>3</tool>"}, {"role": "assistant", "content": "Three.", "reasoning": "the tool says so"}], "add_generation_prompt": False, "bos_token": "<s>", "eos_token": "</s>"},
    "line ends": chat("\n", "\r\n\r\n", "a\rb\u2028c\x0bd\x1ce\r\n", "\ufeff\u200b\t", "no\n\n\nend\n ", " \n", first="system"),
    "many turns": chat(*[f"turn {i}" + "\n" * (i % 3) for i in range(41)], first="system"),
    "developer": {"messages": [{"role": "developer", "content": [{"type": "text", "text": " D "}]}, {"role": "user", "content": "a"}, {"role": "user", "content": "b"}, {"role": "odd one", "content": None}], "add_generation_prompt": False, "bos_token": "<s>", "eos_token": "</s>"},
    "two users": {"messages": [{"role": "user", "content": "a"}, {"role": "user", "content": "b"}], "add_generation_prompt": True, "bos_token": "<s>", "eos_token": "</s>"},
    "no bos": {"messages": [{"role": "user", "content": "a"}], "add_generation_prompt": True},
    "nobody": chat(),
    "tools": {"messages": [{"role": "system", "content": "S"}, {"role": "user", "content": "Weather?"}, {"role": "assistant", "content": "", "tool_calls": [CALL]}, {"role": "tool", "name": "get_weather", "tool_call_id": "call12345", "content": "{\"sunny\": true}"}, {"role": "assistant", "content": "Sunny."}, {"role": "user", "content": "Thanks"}], "tools": [TOOL], "add_generation_prompt": True, "bos_token": "<s>", "eos_token": "</s>"},
    "parts": {"messages": [{"role": "user", "content": [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}]}], "add_generation_prompt": True, "bos_token": "<s>", "eos_token": "</s>"},
}
