package dev.rapid4j.samples.evaluation.data;

import dev.rapid4j.samples.evaluation.data.BookTask.MultipleChoice;
import dev.rapid4j.samples.evaluation.data.BookTask.QuestionAnswer;
import dev.rapid4j.samples.evaluation.data.BookTask.Summary;
import dev.rapid4j.samples.evaluation.data.FactsTask.Kind;
import dev.rapid4j.samples.evaluation.data.LongBenchTask.Difficulty;
import dev.rapid4j.samples.evaluation.data.LongBenchTask.Length;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * Reads files of tasks: one JSON array, or JSON lines, in UTF-8.
 *
 * <p>The streams hold one record at a time and keep the file open: close them. A record that is no task (a field
 * missing, an unknown answer, a blank context, an id that was there before, a damaged line) is reported and skipped.
 * While a stream is opened or read, {@link DataException} tells of a file that is not there, not JSON, or an array that
 * is damaged half-way.
 */
public final class TaskFiles {

    private TaskFiles() {}

    /** LongBench v2. */
    public static Stream<LongBenchTask> longBench(Path file, Consumer<SkippedRecord> skipped) {
        return read(file, TaskFiles::longBenchTask, skipped);
    }

    /** En.QA of InfiniteBench ({@code longbook_qa_eng.jsonl}). */
    public static Stream<QuestionAnswer> questionAnswers(Path file, Consumer<SkippedRecord> skipped) {
        return read(
                file,
                fields -> new QuestionAnswer(
                        fields.id("id"), fields.text("context"), fields.text("input"), fields.texts("answer")),
                skipped);
    }

    /** En.MC of InfiniteBench ({@code longbook_choice_eng.jsonl}). */
    public static Stream<MultipleChoice> multipleChoices(Path file, Consumer<SkippedRecord> skipped) {
        return read(file, TaskFiles::multipleChoice, skipped);
    }

    /** En.Sum of InfiniteBench ({@code longbook_sum_eng.jsonl}). */
    public static Stream<Summary> summaries(Path file, Consumer<SkippedRecord> skipped) {
        return read(
                file,
                fields -> new Summary(
                        fields.id("id"), fields.text("context"), fields.textOrEmpty("input"), fields.texts("answer")),
                skipped);
    }

    /**
     * Questions to answer freely: {@code id}, {@code context}, {@code input}, {@code kind} and {@code facts}, see
     * {@link FactsTask}.
     */
    public static Stream<FactsTask> facts(Path file, Consumer<SkippedRecord> skipped) {
        return read(file, TaskFiles::factsTask, skipped);
    }

    private static <T extends Task> Stream<T> read(
            Path file, Function<Fields, T> conversion, Consumer<SkippedRecord> skipped) {
        RecordSource records = RecordSource.open(file);
        TaskIterator<T> tasks = new TaskIterator<>(records, conversion, skipped);
        return StreamSupport.stream(
                        Spliterators.spliteratorUnknownSize(tasks, Spliterator.ORDERED | Spliterator.NONNULL), false)
                .onClose(records::close);
    }

    private static FactsTask factsTask(Fields fields) {
        Kind kind = Kind.of(fields.text("kind"))
                .orElseThrow(() -> new InvalidRecordException("\"kind\" is not "
                        + Stream.of(Kind.values()).map(Kind::id).collect(Collectors.joining(" or "))));
        List<String> facts = kind == Kind.UNANSWERABLE ? List.of() : fields.texts("facts");
        return new FactsTask(fields.id("id"), kind, fields.text("context"), fields.text("input"), facts);
    }

    private static LongBenchTask longBenchTask(Fields fields) {
        return new LongBenchTask(
                fields.id("_id"),
                fields.text("domain"),
                fields.text("sub_domain"),
                constant(fields, "difficulty", Difficulty.class),
                constant(fields, "length", Length.class),
                fields.text("question"),
                List.of(
                        fields.text("choice_A"),
                        fields.text("choice_B"),
                        fields.text("choice_C"),
                        fields.text("choice_D")),
                Choice.of(fields.text("answer"))
                        .orElseThrow(() -> new InvalidRecordException("\"answer\" is not A, B, C or D")),
                fields.text("context"));
    }

    /** The answer is the text of an option, followed by its letter or not. */
    private static MultipleChoice multipleChoice(Fields fields) {
        List<String> options = fields.texts("options");
        if (options.size() != Choice.values().length) {
            throw new InvalidRecordException("\"options\" are not four");
        }
        List<String> answer = fields.texts("answer");
        Optional<Choice> letter = answer.size() == 2
                ? Choice.of(answer.get(1))
                : Optional.of(options.indexOf(answer.get(0)))
                        .filter(index -> index >= 0 && answer.size() == 1)
                        .map(index -> Choice.values()[index]);
        return new MultipleChoice(
                fields.id("id"),
                fields.text("context"),
                fields.text("input"),
                options,
                letter.orElseThrow(() -> new InvalidRecordException("\"answer\" is none of the options")));
    }

    private static <E extends Enum<E>> E constant(Fields fields, String name, Class<E> type) {
        String value = fields.text(name);
        return Stream.of(type.getEnumConstants())
                .filter(constant -> constant.name().toLowerCase(Locale.ROOT).equals(value))
                .findFirst()
                .orElseThrow(() -> new InvalidRecordException("\"%s\" is not %s"
                        .formatted(
                                name,
                                String.join(
                                        " or ",
                                        Stream.of(type.getEnumConstants())
                                                .map(constant -> constant.name().toLowerCase(Locale.ROOT))
                                                .toList()))));
    }
}
