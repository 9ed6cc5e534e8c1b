package dev.rapid4j.internal.answer;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * How a family of models writes calls of tools: {@code opening name between arguments after}, further calls each behind
 * {@code next}, and at last {@code end}. Arguments are JSON; what of the rest is a control token in a vocabulary is
 * that token, else it is text.
 *
 * @param openings ways to begin; the first is what the model is held to where it has to call
 * @param jsonName whether the name stands in a JSON string
 * @param next empty: one call is all
 * @param idLength characters of a call's id, letters and digits, that the chat template insists on
 */
record ToolForm(
        List<Opening> openings,
        boolean jsonName,
        String between,
        String after,
        Optional<String> next,
        String end,
        Optional<Integer> idLength) {

    /**
     * What stands before a call's name.
     *
     * @param marker what tells that this is a call; if empty, only its whole beginning does, the name of a tool
     *     included, and only where it is the first of the answer
     * @param before what follows the marker
     */
    record Opening(String marker, String before) {

        String text() {
            return marker + before;
        }
    }

    private static final String NAME = "{\"name\": \"";
    private static final String ARGUMENTS = "\", \"arguments\": ";

    static final ToolForm HERMES = new ToolForm(
            List.of(new Opening("<tool_call>", "\n" + NAME)),
            true,
            ARGUMENTS,
            "}\n</tool_call>",
            Optional.of("\n<tool_call>\n" + NAME),
            "",
            Optional.empty());

    /** Hermes' without the tags, which some models, Qwen2.5-Coder among them, leave out. */
    static final ToolForm UNTAGGED = new ToolForm(
            List.of(new Opening("", NAME)), true, ARGUMENTS, "}", Optional.of("\n" + NAME), "", Optional.empty());

    private static final Pattern TOOLS = Pattern.compile("\\btools\\b");

    ToolForm {
        openings = List.copyOf(openings);
    }

    /**
     * The forms that are to be expected with a chat template.
     *
     * @return none if the template has no place for tools, or shows none of the forms that are known here
     */
    static List<ToolForm> of(String template) {
        if (!TOOLS.matcher(template).find()) {
            return List.of();
        }
        if (template.contains("<｜tool▁calls▁begin｜>")) {
            return List.of(deepSeek(template));
        }
        if (template.contains("[TOOL_CALLS]")) {
            return List.of(mistral(template));
        }
        // tags inside of the arguments: Qwen3-Coder, GLM
        if (template.contains("<parameter=") || template.contains("<arg_key>")) {
            return List.of();
        }
        if (template.contains("<tool_call>")) {
            return List.of(HERMES, UNTAGGED);
        }
        if (template.contains("<|tool_call|>")) {
            return List.of(granite());
        }
        if (template.contains("<function=")) {
            return List.of(tags());
        }
        if (template.contains("\"parameters\": ") && template.contains("\"name\": ")) {
            return List.of(llama(template));
        }
        return List.of();
    }

    /** Before V3.1 with a kind of call and a fenced block. */
    private static ToolForm deepSeek(String template) {
        boolean fenced = template.contains("```json");
        String call = "<｜tool▁call▁begin｜>" + (fenced ? "function<｜tool▁sep｜>" : "");
        return new ToolForm(
                List.of(new Opening("<｜tool▁calls▁begin｜>", call)),
                false,
                fenced ? "\n```json\n" : "<｜tool▁sep｜>",
                (fenced ? "\n```" : "") + "<｜tool▁call▁end｜>",
                Optional.of((fenced ? "\n" : "") + call),
                "<｜tool▁calls▁end｜>",
                Optional.empty());
    }

    private static ToolForm mistral(String template) {
        Optional<Integer> idLength = Optional.of(9);
        if (template.contains("[ARGS]")) {
            return new ToolForm(
                    List.of(new Opening("[TOOL_CALLS]", "")),
                    false,
                    "[ARGS]",
                    "",
                    Optional.of("[TOOL_CALLS]"),
                    "",
                    idLength);
        }
        String space = template.contains("[TOOL_CALLS] [") ? " " : "";
        return new ToolForm(
                List.of(new Opening("[TOOL_CALLS]", space + "[" + NAME)),
                true,
                ARGUMENTS,
                "}",
                Optional.of(", " + NAME),
                "]",
                idLength);
    }

    private static ToolForm granite() {
        return new ToolForm(
                List.of(new Opening("<|tool_call|>", "[" + NAME)),
                true,
                ARGUMENTS,
                "}",
                Optional.of(", " + NAME),
                "]",
                Optional.empty());
    }

    /** Functionary, and the one that Llama's prompt format calls user-defined. */
    private static ToolForm tags() {
        return new ToolForm(
                List.of(new Opening("<function=", "")),
                false,
                ">",
                "</function>",
                Optional.of("<function="),
                "",
                Optional.empty());
    }

    /** Most of Llama's templates refuse an answer with several calls. */
    private static ToolForm llama(String template) {
        return new ToolForm(
                List.of(
                        new Opening("", NAME),
                        new Opening("<|python_tag|>", NAME),
                        new Opening("", "{\"type\": \"function\", \"name\": \"")),
                true,
                "\", \"parameters\": ",
                "}",
                template.contains("single tool-call") ? Optional.empty() : Optional.of("; " + NAME),
                "",
                Optional.empty());
    }

    /** A tool's name as a call has it, with what follows. */
    String named(String tool) {
        return (jsonName ? new String(JsonStringEncoder.getInstance().quoteAsString(tool)) : tool) + between;
    }

    /** Whether a call of that tool can be told from others. */
    boolean canName(String tool) {
        return jsonName || !tool.contains(between) && !tool.contains("\n");
    }
}
