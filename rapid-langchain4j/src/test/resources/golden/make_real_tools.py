"""What transformers gives on Qwen2.5-Coder for a conversation with tools: its prompt as tokens.

    python make_real_tools.py FOLDER          # FOLDER: as RAPID_MODELS; needs transformers, gguf

Writes real/qwen-coder-tools.json beside this script.
"""

import json
import sys
from pathlib import Path

import transformers.utils.chat_template_utils as utils
from gguf import GGUFReader
from make_real import MODELS, tokenizer

TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather of a place",
        "parameters": {
            "type": "object",
            "properties": {
                "place": {"type": "string", "description": "A city, e.g. \"Ærøskøbing\""},
                "unit": {"type": "string", "description": "Unit", "enum": ["celsius", "fahrenheit"]},
                "days": {"type": "array", "items": {"type": "integer"}},
            },
            "required": ["place"],
        },
    },
}


def call(number, arguments):
    return {"type": "function", "id": f"call{number:05}", "function": {"name": "get_weather", "arguments": arguments}}


def result(number, content):
    return {"role": "tool", "name": "get_weather", "content": content, "tool_call_id": f"call{number:05}"}


MESSAGES = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "How is the weather in L'Aquila and 東京?\n"},
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [call(0, {"place": "L'Aquila", "days": [1, -2]}), call(1, {"place": "東京", "unit": "celsius"})],
    },
    result(0, '{"degrees": 21.5}'),
    result(1, "  12 °C 🙂\n"),
    {"role": "assistant", "content": "Mild."},
    {"role": "user", "content": "And tomorrow?"},
]


def main():
    reader = GGUFReader(Path(sys.argv[1]) / MODELS["qwen-coder"])
    template = reader.fields["tokenizer.chat_template"].contents()
    rendered = utils.render_jinja_template(
        [MESSAGES], tools=[TOOL], chat_template=template, add_generation_prompt=True
    )[0][0]
    ids = tokenizer(reader).encode(rendered, add_special_tokens=False).ids
    target = Path(__file__).parent / "real/qwen-coder-tools.json"
    target.write_text(json.dumps({"tools": [TOOL], "messages": MESSAGES, "ids": ids}, indent=1) + "\n")
    print(len(ids), "tokens")


main()
