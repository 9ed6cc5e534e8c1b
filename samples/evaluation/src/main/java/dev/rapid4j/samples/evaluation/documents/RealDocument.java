package dev.rapid4j.samples.evaluation.documents;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.rapid4j.samples.evaluation.data.Choice;
import dev.rapid4j.samples.evaluation.data.FactsTask;
import dev.rapid4j.samples.evaluation.data.LongBenchTask;
import dev.rapid4j.samples.evaluation.data.LongBenchTask.Difficulty;
import dev.rapid4j.samples.evaluation.data.LongBenchTask.Length;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.StreamSupport;

/**
 * A text that comes along, with questions about it. {@code README.md} beside the texts says where they are from.
 *
 * @param name as on the command line
 * @param facts questions to answer freely
 * @param choices questions with four options, in LongBench v2's form
 */
public record RealDocument(String name, String title, String text, List<FactsTask> facts, List<LongBenchTask> choices) {

    private static final String CHOICE = "choice";

    public RealDocument {
        facts = List.copyOf(facts);
        choices = List.copyOf(choices);
    }

    /** All of them, the shorter ones first. */
    public static List<RealDocument> all() {
        try {
            List<RealDocument> documents = new ArrayList<>();
            for (JsonNode node : new JsonMapper().readTree(resource("questions.json"))) {
                documents.add(of(node));
            }
            documents.sort((a, b) -> Integer.compare(a.text.length(), b.text.length()));
            return documents;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static RealDocument of(JsonNode node) throws IOException {
        String name = node.get("name").asText();
        String title = node.get("title").asText();
        String text = new String(resource(name + ".txt"), StandardCharsets.UTF_8);
        List<FactsTask> facts = new ArrayList<>();
        List<LongBenchTask> choices = new ArrayList<>();
        for (JsonNode question : node.get("questions")) {
            if (question.get("kind").asText().equals(CHOICE)) {
                choices.add(choice(question, title, text));
            } else {
                facts.add(facts(question, text));
            }
        }
        return new RealDocument(name, title, text, facts, choices);
    }

    private static FactsTask facts(JsonNode question, String text) {
        return new FactsTask(
                question.get("id").asText(),
                FactsTask.Kind.valueOf(question.get("kind").asText().toUpperCase(Locale.ROOT)),
                text,
                question.get("question").asText(),
                texts(question.path("facts")));
    }

    private static LongBenchTask choice(JsonNode question, String title, String text) {
        return new LongBenchTask(
                question.get("id").asText(),
                "Single-Document QA",
                title,
                Difficulty.valueOf(question.get("difficulty").asText().toUpperCase(Locale.ROOT)),
                Length.SHORT,
                question.get("question").asText(),
                texts(question.get("options")),
                Choice.valueOf(question.get("answer").asText()),
                text);
    }

    private static List<String> texts(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .map(JsonNode::asText)
                .toList();
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = RealDocument.class.getResourceAsStream(name)) {
            return in.readAllBytes();
        }
    }
}
