package dev.rapid4j.samples.evaluation.registers;

import dev.rapid4j.internal.tokenizer.Tokenizer;
import dev.rapid4j.samples.evaluation.data.BookTask.MultipleChoice;
import dev.rapid4j.samples.evaluation.data.BookTask.QuestionAnswer;
import dev.rapid4j.samples.evaluation.data.BookTask.Summary;
import dev.rapid4j.samples.evaluation.data.Choice;
import dev.rapid4j.samples.evaluation.data.LongBenchTask;
import dev.rapid4j.samples.evaluation.data.LongBenchTask.Difficulty;
import dev.rapid4j.samples.evaluation.data.LongBenchTask.Length;
import dev.rapid4j.samples.lighthouse.Fact;
import dev.rapid4j.samples.lighthouse.Lighthouse;
import dev.rapid4j.samples.lighthouse.LighthouseRegister;
import dev.rapid4j.samples.lighthouse.LighthouseRegister.Kind;
import dev.rapid4j.samples.lighthouse.LighthouseRegister.Question;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Questions about registers of lighthouses as tasks of the benchmarks. The same arguments give the same tasks; those on
 * one register follow each other. A register has at most the tokens asked for, and lacks less than an entry (about 64
 * tokens of the lighthouse model) to them.
 */
public final class RegisterTasks {

    public static final int LEAST_TOKENS = 1_000;
    public static final int MOST_TOKENS = 64_000;

    /** An entry has more words than that. */
    private static final int LEAST_TOKENS_OF_AN_ENTRY = 40;

    private static final int MOST_TOKENS_OF_SHORT = 8_000;
    private static final int MOST_TOKENS_OF_MEDIUM = 32_000;

    private static final int FALSE_REGISTERS = 8;

    private final Tokenizer tokenizer;
    private final List<Integer> lengths;
    private final int questions;
    private final long seed;

    /**
     * A question with the id of its task.
     *
     * @param others wrong answers, some perhaps equal to each other or to the right one
     * @param shuffle seed for the order of the options
     */
    private record Item(String id, int tokens, String context, Question question, List<String> others, long shuffle) {}

    /**
     * @param tokenizer of the model that is to read the registers
     * @param lengths of the registers in tokens, each {@value #LEAST_TOKENS} to {@value #MOST_TOKENS} and different
     * @param questions of each kind on each register, at least 1
     * @throws IllegalArgumentException if one is out of range
     */
    public RegisterTasks(Tokenizer tokenizer, List<Integer> lengths, int questions, long seed) {
        if (lengths.stream().anyMatch(tokens -> tokens < LEAST_TOKENS || tokens > MOST_TOKENS)
                || lengths.stream().distinct().count() < lengths.size()) {
            throw new IllegalArgumentException("Registers have %,d to %,d tokens, each another length; not %s"
                    .formatted(LEAST_TOKENS, MOST_TOKENS, lengths));
        }
        if (questions < 1) {
            throw new IllegalArgumentException("There is at least one question of each kind, not " + questions);
        }
        this.tokenizer = tokenizer;
        this.lengths = List.copyOf(lengths);
        this.questions = questions;
        this.seed = seed;
    }

    /**
     * Facts to choose from four of their kind, which is the domain: those of other places of the register, any (easy)
     * or those whose names are most like it (hard). Registers up to 8,000 tokens are short, up to 32,000 medium, others
     * long, so that there are some of each.
     */
    public Stream<LongBenchTask> longBench() {
        return lengths.stream().flatMap(tokens -> {
            Random random = random(tokens);
            LighthouseRegister register = register(tokens, random.nextLong());
            String context = register.text();
            return Stream.of(Difficulty.values())
                    .flatMap(difficulty -> IntStream.rangeClosed(1, questions)
                            .mapToObj(number -> choice(tokens, register, context, difficulty, number, random)));
        });
    }

    private static LongBenchTask choice(
            int tokens, LighthouseRegister register, String context, Difficulty difficulty, int number, Random random) {
        List<Lighthouse> others = new ArrayList<>(register.lighthouses());
        Collections.shuffle(others, random);
        Lighthouse asked = others.remove(0);
        if (difficulty == Difficulty.HARD) {
            others.sort(Comparator.comparingInt(other -> -likeness(other.place(), asked.place())));
        }
        Fact fact = Fact.values()[random.nextInt(Fact.values().length)];
        List<String> options = options(fact.value(asked), others.stream().map(fact::value), random);
        return new LongBenchTask(
                "register-%d-%s-%d".formatted(tokens, name(difficulty), number),
                name(fact),
                "lighthouse register",
                difficulty,
                length(tokens),
                fact.question(asked),
                options,
                answer(options, fact.value(asked)),
                context);
    }

