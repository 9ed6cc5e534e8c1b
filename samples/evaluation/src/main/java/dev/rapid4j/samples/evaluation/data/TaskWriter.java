package dev.rapid4j.samples.evaluation.data;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.MinimalPrettyPrinter;
import dev.rapid4j.samples.evaluation.data.BookTask.MultipleChoice;
import dev.rapid4j.samples.evaluation.data.BookTask.QuestionAnswer;
import dev.rapid4j.samples.evaluation.data.BookTask.Summary;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** Writes tasks as they are published, task by task. A file that is there is replaced. */
public final class TaskWriter {

    private static final JsonFactory JSON = new JsonFactory();

    private TaskWriter() {}

    /** One JSON array. */
    public static void writeLongBench(Path file, Stream<LongBenchTask> tasks) throws IOException {
        try (tasks;
                JsonGenerator json = JSON.createGenerator(file.toFile(), JsonEncoding.UTF8)) {
            json.writeStartArray();
            for (Iterator<LongBenchTask> all = tasks.iterator(); all.hasNext(); ) {
                write(all.next(), json);
            }
            json.writeEndArray();
        }
    }

    /** JSON lines. */
    public static void writeInfiniteBench(Path file, Stream<? extends BookTask> tasks) throws IOException {
        writeLines(file, tasks, TaskWriter::write);
    }

    /** JSON lines. */
    public static void writeFacts(Path file, Stream<FactsTask> tasks) throws IOException {
        writeLines(file, tasks, TaskWriter::write);
    }

    @FunctionalInterface
    private interface Writer<T> {
        void write(T task, JsonGenerator json) throws IOException;
    }

    private static <T> void writeLines(Path file, Stream<? extends T> tasks, Writer<T> writer) throws IOException {
        try (tasks;
                JsonGenerator json = JSON.createGenerator(file.toFile(), JsonEncoding.UTF8)) {
            json.setPrettyPrinter(new MinimalPrettyPrinter("\n"));
            for (Iterator<? extends T> all = tasks.iterator(); all.hasNext(); ) {
                writer.write(all.next(), json);
            }
        }
    }

    private static void write(LongBenchTask task, JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeStringField("_id", task.id());
        json.writeStringField("domain", task.domain());
        json.writeStringField("sub_domain", task.subDomain());
        json.writeStringField("difficulty", task.difficulty().name().toLowerCase(Locale.ROOT));
        json.writeStringField("length", task.length().name().toLowerCase(Locale.ROOT));
        json.writeStringField("question", task.question());
        for (Choice choice : Choice.values()) {
            json.writeStringField("choice_" + choice, task.options().get(choice.ordinal()));
        }
        json.writeStringField("answer", task.answer().name());
        json.writeStringField("context", task.context());
        json.writeEndObject();
    }

    private static void write(BookTask task, JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeStringField("id", task.id());
        json.writeStringField("context", task.context());
        json.writeStringField("input", task.question());
        writeTexts("answer", answers(task), json);
        writeTexts("options", task instanceof MultipleChoice choice ? choice.options() : List.of(), json);
        json.writeEndObject();
    }

    private static void write(FactsTask task, JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeStringField("id", task.id());
        json.writeStringField("context", task.context());
        json.writeStringField("input", task.question());
        json.writeStringField("kind", task.kind().id());
        writeTexts("facts", task.facts(), json);
        json.writeEndObject();
    }

    private static List<String> answers(BookTask task) {
        if (task instanceof QuestionAnswer question) {
            return question.answers();
        }
        if (task instanceof MultipleChoice choice) {
            return List.of(choice.options().get(choice.answer().ordinal()));
        }
        return ((Summary) task).references();
    }

    private static void writeTexts(String name, List<String> texts, JsonGenerator json) throws IOException {
        json.writeArrayFieldStart(name);
        for (String text : texts) {
            json.writeString(text);
        }
        json.writeEndArray();
    }
}
