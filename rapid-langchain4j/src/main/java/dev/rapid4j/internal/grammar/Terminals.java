package dev.rapid4j.internal.grammar;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** The automata that grammars of one vocabulary have in common, without the bytes that no token writes. */
final class Terminals {

    private static final int REMEMBERED = 200;

    private final BitSet missing;
    private Table character;

    private final Map<String, Automaton> known = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Automaton> eldest) {
            return size() > REMEMBERED;
        }
    };

    /** @param missing bytes of which there is no token, so that nothing that has one can be written for certain */
    Terminals(BitSet missing) {
        this.missing = missing;
    }

    private synchronized Automaton remember(String key, Supplier<Automaton> maker) {
        Automaton automaton = known.get(key);
        if (automaton == null) {
            automaton = maker.get();
            known.put(key, automaton);
        }
        return automaton;
    }

    /** Exactly this text, as UTF-8. */
    Automaton literal(String text) {
        return remember("literal " + text, () -> words(List.of(text)));
    }

    /** One of some texts, by number; none that the vocabulary cannot write. */
    Automaton words(List<String> texts) {
        List<String> written = texts;
        if (!missing.isEmpty() && !texts.stream().allMatch(this::writes)) {
            written = texts.stream().filter(this::writes).toList();
        }
        return Words.of(written);
    }

    /** Whether the vocabulary has what it needs to write a text. */
    boolean writes(String text) {
        for (byte value : text.getBytes(StandardCharsets.UTF_8)) {
            if (missing.get(value & 0xFF)) {
                return false;
            }
        }
        return true;
    }

    /** All of a text that an expression matches from the beginning to the end. */
    Automaton plain(String expression) {
        return remember(
                "plain " + expression,
                () -> Expression.whole(expression, CharacterForm.PLAIN).without(missing));
    }

    /** All of a text that an expression matches from the beginning to the end, and another one nowhere. */
    Automaton plain(String expression, String nowhere) {
        return remember(
                "plain %s without %s".formatted(expression, nowhere),
                () -> Table.difference(
                                Expression.whole(expression, CharacterForm.PLAIN),
                                Expression.anywhere(nowhere, CharacterForm.PLAIN))
                        .without(missing));
    }

    /** Any string. */
    Automaton string() {
        return remember("any string", () -> string(Expression.whole("[^]*", CharacterForm.JSON)));
    }

    /** A string whose text an expression matches from the beginning to the end. */
    Automaton string(String expression) {
        return remember("string " + expression, () -> string(Expression.whole(expression, CharacterForm.SHORT_JSON)));
    }

    /** A string in which an expression matches somewhere. */
    Automaton stringWith(String expression, CharacterForm form) {
        return remember(
                "string with %s %s".formatted(form, expression), () -> string(Expression.anywhere(expression, form)));
    }

    private Table string(Table text) {
        return text.quoted().without(missing);
    }

    /** A string of some characters. */
    Automaton string(int least, int most) {
        return remember("string %d %d".formatted(least, most), () -> new CountedString(character(), least, most));
    }

    /** The same for all, as what tokens do in it is. */
    private synchronized Table character() {
        if (character == null) {
            character = Expression.whole("[^]", CharacterForm.JSON).without(missing);
        }
        return character;
    }

    /** Any string but some, in whichever way they are written. */
    Automaton stringsBut(List<String> texts) {
        Nfa nfa = new Nfa();
        int start = nfa.state();
        for (String text : texts) {
            int state = Nfa.END;
            int[] characters = text.codePoints().toArray();
            for (int i = characters.length - 1; i >= 0; i--) {
                state = CharacterForm.JSON.read(nfa, CodePoints.of(characters[i]), state);
            }
            nfa.jump(start, state);
        }
        return Table.difference(string(), nfa.table(start).quoted());
    }

    Automaton number(NumberRange range) {
        return remember("number " + range, () -> range.table().without(missing));
    }

    /** White space behind a colon: as people write it. */
    Automaton blankBehindColon() {
        return plain(" ?");
    }

    /**
     * White space between the brackets and the values of an object or array: one space, or a line's end and what is
     * before the next.
     */
    Automaton blank() {
        return plain("( |\\n( {0,64}|\\t{0,16}))?");
    }

    /** Both. */
    static Automaton both(List<Automaton> automata) {
        List<Automaton> rest = new ArrayList<>(automata);
        Automaton all = rest.remove(0);
        for (Automaton automaton : rest) {
            all = Table.intersection(all, automaton);
        }
        return all;
    }
}
