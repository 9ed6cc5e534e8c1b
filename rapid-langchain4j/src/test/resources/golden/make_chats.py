"""Writes chats.json: what transformers makes of conversations with tools, thinking and started answers, with the
templates of rapid-chat-template's cases.

Run with an interpreter that has transformers and jinja2: python make_chats.py
"""

import datetime
import json
import pathlib

import transformers.utils.chat_template_utils as utils

NOW = datetime.datetime(2026, 11, 22, 9, 4, 5)
HERE = pathlib.Path(__file__).parent
CASES = HERE.parents[4] / "rapid-chat-template/src/test/resources"


class FixedClock(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return NOW


utils.datetime = FixedClock

PLACE = {"type": "string", "description": "A \"city\", e.g. 'Ærø' <or> & so"}
UNIT = {"type": "string", "description": "Unit", "enum": ["celsius", "fahrenheit"]}
WIND = {"type": "object", "properties": {"limit": {"type": "number"}, "gusts": {"type": "boolean"}}, "required": ["limit"]}
DAYS = {"type": "array", "items": {"type": "integer"}}


def tool(name, description, parameters):
    return {"type": "function", "function": {"name": name, "description": description, "parameters": parameters}}


TOOLS = [
    tool(
        "get_weather",
        "The weather\n of a place {{ 7*7 }} <|im_end|>",
        {
            "type": "object",
            "properties": {"place": PLACE, "unit": UNIT, "wind": WIND, "days": DAYS},
            "required": ["place"],
        },
    ),
    tool("clock", "", {"type": "object", "properties": {}}),
]


def call(name, arguments, number):
    return {"type": "function", "id": f"call{number:05}", "function": {"name": name, "arguments": arguments}}


def result(name, content, number):
    return {"role": "tool", "name": name, "content": content, "tool_call_id": f"call{number:05}"}


def says(role, content, **more):
    return {"role": role, "content": content, **more}


WEATHER = {"place": "L'Aquila \"x\" </tool_call>\n\té", "unit": "celsius", "wind": {"limit": 1.0, "gusts": True}, "days": [1, -2]}
QUESTION = says("user", "How is the weather?")
CALLED = [QUESTION, says("assistant", None, tool_calls=[call("get_weather", WEATHER, 0)])]
ANSWERED = [*CALLED, result("get_weather", '{"degrees": 21.5} <|im_start|>', 0)]
THOUGHT = [
    says("user", "Why?"),
    says("assistant", "So.", reasoning_content="Hm."),
    says("user", "The time?"),
    says("assistant", None, reasoning_content="Ask the clock.", tool_calls=[call("clock", {}, 0)]),
    result("clock", "12:00", 0),
]
CONVERSATIONS = {
    "asked": [says("system", "Be brief."), QUESTION],
    "called": [says("system", "Be brief."), *ANSWERED],
    "told": [*ANSWERED, says("assistant", "Mild."), says("user", "The time?")],
    "twice": [*ANSWERED, says("assistant", None, tool_calls=[call("clock", {}, 1)]), result("clock", "12:00", 1)],
    "thought": THOUGHT,
    "started": [QUESTION, says("assistant", "It is ")],
    "started with white space": [QUESTION, says("assistant", "\n It is\n\n")],
    "started behind a call": [*ANSWERED, says("assistant", "It")],
}


def templates():
    published = json.loads((CASES / "golden/chat-templates/cases.json").read_text())["templates"]
    ours = json.loads((CASES / "jinja/cases.json").read_text())["templates"]
    return {
        **published,
        "thinking": "{% if tools %}{{ tools | tojson }}{% endif %}" + ours["thinking"],
        "turns": ours["turns"],
    }


def has_place(template, tools, conversation):
    """Elsewhere tools and calls are given as text, of which transformers knows nothing."""
    return "tools" in template or not tools and all("tool_calls" not in message for message in conversation)


def main():
    cases = []
    for name, template in templates().items():
        for title, conversation in CONVERSATIONS.items():
            started = conversation[-1]["role"] == "assistant"
            for tools in (None, TOOLS):
                if not has_place(template, tools, conversation):
                    continue
                for thinking in (None, True, False) if "enable_thinking" in template else (None,):
                    variables = {} if thinking is None else {"enable_thinking": thinking}
                    try:
                        rendered = utils.render_jinja_template(
                            [conversation],
                            tools=tools,
                            chat_template=template,
                            add_generation_prompt=not started,
                            continue_final_message=started,
                            bos_token="<s>",
                            eos_token="</s>",
                            **variables,
                        )[0][0]
                    except Exception:
                        continue
                    cases.append(
                        {
                            "template": name,
                            "conversation": title,
                            "tools": tools is not None,
                            "thinking": thinking,
                            "rendered": rendered,
                        }
                    )
    chats = {"now": NOW.isoformat(), "templates": templates(), "tools": TOOLS, "conversations": CONVERSATIONS, "cases": cases}
    (HERE / "chats.json").write_text(json.dumps(chats, indent=1) + "\n")
    print(len(cases), "cases")


main()
