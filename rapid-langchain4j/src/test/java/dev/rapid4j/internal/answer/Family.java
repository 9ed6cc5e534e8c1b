package dev.rapid4j.internal.answer;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * How families call {@code search} with {@code {"for": "a"}}, and then, as far as they may, {@code open} with
 * {@code {}}.
 *
 * @param template words of the family's chat template that tell
 * @param controls control tokens of its vocabulary
 */
record Family(String name, String template, List<String> controls, String calls, boolean several) {

    private static final String TOOLS = "{% if tools %}{{ tools }}{% endif %}";

    static Stream<Family> all() {
        return Stream.of(
                family(
                        "Qwen",
                        "<tool_call>\n{\"name\": <function-name>, \"arguments\": <args-json-object>}\n</tool_call>",
                        "<tool_call>\n{\"name\": \"search\", \"arguments\": {\"for\": \"a\"}}\n</tool_call>\n"
                                + "<tool_call>\n{\"name\": \"open\", \"arguments\": {}}\n</tool_call>",
                        "<tool_call>",
                        "</tool_call>"),
                family(
                        "Hermes without tokens of its own",
                        "<tool_call>",
                        "<tool_call>\n{\"name\": \"search\", \"arguments\": {\"for\": \"a\"}}\n</tool_call>"),
                family(
                        "Qwen2.5-Coder",
                        "<tool_call>",
                        "{\"name\": \"search\", \"arguments\": {\"for\": \"a\"}}",
                        "<tool_call>",
                        "</tool_call>"),
                family(
                        "Qwen2.5-Coder with a fence",
                        "<tool_call>",
                        "```json\n{\n  \"name\": \"search\",\n  \"arguments\": {\"for\": \"a\"}\n}",
                        "<tool_call>",
                        "</tool_call>"),
                family(
                        "Qwen2.5-Coder with a list",
                        "<tool_call>",
                        "```\n[\n    {\n        \"name\": \"search\",\n        \"arguments\": {\n"
                                + "            \"for\": \"a\"\n        }\n    },\n"
                                + "    {\n        \"name\": \"open\",\n        \"arguments\": {}\n    }\n]",
                        "<tool_call>",
                        "</tool_call>"),
                family(
                        "Llama",
                        "'{\"name\": \"' + tool_call.name + '\", ' '\"parameters\": '",
                        "{\"name\": \"search\", \"parameters\": {\"for\": \"a\"}}"),
                family(
                        "Llama with a token",
                        "'{\"name\": \"' '\"parameters\": ' single tool-calls",
                        "<|python_tag|>{\"name\": \"search\", \"parameters\": {\"for\": \"a\"}}",
                        "<|python_tag|>"),
                family(
                        "Llama as it is told of tools",
                        "'{\"name\": \"' '\"parameters\": ' single tool-calls",
                        "{\"type\": \"function\", \"name\": \"search\", \"parameters\": {\"for\": \"a\"}}",
                        "<|python_tag|>"),
                family(
                        "Mistral 7B",
                        "'[TOOL_CALLS] ['",
                        "[TOOL_CALLS] [{\"name\": \"search\", \"arguments\": {\"for\": \"a\"}}, "
                                + "{\"name\": \"open\", \"arguments\": {}}]",
                        "[TOOL_CALLS]"),
                family(
                        "Mistral Nemo",
                        "'[TOOL_CALLS]['",
                        "[TOOL_CALLS][{\"name\": \"search\", \"arguments\": {\"for\": \"a\"}}, "
                                + "{\"name\": \"open\", \"arguments\": {}}]",
                        "[TOOL_CALLS]"),
                family(
                        "Mistral Small",
                        "'[TOOL_CALLS]' '[ARGS]'",
                        "[TOOL_CALLS]search[ARGS]{\"for\": \"a\"}[TOOL_CALLS]open[ARGS]{}",
                        "[TOOL_CALLS]",
                        "[ARGS]"),
                family(
                        "DeepSeek R1",
                        "'<｜tool▁calls▁begin｜>' '```json'",
                        "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>search\n```json\n"
                                + "{\"for\": \"a\"}\n```<｜tool▁call▁end｜>\n"
                                + "<｜tool▁call▁begin｜>function<｜tool▁sep｜>open\n```json\n{}\n```<｜tool▁call▁end｜>"
                                + "<｜tool▁calls▁end｜>",
                        "<｜tool▁calls▁begin｜>",
                        "<｜tool▁call▁begin｜>",
                        "<｜tool▁sep｜>",
                        "<｜tool▁call▁end｜>",
                        "<｜tool▁calls▁end｜>"),
                family(
                        "DeepSeek V3.1",
                        "'<｜tool▁calls▁begin｜>'",
                        "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>search<｜tool▁sep｜>{\"for\": \"a\"}<｜tool▁call▁end｜>"
                                + "<｜tool▁call▁begin｜>open<｜tool▁sep｜>{}<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
                        "<｜tool▁calls▁begin｜>",
                        "<｜tool▁call▁begin｜>",
                        "<｜tool▁sep｜>",
                        "<｜tool▁call▁end｜>",
                        "<｜tool▁calls▁end｜>"),
                family(
                        "Qwen3-Coder",
                        "<tool_call>\n<function=name>\n<parameter=name>\nvalue\n</parameter>\n</function>\n</tool_call>",
                        "<tool_call>\n<function=search>\n<parameter=for>\na\n</parameter>\n</function>\n</tool_call>\n"
                                + "<tool_call>\n<function=open>\n</function>\n</tool_call>",
                        "<tool_call>",
                        "</tool_call>"),
                family("OLMo 3", "<function_calls>", "<function_calls>\nsearch(for=\"a\")\nopen()\n</function_calls>"),
                family(
                        "Command R7B",
                        "<|START_ACTION|>[{\"tool_call_id\": \"{{ tool_idx.value }}\", \"tool_name\": ",
                        "<|START_ACTION|>[\n    {\"tool_call_id\": \"0\", \"tool_name\": \"search\", \"parameters\": "
                                + "{\"for\": \"a\"}},\n    {\"tool_call_id\": \"12\", \"tool_name\": \"open\", "
                                + "\"parameters\": {}}\n]<|END_ACTION|>",
                        "<|START_ACTION|>",
                        "<|END_ACTION|>"),
                family(
                        "Granite",
                        "<|tool_call|>",
                        "<|tool_call|>[{\"name\": \"search\", \"arguments\": {\"for\": \"a\"}}, "
                                + "{\"name\": \"open\", \"arguments\": {}}]",
                        "<|tool_call|>"),
                family(
                        "Phi-4-mini",
                        "<|tool_call|>{\"name\": \"foo\", \"arguments\": {\"a\": 1}}<|/tool_call|>",
                        "<|tool_call|>{\"name\": \"search\", \"arguments\": {\"for\": \"a\"}}<|/tool_call|>"
                                + "<|tool_call|>{\"name\": \"open\", \"arguments\": {}}<|/tool_call|>",
                        "<|tool_call|>",
                        "<|/tool_call|>"),
                family(
                        "Functionary",
                        "'<function=' '</function>'",
                        "<function=search>{\"for\": \"a\"}</function><function=open>{}</function>"));
    }

    private static Family family(String name, String template, String calls, String... controls) {
        return new Family(name, TOOLS + template, Arrays.asList(controls), calls, calls.contains("open"));
    }

    ChoppedVocabulary tokens() {
        return new ChoppedVocabulary(Stream.concat(controls.stream(), Stream.of("<think>", "</think>"))
                .toArray(String[]::new));
    }

    /** Whether calls begin wherever a marker stands, and not only where an answer does. */
    boolean followsText() {
        return !calls.startsWith("{") && !calls.startsWith("```");
    }

    @Override
    public String toString() {
        return name;
    }
}