    /** How many letters two different names have in common at the beginning and at the end. */
    private static int likeness(String place, String other) {
        return Arrays.mismatch(place.toCharArray(), other.toCharArray())
                + Arrays.mismatch(reversed(place), reversed(other));
    }

    private static char[] reversed(String place) {
        return new StringBuilder(place).reverse().toString().toCharArray();
    }

    /** Facts and quoted entries. */
    public Stream<QuestionAnswer> questionAnswers() {
        return items(Kind.FACT, Kind.ENTRY)
                .map(item -> new QuestionAnswer(
                        item.id(),
                        item.context(),
                        item.question().text(),
                        List.of(item.question().answer())));
    }

    /** Multiple choice of every kind. */
    public Stream<MultipleChoice> multipleChoices() {
        return items(Kind.values()).map(item -> {
            String right = item.question().answer();
            List<String> options = options(right, item.others().stream(), new Random(item.shuffle()));
            return new MultipleChoice(
                    item.id(), item.context(), item.question().text(), options, answer(options, right));
        });
    }

    /** Long answers: several entries in place of a summary. Unlike the published tasks these have a question. */
    public Stream<Summary> summaries() {
        return items(Kind.SEVERAL_ENTRIES)
                .map(item -> new Summary(
                        item.id(),
                        item.context(),
                        item.question().text(),
                        List.of(item.question().answer())));
    }

    private Stream<Item> items(Kind... kinds) {
        return lengths.stream().flatMap(tokens -> {
            Random random = random(tokens);
            LighthouseRegister register = register(tokens, random.nextLong());
            long questionSeed = random.nextLong();
            String context = register.text();
            return Stream.of(kinds).flatMap(kind -> items(tokens, register, context, kind, questionSeed));
        });
    }

    private Stream<Item> items(int tokens, LighthouseRegister register, String context, Kind kind, long questionSeed) {
        List<Question> asked = register.questions(kind, questions, questionSeed);
        List<List<Question>> falselyAnswered = IntStream.rangeClosed(1, FALSE_REGISTERS)
                .mapToObj(shift -> falsified(register, shift).questions(kind, questions, questionSeed))
                .toList();
        Random random = new Random(questionSeed + kind.ordinal());
        return IntStream.range(0, questions)
                .mapToObj(i -> new Item(
                        "register-%d-%s-%d".formatted(tokens, name(kind).replace(' ', '-'), i + 1),
                        tokens,
                        context,
                        asked.get(i),
                        falselyAnswered.stream()
                                .map(answered -> answered.get(i).answer())
                                .toList(),
                        random.nextLong()));
    }

    private Random random(int tokens) {
        return new Random(31 * seed + tokens);
    }

    private LighthouseRegister register(int tokens, long registerSeed) {
        List<Lighthouse> lighthouses = LighthouseRegister.generate(tokens / LEAST_TOKENS_OF_AN_ENTRY, registerSeed)
                .lighthouses();
        int total = 0;
        int count = 0;
        while (count < lighthouses.size()) {
            total += tokenizer.count(lighthouses.get(count).entry() + "\n\n");
            if (total > tokens) {
                break;
            }
            count++;
        }
        return new LighthouseRegister(lighthouses.subList(0, count));
    }

    /** The same places in the same order, so that the same questions are asked, each with the data of another place. */
    private static LighthouseRegister falsified(LighthouseRegister register, int shift) {
        List<Lighthouse> lighthouses = register.lighthouses();
        return new LighthouseRegister(IntStream.range(0, lighthouses.size())
                .mapToObj(i -> {
                    Lighthouse other = lighthouses.get((i + shift) % lighthouses.size());
                    return new Lighthouse(
                            lighthouses.get(i).place(),
                            other.height(),
                            other.coast(),
                            other.keeper(),
                            other.colour(),
                            other.seconds(),
                            other.year(),
                            other.builder());
                })
                .toList());
    }

    private static List<String> options(String right, Stream<String> others, Random random) {
        List<String> options = new ArrayList<>(Stream.concat(Stream.of(right), others)
                .distinct()
                .limit(Choice.values().length)
                .toList());
        Collections.shuffle(options, random);
        return options;
    }

    private static Choice answer(List<String> options, String right) {
        return Choice.values()[options.indexOf(right)];
    }

    private static Length length(int tokens) {
        if (tokens <= MOST_TOKENS_OF_SHORT) {
            return Length.SHORT;
        }
        return tokens <= MOST_TOKENS_OF_MEDIUM ? Length.MEDIUM : Length.LONG;
    }

    private static String name(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
