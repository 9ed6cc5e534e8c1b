"""Asks a server as OpenAI's Python client does: openai_client.py ADDRESS KEY MODEL EMBEDDING_MODEL. The server's answers
are those of OpenAiPythonTest, in its order. Ends with an assertion that fails, or with a line "all as expected"."""
import sys

import openai

address, key, model, embedding_model = sys.argv[1:]
client = openai.OpenAI(base_url=address, api_key=key, max_retries=0)
question = [{"role": "user", "content": "What is it worth?"}]
tools = [{
    "type": "function",
    "function": {
        "name": "exchange_rate",
        "description": "How much a currency is worth",
        "parameters": {
            "type": "object",
            "properties": {"currency": {"type": "string", "pattern": "^[A-Z]{3}$"}},
            "required": ["currency"],
            "additionalProperties": False,
        },
    },
}]

# a call, and its result
message = client.chat.completions.create(model=model, messages=question, tools=tools, tool_choice="required")
call = message.choices[0].message.tool_calls[0]
assert message.choices[0].finish_reason == "tool_calls", message
assert message.choices[0].message.content is None, message
assert (call.id, call.type, call.function.name) == ("call_1", "function", "exchange_rate"), call
assert call.function.arguments == '{"currency": "EUR"}', call
result = {"role": "tool", "tool_call_id": call.id, "content": "1.08"}
messages = question + [message.choices[0].message, result]
answer = client.chat.completions.create(model=model, messages=messages, tools=tools)
assert answer.choices[0].message.content == "It is worth 1.08.", answer
assert answer.usage.prompt_tokens_details.cached_tokens == 60, answer
assert answer.usage.completion_tokens_details.accepted_prediction_tokens == 9, answer

# the same call in chunks, put together by the client
with client.chat.completions.stream(model=model, messages=question, tools=tools) as stream:
    for event in stream:
        pass
    streamed = stream.get_final_completion().choices[0]
assert streamed.finish_reason == "tool_calls", streamed
assert streamed.message.tool_calls[0].id == "call_1", streamed
assert streamed.message.tool_calls[0].function.arguments == '{"currency": "EUR"}', streamed

# JSON by a schema
schema = {
    "name": "person",
    "strict": True,
    "schema": {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]},
}
person = client.chat.completions.create(
    model=model, messages=question, response_format={"type": "json_schema", "json_schema": schema})
assert person.choices[0].message.content == '{"name": "Ada"}', person

# thinking, several answers, the legacy form
thoughtful = client.chat.completions.create(model=model, messages=question, n=2)
assert [choice.message.content for choice in thoughtful.choices] == ["One.", "Two."], thoughtful
assert thoughtful.choices[0].message.model_extra["reasoning_content"] == "Or two?", thoughtful
assert thoughtful.usage.completion_tokens_details.reasoning_tokens > 0, thoughtful
completion = client.completions.create(model=model, prompt="Once upon a time", max_tokens=20)
assert completion.choices[0].text == "there was a lighthouse.", completion

# vectors: the client asks for Base64 unless told otherwise
vectors = client.embeddings.create(model=embedding_model, input=["A tower", "A light"])
plain = client.embeddings.create(model=embedding_model, input="A light", encoding_format="float")
assert len(vectors.data) == 2 and vectors.usage.prompt_tokens > 0, vectors
assert all(abs(a - b) < 1e-5 for a, b in zip(vectors.data[1].embedding, plain.data[0].embedding)), plain

# errors are the client's
for wrong, kind, param in [
    ({"model": "gpt-4o-mini"}, openai.NotFoundError, "model"),
    ({"temperature": 7}, openai.BadRequestError, "temperature"),
    ({"logprobs": True}, openai.BadRequestError, "logprobs"),
    ({"n": 9}, openai.BadRequestError, "n"),
]:
    try:
        client.chat.completions.create(**{"model": model, "messages": question, **wrong})
        raise AssertionError(wrong)
    except kind as error:
        assert error.param == param, error

assert {entry.id for entry in client.models.list()} == {model, embedding_model}
print("all as expected")
