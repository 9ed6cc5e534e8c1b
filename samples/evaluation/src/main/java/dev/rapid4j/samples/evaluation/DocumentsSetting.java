package dev.rapid4j.samples.evaluation;

import dev.rapid4j.DraftContext;
import dev.rapid4j.samples.evaluation.runs.Method;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * One of the settings that {@code documents} compares.
 *
 * @param name as on the command line, and of the folder
 * @param options of a benchmark's command
 */
record DocumentsSetting(String name, List<String> options) {

    private static final Pattern RAPID = Pattern.compile("rapid-(\\d{1,3}(?:\\.\\d+)?)(?:-(prompt|rows|paper))?");

    private static final List<Method> OTHERS =
            Stream.of(Method.values()).filter(method -> method != Method.RAPID).toList();

    static final class Converter implements ITypeConverter<DocumentsSetting> {

        @Override
        public DocumentsSetting convert(String value) {
            return of(value);
        }
    }

    /** Whether another model than the target can draft. */
    boolean takesDrafter() {
        return RAPID.matcher(name).matches() || name.equals(Method.SPECULATIVE.id());
    }

    /** @throws TypeConversionException if it is none */
    static DocumentsSetting of(String name) {
        Matcher rapid = RAPID.matcher(name);
        if (rapid.matches()) {
            String way = Optional.ofNullable(rapid.group(2)).orElse("");
            return new DocumentsSetting(
                    name,
                    List.of(
                            "--mode=" + Method.RAPID.id(),
                            "--margin=" + rapid.group(1),
                            "--draft-context=" + draftContext(way),
                            "--learn-every-token=" + !way.equals("paper")));
        }
        if (OTHERS.stream().noneMatch(method -> method.id().equals(name))) {
            throw new TypeConversionException(
                    "'%s' is none of %s, rapid-MARGIN, rapid-MARGIN-prompt, rapid-MARGIN-rows and rapid-MARGIN-paper, as in rapid-10-rows"
                            .formatted(
                                    name,
                                    String.join(
                                            ", ",
                                            OTHERS.stream().map(Method::id).toList())));
        }
        return new DocumentsSetting(name, List.of("--mode=" + name));
    }

    private static DraftContext draftContext(String way) {
        return switch (way) {
            case "rows" -> DraftContext.PASSAGE_ROWS;
            case "prompt", "paper" -> DraftContext.PASSAGE_PROMPT;
            default -> DraftContext.AUTO;
        };
    }
}
