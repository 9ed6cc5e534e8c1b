package dev.rapid4j.internal.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.json.JsonFile;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Opens thousands of damaged tokenizers, and encodes and decodes nasty texts with those that open, in a JVM of its own
 * that is started anew where one kills it. Not part of the build; after {@code ./mvnw install -DskipTests}:
 *
 * <pre>{@code
 * ./mvnw -o -q -pl rapid-langchain4j test-compile exec:exec -Dexec.executable=java -Dexec.classpathScope=test \
 *     -Dexec.args="-cp %classpath dev.rapid4j.internal.tokenizer.TokenizerFuzz 20000 1"
 * }</pre>
 *
 * with the number of variants and the seed. It prints how many were accepted and refused, and each that ended the
 * process, took more than ten seconds or failed with anything but a {@link CheckpointException}; a third argument is
 * the number of one variant to run alone, in this JVM, after writing it to {@code variant.json} in the working
 * directory.
 */
final class TokenizerFuzz {

    private static final int MAX_SECONDS = 10;
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private static final List<String> PIECES = List.of(
            "a",
            "b",
            " ",
            "\\s",
            "\\S",
            "\\d",
            "\\w",
            "\\p{L}",
            "\\p{N}",
            "\\P{L}",
            "[a-z]",
            "[^a]",
            "[ab]",
            "[\\r\\n]",
            "[^\\s\\p{L}]",
            ".",
            "▁",
            "é",
            "x",
            "(?:ab|c)",
            "(?i:'s|'t)",
            "(a|b)",
            "(a+)",
            "(?:a|aa)",
            "(?:)",
            "\\b",
            "^",
            "$",
            "\\A",
            "\\z",
            "\\G",
            "\\K",
            "\\R",
            "\\X",
            "(?=a)",
            "(?!a)",
            "(?<=a)",
            "(?<!a)",
            "(?!\\S)",
            "(?=\\S)",
            "(?>a+)",
            "\\1",
            "\\g<0>",
            "(?<n>a)\\k<n>",
            "(?~ab)",
            "[[:alpha:]]",
            "[a&&[^b]]",
            "\\x{1F600}",
            "\\u0041",
            "🎉");
    private static final List<String> QUANTIFIERS = List.of(
            "",
            "",
            "",
            "*",
            "+",
            "?",
            "*?",
            "+?",
            "??",
            "*+",
            "++",
            "?+",
            "{1,3}",
            "{2}",
            "{2,}",
            "{,3}",
            "{0}",
            "{0,0}",
            "{1,100}",
            "{99999}",
            "{1,100000}",
            "{3,1}",
            "{1,3}+",
            "{2}?");
    private static final List<String> HOSTILE = List.of(
            "",
            "a*",
            "(a+)+$",
            "(a*)*",
            "(a|aa)+$",
            "(.*)*x",
            "^(a?){40}a{40}",
            "(\\s+)+x",
            "\\s*",
            "(?:)",
            "$",
            "^",
            "(a)\\1*",
            "(?=a)",
            "(?<=a)",
            "\\b",
            "(x+x+)+y",
            "(?:a{1,1000}){1,1000}",
            "((((((((((a*)*)*)*)*)*)*)*)*)*)",
            "[",
            "(",
            "*",
            "a{100001}",
            "\\",
            "\\p{",
            "\\p{Nothing}",
            "(?:\\s*\\s*\\s*\\s*)x",
            "\\s+\\s+\\s+x",
            " +▁",
            "\\s+$",
            "[^x]*y",
            "\\s*x|a",
            ".*b",
            "(?:\\r?\\n)+(?!\\r?\\n)",
            "\\d{1,3}(?=(?:\\d{3})*\\b)",
            "(?=(\\d{3})+(?!\\d))",
            "[\\s\\S]",
            "\\G",
            "(?R)",
            "\\g<0>",
            "(?<a>\\g<a>?)",
            "(?i:ß)*",
            "a|",
            "|a",
            "\\s*[\\r\\n]+|a|\\s+",
            "\u0000");
    private static final List<String> STRINGS = List.of(
            "",
            " ",
            "  ",
            "a",
            "ab",
            "▁",
            "##",
            "</w>",
            "<unk>",
            "é",
            "e\u0301",
            "\u0301",
            "ﷺ",
            "İ",
            "🎉",
            "\ud83c",
            "\udf89",
            "\u0000",
            "\ufffd",
            "\n",
            "\u200b",
            "\u2028",
            "<0x41>",
            "<|end|>",
            "x".repeat(70),
            "y".repeat(3_000),
            "[UNK]",
            "Isolated",
            "Removed",
            "MergedWithNext",
            "always",
            "first",
            "never");

