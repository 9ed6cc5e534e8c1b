package dev.rapid4j.internal.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.json.JsonFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The tokens that the {@code post_processor} of a {@code tokenizer.json} puts around a text, and around and between the
 * two of a pair.
 *
 * @param pair empty where it says nothing of pairs, or what cannot be followed
 */
record TokenFrame(List<Integer> before, List<Integer> after, Optional<PairFrame> pair) {

    private static final String SECTION = "post_processor";

    /** More than any tokenizer adds. */
    private static final int MAX_TOKENS = 16;

    /**
     * @param first how many of the tokens between the texts are of the first segment type
     * @param segments whether what is behind these is of the second one
     */
    record PairFrame(List<Integer> before, List<Integer> between, List<Integer> after, int first, boolean segments) {

        int size() {
            return before.size() + between.size() + after.size();
        }
    }

    TokenFrame {
        before = List.copyOf(before);
        after = List.copyOf(after);
    }

    /** @throws CheckpointException if the section is missing, unknown, or names ids beyond the vocabulary */
    static TokenFrame of(JsonFile tokenizer, int vocabularySize) {
        JsonNode processor = processor(tokenizer.root().path(SECTION));
        TokenFrame frame = switch (processor.path("type").asText()) {
            case "TemplateProcessing" -> template(tokenizer, processor);
            case "BertProcessing" -> fixed(tokenizer, processor, true);
            case "RobertaProcessing" -> fixed(tokenizer, processor, false);
            default ->
                throw tokenizer.invalid(
                        SECTION,
                        "an encoder needs the start and end token; supported are TemplateProcessing, BertProcessing and"
                                + " RobertaProcessing");
        };
        if (frame.size() > MAX_TOKENS
                || frame.pair().stream().anyMatch(pair -> pair.size() > MAX_TOKENS)
                || frame.ids().anyMatch(id -> id >= vocabularySize)) {
            throw tokenizer.invalid(SECTION, "it adds too many tokens, or tokens beyond the vocabulary");
        }
        return frame;
    }

    /** Of a sequence the one that is not only about places. */
    private static JsonNode processor(JsonNode section) {
        if (!section.path("type").asText().equals("Sequence")) {
            return section;
        }
        List<JsonNode> processors = new ArrayList<>();
        section.path("processors").forEach(one -> {
            if (!one.path("type").asText().equals("ByteLevel")) {
                processors.add(one);
            }
        });
        return processors.size() == 1 ? processors.get(0) : section;
    }

    private static TokenFrame fixed(JsonFile tokenizer, JsonNode processor, boolean bert) {
        List<Integer> start = List.of(id(tokenizer, processor.path("cls").path(1)));
        List<Integer> end = List.of(id(tokenizer, processor.path("sep").path(1)));
        List<Integer> between = bert ? end : List.of(end.get(0), end.get(0));
        return new TokenFrame(start, end, Optional.of(new PairFrame(start, between, end, between.size(), bert)));
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
                current.addAll(ids(tokenizer, processor, piece));
            } else if (current == before) {
                current = after;
            } else {
                throw tokenizer.invalid(SECTION, "it has the text more than once");
            }
        }
        if (current == before) {
            throw tokenizer.invalid(SECTION, "it leaves the text out");
        }
        return new TokenFrame(before, after, pair(tokenizer, processor));
    }

    /** The first text, then the second; the segment type grows once at most, between them. */
    private static Optional<PairFrame> pair(JsonFile tokenizer, JsonNode processor) {
        List<List<Integer>> parts = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        // texts so far
        int part = 0;
        int first = 0;
        boolean segments = false;
        for (JsonNode piece : processor.path("pair")) {
            boolean text = piece.has("Sequence");
            JsonNode described = piece.path(text ? "Sequence" : "SpecialToken");
            if (text && (part == 2 || !described.path("id").asText().equals(part == 0 ? "A" : "B"))) {
                return Optional.empty();
            }
            boolean second = described.path("type_id").asInt() == 1;
            boolean mayBegin = part == 1;
            if (described.path("type_id").asInt() != (second ? 1 : 0)
                    || segments && !second
                    || second && !segments && !mayBegin) {
                return Optional.empty();
            }
            segments = second;
            part += text ? 1 : 0;
            List<Integer> ids = text ? List.of() : ids(tokenizer, processor, piece);
            parts.get(part).addAll(ids);
            first += part == 1 && !second ? ids.size() : 0;
        }
        return part == 2
                ? Optional.of(new PairFrame(parts.get(0), parts.get(1), parts.get(2), first, segments))
                : Optional.empty();
    }

    private static List<Integer> ids(JsonFile tokenizer, JsonNode processor, JsonNode piece) {
        String name = piece.path("SpecialToken").path("id").asText();
        List<Integer> ids = new ArrayList<>();
        for (JsonNode id : processor.path("special_tokens").path(name).path("ids")) {
            ids.add(id(tokenizer, id));
        }
        return ids;
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
        Stream<Integer> ofPairs = pair.stream()
                .flatMap(frame -> Stream.of(frame.before(), frame.between(), frame.after()))
                .flatMap(List::stream);
        return Stream.concat(Stream.concat(before.stream(), after.stream()), ofPairs)
                .mapToInt(Integer::intValue);
    }

    /** The first tokens of a text, as many as there is room for, with the frame around them. */
    EncoderInput around(int[] text, boolean complete, int maxTokens) {
        int kept = Math.min(text.length, maxTokens - size());
        IntStream.Builder ids = IntStream.builder();
        before.forEach(ids::add);
        IntStream.of(text).limit(kept).forEach(ids::add);
        after.forEach(ids::add);
        int[] all = ids.build().toArray();
        return new EncoderInput(all, all.length, kept < text.length || !complete);
    }

    /**
     * The first tokens of two texts, as many as there is room for, with the frame around them. As in transformers
     * ({@code truncation=True}) tokens of the longer one are left out until both are of one length, and then of both.
     */
    static EncoderInput around(PairFrame frame, int[] text, int[] other, boolean complete, int maxTokens) {
        int room = maxTokens - frame.size();
        int shorter = Math.min(text.length, other.length);
        int kept = text.length;
        int otherKept = other.length;
        if (kept + otherKept > room) {
            if (shorter <= room / 2) {
                kept = text.length == shorter ? shorter : room - shorter;
                otherKept = room - kept;
            } else {
                // the odd one goes to the longer text, and of two alike to the second
                boolean firstIsLonger = text.length > other.length;
                kept = firstIsLonger ? room - room / 2 : room / 2;
                otherKept = room - kept;
            }
        }
        IntStream.Builder ids = IntStream.builder();
        frame.before().forEach(ids::add);
        IntStream.of(text).limit(kept).forEach(ids::add);
        frame.between().forEach(ids::add);
        IntStream.of(other).limit(otherKept).forEach(ids::add);
        frame.after().forEach(ids::add);
        int[] all = ids.build().toArray();
        int second = frame.segments() ? frame.before().size() + kept + frame.first() : all.length;
        return new EncoderInput(all, second, kept < text.length || otherKept < other.length || !complete);
    }
}
