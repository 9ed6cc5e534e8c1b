package dev.rapid4j.internal.answer;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * How a family of models writes calls of tools: {@code opening name between arguments after}, further calls each behind
 * {@code next}, and at last {@code end}. What of the rest is a control token in a vocabulary is that token, else it is
 * text. White space and numbers in it may be {@linkplain Spacing free}.
 *
 * @param openings ways to begin; the first is what the model is held to where it has to call
 * @param jsonName whether the name stands in a JSON string
 * @param next what may stand before a further call; none: one call is all
 * @param idLength characters of a call's id, letters and digits, that the chat template insists on
 * @param arguments how the arguments are written
 */
record ToolForm(
        List<Opening> openings,
        boolean jsonName,
        String between,
        String after,
        List<String> next,
        String end,
        Optional<Integer> idLength,
        ArgumentsForm arguments) {

    /**
     * What stands before a call's name.
     *
     * @param marker what tells that this is a call; if empty, only its whole beginning does, to the end of a tool's
     *     name, and only where it is the first of the answer
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
            List.of(Spacing.free(" ") + "<tool_call>\n" + NAME),
            "");

    /** Hermes' as small models write it that leave the tags out, Qwen2.5-Coder among them. */
    static final List<ToolForm> HERMES_OR_UNTAGGED =
            Stream.concat(Stream.of(HERMES), untagged("arguments", true)).toList();

    private static final ToolForm QWEN_CODER = new ToolForm(
            List.of(new Opening("<tool_call>", "\n<function=")),
            false,
            ">\n",
            "</function>\n</tool_call>",
            List.of(Spacing.free(" ") + "<tool_call>\n<function="),
            "",
            Optional.empty(),
            ArgumentsForm.TAGS);

    private static final ToolForm OLMO = new ToolForm(
            List.of(new Opening("<function_calls>", "\n")),
            false,
            "(",
            ")",
            List.of(Spacing.free(" ")),
            Spacing.free(" ") + "</function_calls>",
            Optional.empty(),
            ArgumentsForm.PYTHON);

    /** A message of its own, whose header names the tool; it is the last one. */
    static final ToolForm CHANNELS = new ToolForm(List.of(), false, " ", "", List.of(), "");

    private static final Pattern TOOLS = Pattern.compile("\\btools\\b");

    private ToolForm(
            List<Opening> openings, boolean jsonName, String between, String after, List<String> next, String end) {
        this(openings, jsonName, between, after, next, end, Optional.empty(), ArgumentsForm.JSON);
    }

    ToolForm {
        openings = List.copyOf(openings);
        next = List.copyOf(next);
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
        if (template.contains("<|START_ACTION|>")) {
            return List.of(command());
        }
        // tags inside of the arguments: GLM, Seed
        if (template.contains("<arg_key>") || template.contains("<seed:tool_call>")) {
            return List.of();
        }
        if (template.contains("<parameter=")) {
            return template.contains("<tool_call>") ? List.of(QWEN_CODER) : List.of();
        }
        if (template.contains("<function_calls>")) {
            return List.of(OLMO);
        }
        if (template.contains("<tool_call>")) {
            return HERMES_OR_UNTAGGED;
        }
        if (template.contains("<|/tool_call|>")) {
            return List.of(phi());
        }
        if (template.contains("<|tool_call|>")) {
            return List.of(granite());
        }
        if (template.contains("<function=")) {
            return List.of(tags());
        }
        if (template.contains("\"parameters\": ") && template.contains("\"name\": ")) {
            return llama(template);
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
                List.of((fenced ? "\n" : "") + call),
                "<｜tool▁calls▁end｜>");
    }

    private static ToolForm mistral(String template) {
        Optional<Integer> idLength = Optional.of(9);
        if (template.contains("[ARGS]")) {
            return new ToolForm(
                    List.of(new Opening("[TOOL_CALLS]", "")),
                    false,
                    "[ARGS]",
                    "",
                    List.of("[TOOL_CALLS]"),
                    "",
                    idLength,
                    ArgumentsForm.JSON);
        }
        String space = template.contains("[TOOL_CALLS] [") ? " " : "";
        return new ToolForm(
                List.of(new Opening("[TOOL_CALLS]", space + "[" + NAME)),
                true,
                ARGUMENTS,
                "}",
                List.of(", " + NAME),
                "]",
                idLength,
                ArgumentsForm.JSON);
    }

    /** Calls are numbered, through the whole conversation; results are given with these numbers. */
    private static ToolForm command() {
        String call = "{ \"tool_call_id\" : \"" + Spacing.NUMBER + "\" , \"tool_name\" : \"";
        return new ToolForm(
                List.of(new Opening("<|START_ACTION|>", Spacing.free("[ " + call))),
                true,
                Spacing.free("\" , \"parameters\" : "),
                Spacing.free(" }"),
                List.of(Spacing.free(" , " + call)),
                Spacing.free(" ]") + "<|END_ACTION|>");
    }

    private static ToolForm granite() {
        return new ToolForm(
                List.of(new Opening("<|tool_call|>", "[" + NAME)), true, ARGUMENTS, "}", List.of(", " + NAME), "]");
    }

    private static ToolForm phi() {
        String call = "<|tool_call|>" + NAME;
        return new ToolForm(
                List.of(new Opening("<|tool_call|>", NAME)), true, ARGUMENTS, "}<|/tool_call|>", List.of(call), "");
    }

    /** Functionary, and the one that Llama's prompt format calls user-defined. */
    private static ToolForm tags() {
        return new ToolForm(
                List.of(new Opening("<function=", "")), false, ">", "</function>", List.of("<function="), "");
    }

    /** Most of Llama's templates refuse an answer with several calls. */
    private static List<ToolForm> llama(String template) {
        boolean several = !template.contains("single tool-call");
        String arguments = "parameters";
        ToolForm tagged =
                json(List.of(new Opening("<|python_tag|>", Spacing.free("{ \"name\" : \""))), arguments, List.of(), "");
        return Stream.concat(untagged(arguments, several), Stream.of(tagged)).toList();
    }

    /** JSON by itself or in a fence, as models write it who know of no marker, or forget it. */
    private static Stream<ToolForm> untagged(String arguments, boolean several) {
        String call = "{ \"name\" : \"";
        String typed = "{ \"type\" : \"function\" , \"name\" : \"";
        // what follows such a call is white space, be it before another call or before text, which nobody can tell
        // apart:
        // the answer ends with it, and so before its fence is closed
        ToolForm bare = json(
                untagged(call, typed, "```json " + call, "```json " + typed, "``` " + call), arguments, List.of(), "");
        if (!several) {
            return Stream.of(bare);
        }
        ToolForm list = json(
                untagged("[ " + call, "```json [ " + call, "``` [ " + call), arguments, List.of(" , " + call), " ]");
        return Stream.of(bare, list);
    }

    private static List<Opening> untagged(String... openings) {
        return Arrays.stream(openings)
                .map(opening -> new Opening("", Spacing.free(opening)))
                .toList();
    }

    private static ToolForm json(List<Opening> openings, String arguments, List<String> next, String end) {
        return new ToolForm(
                openings,
                true,
                Spacing.free("\" , \"" + arguments + "\" : "),
                Spacing.free(" }"),
                next.stream().map(Spacing::free).toList(),
                Spacing.free(end));
    }

    /** The same, but that no call is told by its beginning alone. */
    ToolForm marked() {
        return new ToolForm(
                openings.stream().filter(opening -> !opening.marker().isEmpty()).toList(),
                jsonName,
                between,
                after,
                next,
                end,
                idLength,
                arguments);
    }

    /** A tool's name as a call has it. */
    String written(String tool) {
        return jsonName ? new String(JsonStringEncoder.getInstance().quoteAsString(tool)) : tool;
    }

    /** The same with what follows. */
    String named(String tool) {
        return written(tool) + between;
    }

    /** Whether a call of that tool can be told from others. */
    boolean canName(String tool) {
        return jsonName || !tool.contains(between) && !tool.contains("\n");
    }
}
