"""Writes FOLDER/cases.json: what transformers makes of the chat templates in FOLDER (*.jinja) with tools, their calls
and results, thinking and a started answer. Templates of published models are their makers', so they are not here.

Run with an interpreter that has transformers and jinja2: python make_published_cases.py FOLDER
An expected value of null means that transformers refuses the conversation. Then:
./mvnw -pl rapid-langchain4j -am test -Dtest=ChatTemplateTest,PublishedTemplatesTest \\
    -Dsurefire.failIfNoSpecifiedTests=false -Drapid.chat-templates=FOLDER
"""

import json
import pathlib
import sys

import make_cases
import transformers.utils.chat_template_utils as utils
from make_cases import message

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather of a \"place\" <now> — it's 5 °C & more",
        "parameters": {
            "type": "object",
            "properties": {
                "place": {"type": "string", "description": "City, e.g. 'Paris'"},
                "unit": {"type": "string", "enum": ["celsius", "fahrenheit"], "description": "Unit"},
                "days": {"type": "array", "items": {"type": "integer"}, "description": "Which days"},
                "options": {
                    "type": "object",
                    "description": "More",
                    "properties": {
                        "wind": {"type": "boolean", "description": "Wind, too"},
                        "limit": {"type": "number", "description": "At most"},
                    },
                },
            },
            "required": ["place"],
        },
    },
}
FLAT = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather",
        "parameters": {
            "type": "object",
            "properties": {"place": {"type": "string", "description": "City"}},
            "required": ["place"],
        },
    },
}
CLOCK = {
    "type": "function",
    "function": {"name": "clock", "description": "", "parameters": {"type": "object", "properties": {}}},
}


def call(name, arguments, number=1):
    function = {"name": name, "arguments": arguments}
    return {"type": "function", "id": f"call0000{number}", "function": function}


def result(name, content, number=1):
    return {"role": "tool", "name": name, "content": content, "tool_call_id": f"call0000{number}"}


PARIS = {"place": "Paris", "unit": "celsius", "days": [1, 2], "options": {"wind": True, "limit": 1.0}}
ODD = {"place": "L'Aquila \"x\" </tool_call> <|im_end|> {{ 7*7 }}\n\té\u2028", "limit": -1.5e-7, "n": None}
QUESTION = message("user", "How is the weather in Paris?")


def conversations(call_of, content):
    """Conversations with calls, which templates want to be given in several ways."""
    called = message("assistant", content, tool_calls=[call_of("get_weather", PARIS)])
    answered = [QUESTION, called, result("get_weather", '{"degrees": 21.5, "sky": "clear"}')]
    asked_clock = message("assistant", content, tool_calls=[call_of("clock", {}, 2)])
    odd = message("assistant", content, tool_calls=[call_of("get_weather", ODD)])
    several = message("assistant", content, tool_calls=[call_of("get_weather", PARIS), call_of("clock", {}, 2)])
    thought = message("assistant", content, reasoning_content="Ask the clock.", tool_calls=[call_of("clock", {})])
    return {
        "called": [QUESTION, called],
        "answered": [message("system", "Be brief."), *answered],
        "told": [*answered, message("assistant", "21.5 °C and clear."), message("user", "And the time?")],
        "twice": [*answered, asked_clock, result("clock", "12:00", 2)],
        "odd": [QUESTION, odd, result("get_weather", make_cases.EVIL)],
        "several": [QUESTION, several, result("get_weather", "21.5"), result("clock", "12:00", 2)],
        "thought": [
            message("user", "Why?"),
            message("assistant", "So.", reasoning_content="Hm."),
            message("user", "And the time?"),
            thought,
            result("clock", "12:00"),
        ],
    }


def call_with_text(name, arguments, number=1):
    return call(name, json.dumps(arguments, ensure_ascii=False), number)


CONVERSATIONS = {
    "asked": [QUESTION],
    "told to be brief": [message("system", "Be brief."), QUESTION],
    "started": [QUESTION, message("assistant", "It is ")],
    "text beside": [
        QUESTION,
        message("assistant", "Let me see.", tool_calls=[call("clock", {})]),
        result("clock", ""),
    ],
    "content missing": [QUESTION, {"role": "assistant", "tool_calls": [call("clock", {})]}, result("clock", "12:00")],
}
for arguments, call_of in {"objects": call, "texts": call_with_text}.items():
    for content in (None, ""):
        for title, conversation in conversations(call_of, content).items():
            CONVERSATIONS[f"{title}, {arguments}, {content!r}"] = conversation

STARTED = {
    "short": [QUESTION, message("assistant", "It is")],
    "white space": [message("system", "Be brief."), QUESTION, message("assistant", "\n It is \n")],
    "later": [QUESTION, message("assistant", "Mild."), QUESTION, message("assistant", "As I said, ")],
}
VARIABLES = ({}, {"enable_thinking": True, "thinking": True}, {"enable_thinking": False, "thinking": False})


def render(template, conversation, **variables):
    try:
        return utils.render_jinja_template(
            [conversation], chat_template=template, bos_token="<s>", eos_token="</s>", **variables
        )[0][0]
    except Exception:
        return None


def main(folder):
    templates = {path.stem: path.read_text() for path in sorted(folder.glob("*.jinja"))}
    chats = []
    for name, template in templates.items():
        for title, conversation in CONVERSATIONS.items():
            for tools in (None, [FLAT], [WEATHER, CLOCK]):
                for more in VARIABLES:
                    for prompt in (True, False):
                        variables = {**more, "xml_tools": tools} if tools else more
                        rendered = render(
                            template, conversation, tools=tools, add_generation_prompt=prompt, **variables
                        )
                        chats.append(
                            {
                                "template": name,
                                "conversation": title,
                                "variables": {**variables, "tools": tools},
                                "add_generation_prompt": prompt,
                                "rendered": rendered,
                            }
                        )
    conversations = {title: utils._alias_reasoning_fields(chat) for title, chat in CONVERSATIONS.items()}
    started = [
        {
            "template": name,
            "conversation": conversation,
            "rendered": render(template, conversation, continue_final_message=True),
        }
        for name, template in templates.items()
        for conversation in STARTED.values()
    ]
    cases = {
        "now": make_cases.NOW.isoformat(),
        "templates": templates,
        "conversations": conversations,
        "chats": chats,
        "started": started,
    }
    (folder / "cases.json").write_text(json.dumps(cases) + "\n")
    print(f"{len(templates)} templates, {len(chats)} conversations")
    for name in templates:
        rendered = sum(case["rendered"] is not None for case in chats if case["template"] == name)
        print(f"{name}: {rendered} rendered")


main(pathlib.Path(sys.argv[1]))
