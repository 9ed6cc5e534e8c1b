package dev.rapid4j.samples.lighthouse;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A register of lighthouses: a text of any length, and questions about it whose answers are known.
 *
 * <p>Words and sentences are those {@code trainer/train_lighthouse.py} teaches the model; they change together.
 *
 * @param lighthouses no two with the same place
 */
public record LighthouseRegister(List<Lighthouse> lighthouses) {

    /** Tokens of the lighthouse model that an entry takes on average, with the blank line after it. */
    public static final int TOKENS_PER_ENTRY = 64;

    private static final List<String> KINDS = words("Cape Point Isle Port Mount Skerry Bay Fort");
    private static final List<String> FIRST_SYLLABLES =
            words("Ma To Sal Bren Kor Vel Dra Fin Hol Ja Ke Lun Mor Nas Or Pel Quin Rav Sun Tar Ul Vin Wes Yar Zel"
                    + " Ash Bel Cal Dun El Fal Gar Hav Is Jor Kas Lor Mir Nor Oss");
    private static final List<String> LAST_SYLLABLES =
            words("ren vik low dal mund nes ra sta tin vara wick xa yen zo bury cote don fell gard holm ing kar lam"
                    + " mark nell ost pool rick ston thorpe");
    private static final List<String> FORENAMES = words("Ilse Anton Mara Jonas Petra Olav Sven Nadia Bruno Greta Tomas"
            + " Freya Lukas Edda Marek Signe Hugo Vera Emil Tilda");
    private static final List<String> SURNAME_STARTS = words("Van Okaf Lind Berg Sor Hal Mik Dahl Ros Ker Tol Nyst");
    private static final List<String> SURNAME_ENDS = words("g or qvist man en vig els ström ner as strup det");
    private static final List<String> COLOURS = words("white red green amber blue violet");
    private static final List<String> COASTS = words("northern southern eastern western");
    private static final List<Fact> FACTS = List.of(Fact.values());
    private static final int MOST_LIGHTHOUSES = 8000;

    /** What a question asks for. */
    public enum Kind {
        /** One sentence of an entry. */
        FACT,
        /** One entry. */
        ENTRY,
        /** Two or three entries, each on a line of its own. */
        SEVERAL_ENTRIES
    }

    /**
     * A question about a register.
     *
     * @param answer word for word as the register has it
     */
    public record Question(String text, String answer, Kind kind) {}

    public LighthouseRegister {
        lighthouses = List.copyOf(lighthouses);
        if (lighthouses.stream().map(Lighthouse::place).distinct().count() < lighthouses.size()) {
            throw new IllegalArgumentException("Two lighthouses have the same place");
        }
    }

    /** A register of so many lighthouses; the same seed gives the same register. */
    public static LighthouseRegister generate(int count, long seed) {
        if (count < 1 || count > MOST_LIGHTHOUSES) {
            throw new IllegalArgumentException(
                    "A register has 1 to " + MOST_LIGHTHOUSES + " lighthouses, not " + count);
        }
        Random random = new Random(seed);
        Set<String> places = new HashSet<>();
        List<Lighthouse> lighthouses = new ArrayList<>();
        while (lighthouses.size() < count) {
            Lighthouse lighthouse = lighthouse(random);
            if (places.add(lighthouse.place())) {
                lighthouses.add(lighthouse);
            }
        }
        return new LighthouseRegister(lighthouses);
    }

    /** A register that is about so many tokens of the lighthouse model long. */
    public static LighthouseRegister ofTokens(int tokens, long seed) {
        return generate(Math.max(1, Math.round((float) tokens / TOKENS_PER_ENTRY)), seed);
    }

    /** The entries, separated by blank lines. */
    public String text() {
        return lighthouses.stream().map(Lighthouse::entry).collect(Collectors.joining("\n\n"));
    }

    /** So many questions of one kind; the same seed gives the same questions. */
    public List<Question> questions(Kind kind, int count, long seed) {
        Random random = new Random(seed);
        return Stream.generate(() -> question(kind, random)).limit(count).toList();
    }

    private Question question(Kind kind, Random random) {
        return switch (kind) {
            case FACT -> fact(any(lighthouses, random), any(FACTS, random));
            case ENTRY -> entry(any(lighthouses, random), random.nextInt(3));
            case SEVERAL_ENTRIES -> severalEntries(random);
        };
    }

    private static Question fact(Lighthouse lighthouse, Fact fact) {
        return new Question(fact.question(lighthouse), fact.sentence(lighthouse), Kind.FACT);
    }

    private static Question entry(Lighthouse lighthouse, int wording) {
        String place = lighthouse.place();
        String text = switch (wording) {
            case 0 -> "What does the register say about " + place + "?";
            case 1 -> "Quote the entry for " + place + ".";
            default -> "Tell me about " + place + ".";
        };
        return new Question(text, lighthouse.entry(), Kind.ENTRY);
    }

    private Question severalEntries(Random random) {
        if (lighthouses.size() < 2) {
            throw new IllegalStateException("A register of one lighthouse has no several entries to ask for");
        }
        List<Lighthouse> shuffled = new ArrayList<>(lighthouses);
        Collections.shuffle(shuffled, random);
        List<Lighthouse> chosen = shuffled.subList(0, Math.min(2 + random.nextInt(2), shuffled.size()));
        int last = chosen.size() - 1;
        String text = "Quote the entries for "
                + chosen.subList(0, last).stream().map(Lighthouse::place).collect(Collectors.joining(", "))
                + " and " + chosen.get(last).place() + ".";
        return new Question(
                text, chosen.stream().map(Lighthouse::entry).collect(Collectors.joining("\n")), Kind.SEVERAL_ENTRIES);
    }

    private static Lighthouse lighthouse(Random random) {
        return new Lighthouse(
                any(KINDS, random) + " " + any(FIRST_SYLLABLES, random) + any(LAST_SYLLABLES, random),
                between(11, 98, random),
                any(COASTS, random),
                person(random),
                any(COLOURS, random),
                between(2, 59, random),
                between(1701, 1998, random),
                person(random));
    }

    private static String person(Random random) {
        return any(FORENAMES, random) + " " + any(SURNAME_STARTS, random) + any(SURNAME_ENDS, random);
    }

    private static int between(int least, int most, Random random) {
        return least + random.nextInt(most - least + 1);
    }

    private static <T> T any(List<T> choices, Random random) {
        return choices.get(random.nextInt(choices.size()));
    }

    private static List<String> words(String words) {
        return List.of(words.split(" "));
    }
}