    private static final List<String> TEXTS = List.of(
            "",
            "a",
            "a".repeat(40),
            "a".repeat(3_000),
            " ".repeat(3_000),
            " ".repeat(3_000) + "x",
            "\n".repeat(1_000) + " ".repeat(1_000) + "é",
            " \n".repeat(1_000) + "a",
            "ab".repeat(1_000),
            "aB".repeat(1_000) + "A".repeat(1_000),
            "e\u0301".repeat(500) + "\u0301".repeat(2_000),
            "\u0315\u0300\u05ae".repeat(300),
            "ﷺİǰΐﬃ½각".repeat(100),
            "🎉🇩🇪👩‍👩‍👧‍👦".repeat(100),
            "\ud83c a \udf89 \ud83c",
            "日本語のテキスト".repeat(100),
            "▁▁a▁ b".repeat(200),
            "1234567890".repeat(100),
            "'s't're'LL".repeat(100),
            "!?.,;-_".repeat(200),
            "<|end|></s><s><unk>[UNK][CLS]<pad><mask><0x41>",
            "the lighthouse keeper, 1873.\tÄß\r\n\u0000\u0001\u200b\u2028x",
            "x y ".repeat(500));

    private final Random random;
    private final List<JsonNode> bases;

    private TokenizerFuzz(long seed, List<JsonNode> bases) {
        this.random = new Random(seed);
        this.bases = bases;
    }

    public static void main(String[] arguments) throws Exception {
        int variants = Integer.parseInt(arguments[0]);
        long seed = Long.parseLong(arguments[1]);
        if (arguments.length == 2) {
            supervise(variants, seed);
        } else if (arguments[2].equals("from")) {
            for (int i = Integer.parseInt(arguments[3]); i < variants; i++) {
                run(i, seed, Path.of(arguments[4]));
            }
        } else {
            run(Integer.parseInt(arguments[2]), seed, Path.of("variant.json"));
        }
    }

