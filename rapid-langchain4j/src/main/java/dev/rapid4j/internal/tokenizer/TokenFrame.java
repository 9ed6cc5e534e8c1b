package dev.rapid4j.internal.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rapid4j.internal.json.JsonFile;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The tokens that the {@code post_processor} of a {@code tokenizer.json} puts around a single text. */
record TokenFrame(List<Integer> before, List<Integer> after) {

    private static final String SECTION = "post_processor";

    /** More than any tokenizer adds. */
    private static final int MAX_TOKENS = 16;

    TokenFrame {
        before = List.copyOf(before);
        after = List.copyOf(after);
    }

    /** @throws CheckpointException if the section is missing, unknown, or names ids beyond the vocabulary */
    static TokenFrame of(JsonFile tokenizer, int vocabularySize) {
        JsonNode processor = tokenizer.root().path(SECTION);
        TokenFrame frame = switch (processor.path("type").asText()) {
            case "TemplateProcessing" -> template(tokenizer, processor);
            case "BertProcessing", "RobertaProcessing" ->
                new TokenFrame(
                        List.of(id(tokenizer, processor.path("cls").path(1))),
                        List.of(id(tokenizer, processor.path("sep").path(1))));
            default ->
                throw tokenizer.invalid(
                        SECTION,
                        "an encoder needs the start and end token; supported are TemplateProcessing, BertProcessing and"
                                + " RobertaProcessing");
        };
        if (frame.size() > MAX_TOKENS || frame.ids().anyMatch(id -> id >= vocabularySize)) {
            throw tokenizer.invalid(SECTION, "it adds too many tokens, or tokens beyond the vocabulary");
        }
        return frame;
    }

    private static TokenFrame template(JsonFile tokenizer, JsonNode processor) {
        List<Integer> before = new ArrayList<>();
        List<Integer> after = new ArrayList<>();
        List<Integer> current = before;
        for (JsonNode piece : processor.path("single")) {
            if (piece.path("SpecialToken").path("type_id").asInt() != 0
                    || piece.path("Sequence").path("type_id").asInt() != 0) {
                throw tokenizer.invalid(SECTION, "supported is the segment type 0");
            }
            if (piece.has("SpecialToken")) {
                String name = piece.path("SpecialToken").path("id").asText();
                for (JsonNode id : processor.path("special_tokens").path(name).path("ids")) {
                    current.add(id(tokenizer, id));
                }
            } else if (current == before) {
                current = after;
            } else {
                throw tokenizer.invalid(SECTION, "it has the text more than once");
            }
        }
        if (current == before) {
            throw tokenizer.invalid(SECTION, "it leaves the text out");
        }
        return new TokenFrame(before, after);
    }

    private static int id(JsonFile tokenizer, JsonNode id) {
        if (!id.isInt() || id.intValue() < 0) {
            throw tokenizer.invalid(SECTION, "its tokens need ids");
        }
        return id.intValue();
    }

    int size() {
        return before.size() + after.size();
    }

    IntStream ids() {
        return Stream.concat(before.stream(), after.stream()).mapToInt(Integer::intValue);
    }

    /** The first tokens of a text, as many as there is room for, with the frame around them. */
    EncoderInput around(int[] text, boolean complete, int maxTokens) {
        int kept = Math.min(text.length, maxTokens - size());
        IntStream.Builder ids = IntStream.builder();
        before.forEach(ids::add);
        IntStream.of(text).limit(kept).forEach(ids::add);
        after.forEach(ids::add);
        return new EncoderInput(ids.build().toArray(), kept < text.length || !complete);
    }
}
