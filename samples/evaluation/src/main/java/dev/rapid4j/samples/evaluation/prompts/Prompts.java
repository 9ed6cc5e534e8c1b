package dev.rapid4j.samples.evaluation.prompts;

import dev.rapid4j.samples.evaluation.data.BookTask;
import dev.rapid4j.samples.evaluation.data.BookTask.MultipleChoice;
import dev.rapid4j.samples.evaluation.data.BookTask.QuestionAnswer;
import dev.rapid4j.samples.evaluation.data.FactsTask;
import dev.rapid4j.samples.evaluation.data.LongBenchTask;
import dev.rapid4j.samples.evaluation.data.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The prompts for the tasks, made from templates. Those that come along ask for the same as the authors' do, in other
 * words; files in a folder of the user's take their place, and may leave the options out for a model that is to answer
 * freely. The folder {@code prompts} of LongBench's repository is one.
 */
public final class Prompts implements Serializable {

    private static final long serialVersionUID = 1L;

    private static final long MAX_TEMPLATE_BYTES = 1 << 20;

    private static final Set<Placeholder> OPTIONS =
            EnumSet.of(Placeholder.C_A, Placeholder.C_B, Placeholder.C_C, Placeholder.C_D);

    private enum Kind {
        ZERO_SHOT("0shot.txt", Set.of(Placeholder.DOC, Placeholder.Q), OPTIONS, Set.of()),
        CHAIN_OF_THOUGHT("0shot_cot.txt", Set.of(Placeholder.DOC, Placeholder.Q), OPTIONS, Set.of()),
        CHAIN_OF_THOUGHT_ANSWER(
                "0shot_cot_ans.txt", Set.of(Placeholder.Q, Placeholder.COT), OPTIONS, Set.of(Placeholder.DOC)),
        RETRIEVED("0shot_rag.txt", Set.of(Placeholder.DOC, Placeholder.Q), OPTIONS, Set.of()),
        QUESTION_ANSWER("longbook_qa_eng.txt", Set.of(Placeholder.DOC, Placeholder.Q), Set.of(), Set.of()),
        MULTIPLE_CHOICE("longbook_choice_eng.txt", Set.of(Placeholder.DOC, Placeholder.Q), OPTIONS, Set.of()),
        SUMMARY("longbook_sum_eng.txt", Set.of(Placeholder.DOC), Set.of(), Set.of(Placeholder.Q)),
        FACTS("facts.txt", Set.of(Placeholder.DOC, Placeholder.Q), Set.of(), Set.of());

        final String file;
        private final Set<Placeholder> required;
        private final Set<Placeholder> options;
        private final Set<Placeholder> optional;

        Kind(String file, Set<Placeholder> required, Set<Placeholder> options, Set<Placeholder> optional) {
            this.file = file;
            this.required = EnumSet.copyOf(required);
            this.options = options;
            this.optional = optional;
        }

        Template template(String source, String text) {
            return Template.parse(source, text, required, options, optional);
        }
    }

    private final EnumMap<Kind, Template> templates;

    private Prompts(EnumMap<Kind, Template> templates) {
        this.templates = templates;
    }

    /** The templates that come along. */
    public static Prompts bundled() {
        EnumMap<Kind, Template> templates = new EnumMap<>(Kind.class);
        for (Kind kind : Kind.values()) {
            templates.put(kind, kind.template(kind.file, resource(kind.file)));
        }
        return new Prompts(templates);
    }

    /**
     * The files of a folder that have the names of templates, and for the others those that come along.
     *
     * @throws IllegalArgumentException if no file has such a name, one is larger than 1 MB, or its placeholders are not
     *     those of the template
     * @throws UncheckedIOException if a file cannot be read as UTF-8
     */
    public static Prompts from(Path folder) {
        Prompts prompts = bundled();
        List<Kind> given = Stream.of(Kind.values())
                .filter(kind -> Files.isRegularFile(folder.resolve(kind.file)))
                .toList();
        if (given.isEmpty()) {
            throw new IllegalArgumentException("%s holds no template; name them %s"
                    .formatted(
                            folder,
                            Stream.of(Kind.values()).map(kind -> kind.file).collect(Collectors.joining(", "))));
        }
        for (Kind kind : given) {
            Path file = folder.resolve(kind.file);
            prompts.templates.put(kind, kind.template(file.toString(), read(file)));
        }
        return prompts;
    }

    /** SHA-256 of the templates, in hexadecimal digits. */
    public String hash() {
        return Sha256.of(templates.entrySet().stream()
                .map(template ->
                        template.getKey().file + "\0" + template.getValue().text() + "\0")
                .collect(Collectors.joining()));
    }

    public Prompt zeroShot(LongBenchTask task) {
        return fill(Kind.ZERO_SHOT, values(task, task.context()));
    }

    /** Asks for reasoning, from which {@link #chainOfThoughtAnswer} gets the answer. */
    public Prompt chainOfThought(LongBenchTask task) {
        return fill(Kind.CHAIN_OF_THOUGHT, values(task, task.context()));
    }

    /** @param reasoning what the model responded to {@link #chainOfThought} */
    public Prompt chainOfThoughtAnswer(LongBenchTask task, String reasoning) {
        Map<Placeholder, String> values = values(task, task.context());
        values.put(Placeholder.COT, reasoning);
        return fill(Kind.CHAIN_OF_THOUGHT_ANSWER, values);
    }

    /** A prompt for passages, which are to take the place of the long text. */
    public Prompt retrieved(LongBenchTask task) {
        return fill(Kind.RETRIEVED, values(task, task.context()));
    }

    public Prompt book(BookTask task) {
        Map<Placeholder, String> values = values(task.question(), task.context());
        if (task instanceof MultipleChoice choice) {
            putOptions(values, choice.options());
            return fill(Kind.MULTIPLE_CHOICE, values);
        }
        return fill(task instanceof QuestionAnswer ? Kind.QUESTION_ANSWER : Kind.SUMMARY, values);
    }

    public Prompt facts(FactsTask task) {
        return fill(Kind.FACTS, values(task.question(), task.context()));
    }

    private Prompt fill(Kind kind, Map<Placeholder, String> values) {
        return templates.get(kind).fill(values);
    }

    private static Map<Placeholder, String> values(LongBenchTask task, String document) {
        Map<Placeholder, String> values = values(task.question(), document);
        putOptions(values, task.options());
        return values;
    }

    private static Map<Placeholder, String> values(String question, String document) {
        return new EnumMap<>(Map.of(Placeholder.Q, question, Placeholder.DOC, document));
    }

    private static void putOptions(Map<Placeholder, String> values, List<String> options) {
        int i = 0;
        for (Placeholder option : OPTIONS) {
            values.put(option, options.get(i++));
        }
    }

    private static String resource(String name) {
        try (InputStream in = Prompts.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String read(Path file) {
        try {
            if (Files.size(file) > MAX_TEMPLATE_BYTES) {
                throw new IllegalArgumentException(file + " is larger than a template may be (1 MB)");
            }
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be read as UTF-8", e);
        }
    }
}