    private static void supervise(int variants, long seed) throws Exception {
        Path file = Files.createTempFile("tokenizer", ".json");
        Map<String, Integer> counts = new TreeMap<>();
        int next = 0;
        while (next < variants) {
            Process child = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx1g",
                            "-cp",
                            System.getProperty("java.class.path"),
                            TokenizerFuzz.class.getName(),
                            String.valueOf(variants),
                            String.valueOf(seed),
                            "from",
                            String.valueOf(next),
                            file.toString())
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            BlockingQueue<String> lines = new LinkedBlockingQueue<>();
            Thread reader = new Thread(() -> read(child, lines));
            reader.start();
            boolean alive = true;
            while (alive && next < variants) {
                String line = lines.poll(2 * MAX_SECONDS, TimeUnit.SECONDS);
                String outcome = line == null ? "hung" : line.equals("END") ? "aborted" : line.split(" ")[0];
                counts.merge(outcome, 1, Integer::sum);
                if (!outcome.equals("accepted") && !outcome.equals("refused")) {
                    System.out.printf("%d: %s%n", next, line == null || line.equals("END") ? outcome : line);
                }
                alive = line != null && !line.equals("END");
                next++;
            }
            child.destroyForcibly().waitFor();
            reader.join();
            System.out.println(next + " " + counts);
        }
    }

    private static void read(Process child, BlockingQueue<String> lines) {
        try (BufferedReader reader =
                new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                lines.add(line);
            }
        } catch (IOException e) {
            // the process was ended
        }
        lines.add("END");
    }

    /** Prints one line with the outcome. */
    private static void run(int number, long seed, Path file) throws IOException {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        TokenizerFuzz fuzz = new TokenizerFuzz(seed * 1_000_003 + number, bases());
        JsonNode variant = fuzz.variant();
        Files.write(file, JsonFile.MAPPER.writeValueAsBytes(variant));
        long start = System.nanoTime();
        String stage = "open";
        try (Tokenizer tokenizer = Tokenizer.open(
                file, 1000, fuzz.random.nextInt(4) == 0 ? Tokenizer.Network.ENCODER : Tokenizer.Network.DECODER)) {
            for (String text : fuzz.texts(variant, number)) {
                stage = "encode " + text.codePoints().limit(8).boxed().toList();
                int[] ids = tokenizer.encode(text);
                stage = "decode " + text.codePoints().limit(8).boxed().toList();
                tokenizer.decode(ids, fuzz.random.nextBoolean());
            }
            stage = "decode all";
            tokenizer.decode(fuzz.random.ints(200, 0, 1000).toArray(), false);
            for (int id = 0; id < 40; id++) {
                tokenizer.decode(new int[] {fuzz.random.nextInt(400)}, id % 2 == 0);
            }
            stage = "trusted";
            tokenizer.encode(Stream.of(TEXTS.get(20), " a ", TEXTS.get(2), TEXTS.get(20))
                    .map(text -> new TextSpan(text, true))
                    .toList());
            long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start);
            out.println(seconds > MAX_SECONDS ? "slow " + seconds + " s" : "accepted");
        } catch (CheckpointException e) {
            out.println(stage.equals("open") ? "refused " + oneLine(e) : "late " + stage + oneLine(e));
        } catch (Throwable e) {
            out.println("failed " + stage + " " + oneLine(e));
        }
    }

    private List<String> texts(JsonNode variant, int number) {
        List<String> texts = new ArrayList<>(TEXTS);
        String added = String.join(" é", variant.findValuesAsText("content"));
        texts.add(added.substring(0, Math.min(added.length(), 3_000)));
        String content = pick(variant.findValuesAsText("content", new ArrayList<>(List.of("é"))));
        texts.add(content.repeat(2_000 / Math.max(1, content.length())));
        if (number % 64 == 0) {
            String one = pick(List.of(" ", "\n", "a", "A", "字", "1", "!", "\u0301", "🇩", "▁", " \n", "aB", "a "));
            texts.add(one.repeat(100_000) + pick(List.of("", "x", "7", "!")));
        }
        return texts;
    }

    private static String oneLine(Throwable e) {
        return JsonFile.abbreviate(String.valueOf(e).replaceAll("\\s+", " "));
    }

    private static List<JsonNode> bases() throws IOException {
        List<JsonNode> bases = new ArrayList<>();
        try (Stream<Path> tokenizers = Files.list(Path.of("src/test/resources/tokenizers"));
                Stream<Path> golden = Files.list(Path.of("src/test/resources/golden"))) {
            List<Path> files = Stream.concat(tokenizers, golden.map(folder -> folder.resolve("tokenizer.json")))
                    .filter(Files::exists)
                    .filter(file -> file.toString().endsWith(".json")
                            && !file.toString().endsWith("ids.json"))
                    .sorted()
                    .toList();
            for (Path file : files) {
                bases.add(JsonFile.MAPPER.readTree(file.toFile()));
            }
        }
        return bases;
    }

    private JsonNode variant() {
        ObjectNode root = pick(bases).deepCopy();
        int mutations = 1 + random.nextInt(3);
        for (int i = 0; i < mutations; i++) {
            mutate(root);
        }
        return root;
    }

    private void mutate(ObjectNode root) {
        switch (random.nextInt(12)) {
            case 0, 1, 2 -> {
                String section = pick(List.of("normalizer", "pre_tokenizer", "decoder"));
                JsonNode old = root.path(section);
                JsonNode part = part(section);
                if (random.nextInt(3) > 0 && old.isObject()) {
                    part = sequence(section, random.nextBoolean() ? List.of(part, old) : List.of(old, part));
                }
                while (random.nextInt(4) == 0) {
                    part = sequence(section, List.of(part));
                }
                root.set(section, part);
            }
            case 3, 4 -> mutatePatterns(root);
            case 5, 6 -> addToken(root);
            case 7 -> mutateModel(root);
            case 8 -> mutateVocabulary(root);
            default -> mutateNode(root);
        }
    }

    private JsonNode sequence(String section, List<JsonNode> members) {
        String name = switch (section) {
            case "normalizer" -> "normalizers";
            case "pre_tokenizer" -> "pretokenizers";
            default -> "decoders";
        };
        ObjectNode sequence = JSON.objectNode().put("type", "Sequence");
        members.forEach(sequence.putArray(name)::add);
        return sequence;
    }

    private JsonNode part(String section) {
        ObjectNode part = JSON.objectNode();
        String type = pick(
                switch (section) {
                    case "normalizer" ->
                        List.of(
                                "Replace",
                                "Replace",
                                "Replace",
                                "Prepend",
                                "Strip",
                                "StripAccents",
                                "NFC",
                                "NFD",
                                "NFKC",
                                "NFKD",
                                "Nmt",
                                "Lowercase",
                                "ByteLevel",
                                "BertNormalizer",
                                "Precompiled");
                    case "pre_tokenizer" ->
                        List.of(
                                "Split",
                                "Split",
                                "Split",
                                "Split",
                                "ByteLevel",
                                "Metaspace",
                                "Digits",
                                "Whitespace",
                                "WhitespaceSplit",
                                "Punctuation",
                                "CharDelimiterSplit",
                                "Delimiter",
                                "UnicodeScripts",
                                "BertPreTokenizer",
                                "FixedLength");
                    default ->
                        List.of(
                                "Replace",
                                "Replace",
                                "Replace",
                                "Strip",
                                "Strip",
                                "BPEDecoder",
                                "WordPiece",
                                "Metaspace",
                                "ByteLevel",
                                "ByteFallback",
                                "Fuse",
                                "CTC");
                });
        part.put("type", type);
        part.set("pattern", pattern());
        part.set("content", section.equals("decoder") && type.equals("Strip") ? letter() : string());
        part.set("prepend", string());
        part.put("strip_left", random.nextBoolean()).put("strip_right", random.nextBoolean());
        part.put(
                "behavior", pick(List.of("Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous")));
        part.put("invert", random.nextBoolean());
        part.put("add_prefix_space", random.nextBoolean()).put("trim_offsets", true);
        part.put("use_regex", random.nextBoolean());
        part.set("replacement", letter());
        part.put(
                "prepend_scheme",
                part.path("add_prefix_space").asBoolean() ? pick(List.of("always", "first")) : "never");
        part.put("split", random.nextBoolean());
        part.put("individual_digits", random.nextBoolean());
        part.set("delimiter", letter());
        part.put("start", random.nextInt(4)).put("stop", Math.max(0, random.nextInt(6) - 3));
        part.set("suffix", string());
        part.set("prefix", string());
        part.put("cleanup", random.nextBoolean());
        part.put("clean_text", random.nextBoolean()).put("handle_chinese_chars", random.nextBoolean());
        part.put("lowercase", random.nextBoolean());
        if (random.nextBoolean()) {
            part.put("strip_accents", random.nextBoolean());
        }
        part.put("precompiled_charsmap", pick(List.of("", "AAAA", "AAAAAA==", "BAAAAAAAAAA=")));
        part.put("length", random.nextInt(3));
        part.set("pad_token", string());
        part.set("word_delimiter_token", string());
        if (random.nextInt(4) == 0) {
            part.set(pick(fields(part)), nasty());
        }
        return part;
    }

    private JsonNode pattern() {
        ObjectNode pattern = JSON.objectNode();
        if (random.nextInt(3) == 0) {
            pattern.set("String", string());
        } else {
            pattern.put("Regex", expression());
        }
        return pattern;
    }

    private String expression() {
        return switch (random.nextInt(4)) {
            case 0 -> pick(HOSTILE);
            case 1 -> changed(pick(Arrays.asList(PublishedExpression.values())).regex());
            case 2 -> pick(Arrays.asList(PublishedExpression.values())).regex();
            default -> composed(2);
        };
    }

    private String changed(String expression) {
        List<String> alternatives = new ArrayList<>(List.of(expression.split("\\|")));
        switch (random.nextInt(4)) {
            case 0 -> alternatives.add(random.nextInt(alternatives.size() + 1), composed(1));
            case 1 -> alternatives.remove(random.nextInt(alternatives.size()));
            case 2 -> alternatives.add(alternatives.remove(random.nextInt(alternatives.size())));
            default -> {
                StringBuilder text = new StringBuilder(expression);
                int at = random.nextInt(text.length());
                text.replace(at, at + random.nextInt(2), pick(random.nextBoolean() ? QUANTIFIERS : PIECES));
                return text.toString();
            }
        }
        return String.join("|", alternatives);
    }

    private String composed(int depth) {
        StringBuilder expression = new StringBuilder();
        int pieces = 1 + random.nextInt(4);
        for (int i = 0; i < pieces; i++) {
            if (i > 0 && random.nextInt(3) == 0) {
                expression.append('|');
            }
            String piece = depth > 0 && random.nextInt(5) == 0
                    ? pick(List.of("(", "(?:", "(?i:", "(?=", "(?!")) + composed(depth - 1) + ")"
                    : pick(PIECES);
            expression.append(piece).append(pick(QUANTIFIERS));
        }
        return expression.toString();
    }

    private void mutatePatterns(JsonNode node) {
        for (JsonNode pattern : node.findValues("pattern")) {
            if (pattern instanceof ObjectNode object && random.nextBoolean()) {
                object.removeAll();
                object.setAll((ObjectNode) pattern());
            }
        }
    }

    private void addToken(ObjectNode root) {
        if (!(root.path("added_tokens") instanceof ArrayNode tokens)) {
            return;
        }
        ObjectNode token = JSON.objectNode();
        if (!tokens.isEmpty()
                && random.nextBoolean()
                && tokens.get(random.nextInt(tokens.size())) instanceof ObjectNode other) {
            token = other.deepCopy();
        }
        if (token.isEmpty() || random.nextInt(3) > 0) {
            token.set("content", string());
        }
        token.put(
                "id",
                random.nextInt(3) == 0
                        ? random.nextInt(1000)
                        : root.path("model").path("vocab").size());
        for (String flag : List.of("single_word", "lstrip", "rstrip", "normalized", "special")) {
            token.put(flag, random.nextBoolean());
        }
        tokens.insert(random.nextInt(tokens.size() + 1), token);
    }

    private void mutateModel(ObjectNode root) {
        if (root.path("model") instanceof ObjectNode model) {
            String field = pick(List.of(
                    "type",
                    "dropout",
                    "unk_token",
                    "continuing_subword_prefix",
                    "end_of_word_suffix",
                    "fuse_unk",
                    "byte_fallback",
                    "ignore_merges",
                    "unk_id",
                    "max_input_chars_per_word",
                    "merges",
                    "vocab"));
            if (field.equals("type")) {
                model.put(field, pick(List.of("BPE", "WordPiece", "WordLevel", "Unigram", "")));
            } else if (random.nextInt(4) == 0) {
                model.remove(field);
            } else {
                model.set(field, random.nextBoolean() ? nasty() : string());
            }
        }
    }

    private void mutateVocabulary(ObjectNode root) {
        JsonNode vocabulary = root.path("model").path("vocab");
        if (vocabulary instanceof ObjectNode tokens && !tokens.isEmpty()) {
            String token = pick(fields(tokens));
            switch (random.nextInt(3)) {
                case 0 -> tokens.remove(token);
                case 1 -> tokens.set(token, random.nextBoolean() ? nasty() : JSON.numberNode(random.nextInt(300)));
                default -> tokens.set(string().textValue(), JSON.numberNode(tokens.size()));
            }
        } else if (vocabulary instanceof ArrayNode pieces && !pieces.isEmpty()) {
            ArrayNode piece = JSON.arrayNode().add(string());
            piece.add(
                    random.nextBoolean() ? nasty() : JSON.numberNode(pick(List.of(0.0, -1e308, 1e308, -5.0, 1e-320))));
            pieces.set(random.nextInt(pieces.size()), random.nextInt(4) == 0 ? nasty() : piece);
        }
        if (root.path("model").path("merges") instanceof ArrayNode merges
                && !merges.isEmpty()
                && random.nextBoolean()) {
            merges.set(random.nextInt(merges.size()), random.nextBoolean() ? nasty() : string());
        }
    }

    private void mutateNode(ObjectNode root) {
        JsonNode node = root;
        while (true) {
            if (node instanceof ObjectNode object && !object.isEmpty()) {
                String field = pick(fields(object));
                JsonNode child = object.get(field);
                if (child.isContainerNode() && !child.isEmpty() && random.nextInt(6) > 0) {
                    node = child;
                } else if (random.nextInt(4) == 0) {
                    object.remove(field);
                    return;
                } else {
                    object.set(field, random.nextInt(3) == 0 ? string() : nasty());
                    return;
                }
            } else if (node instanceof ArrayNode array && !array.isEmpty()) {
                int index = random.nextInt(array.size());
                if (array.get(index).isContainerNode() && random.nextInt(6) > 0) {
                    node = array.get(index);
                } else {
                    array.set(index, random.nextInt(3) == 0 ? string() : nasty());
                    return;
                }
            } else {
                return;
            }
        }
    }

    private JsonNode nasty() {
        return switch (random.nextInt(14)) {
            case 0 -> JSON.nullNode();
            case 1 -> JSON.numberNode(0);
            case 2 -> JSON.numberNode(-1);
            case 3 -> JSON.numberNode(1);
            case 4 -> JSON.numberNode(Integer.MAX_VALUE);
            case 5 -> JSON.numberNode(Long.MAX_VALUE);
            case 6 -> JSON.numberNode(BigInteger.TEN.pow(400));
            case 7 -> JSON.numberNode(1e300);
            case 8 -> JSON.numberNode(0.5);
            case 9 -> JSON.booleanNode(random.nextBoolean());
            case 10 -> JSON.arrayNode();
            case 11 -> JSON.objectNode();
            case 12 -> JSON.arrayNode().add("a").add(1);
            default -> string();
        };
    }

    private JsonNode string() {
        return JSON.textNode(pick(STRINGS));
    }

    private JsonNode letter() {
        return JSON.textNode(pick(List.of(" ", "a", "▁", "_", "\u0000", "🎉", "é", "", "ab")));
    }

    private List<String> fields(ObjectNode object) {
        List<String> fields = new ArrayList<>();
        object.fieldNames().forEachRemaining(fields::add);
        return fields;
    }

    private <T> T pick(List<T> values) {
        return values.get(random.nextInt(values.size()));
    }
}
