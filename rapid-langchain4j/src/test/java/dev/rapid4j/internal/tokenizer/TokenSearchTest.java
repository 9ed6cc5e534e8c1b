package dev.rapid4j.internal.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapid4j.internal.tokenizer.TokenSearch.Match;
import dev.rapid4j.internal.tokenizer.TokenizerFile.ControlToken;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class TokenSearchTest {

    /** An expression that has the longest first does the same, more slowly. */
    @Test
    void findsTheLongestTokensFromLeftToRight() {
        Random random = new Random(1);
        for (int i = 0; i < 2000; i++) {
            List<String> contents = Stream.generate(() -> word(random, 1 + random.nextInt(5)))
                    .limit(1 + random.nextInt(12))
                    .distinct()
                    .toList();
            Pattern pattern = Pattern.compile(contents.stream()
                    .sorted(Comparator.comparingInt(String::length).reversed())
                    .collect(Collectors.joining("|")));
            String text = word(random, 60);
            List<String> found = new TokenSearch(
                            contents.stream().map(TokenSearchTest::token).toList(), token -> true)
                    .find(text, 5, 50).stream()
                            .map(match -> match.start() + match.token().content())
                            .toList();
            assertThat(found)
                    .as("%s in %s", contents, text)
                    .isEqualTo(pattern.matcher(text)
                            .region(5, 50)
                            .results()
                            .map(match -> match.start() + match.group())
                            .toList());
        }
    }

    @Test
    void findsNothingWithoutTokens() {
        List<Match> found = new TokenSearch(List.of(token("a")), token -> false).find("aaa", 0, 3);
        assertThat(found).isEmpty();
    }

    private static String word(Random random, int length) {
        return random.ints(length, 'a', 'd').mapToObj(Character::toString).collect(Collectors.joining());
    }

    private static ControlToken token(String content) {
        return new ControlToken(content, "<alias>", false, false, false, false, true);
    }
}
