package dev.rapid4j.samples.lighthouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.rapid4j.samples.lighthouse.LighthouseRegister.Kind;
import dev.rapid4j.samples.lighthouse.LighthouseRegister.Question;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LighthouseRegisterTest {

    private final LighthouseRegister register = LighthouseRegister.generate(60, 7);

    @Test
    void theSameSeedGivesTheSameRegister() {
        assertThat(LighthouseRegister.generate(60, 7)).isEqualTo(register);
        assertThat(LighthouseRegister.generate(60, 8)).isNotEqualTo(register);
    }

    @Test
    void placesAreDistinct() {
        assertThat(LighthouseRegister.generate(5000, 1).lighthouses())
                .extracting(Lighthouse::place)
                .doesNotHaveDuplicates();
    }

    @Test
    void entriesAreSeparatedByBlankLines() {
        assertThat(register.text().split("\n\n"))
                .containsExactlyElementsOf(
                        register.lighthouses().stream().map(Lighthouse::entry).toList());
    }

    @Test
    void aRegisterOfSoManyTokensHasAnEntryForEverySixtyFour() {
        assertThat(LighthouseRegister.ofTokens(1000, 7).lighthouses()).hasSize(16);
        assertThat(LighthouseRegister.ofTokens(1, 7).lighthouses()).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void answersAreVerbatimInTheRegister(Kind kind) {
        List<Question> questions = register.questions(kind, 50, 3);

        assertThat(questions).hasSize(50).allSatisfy(question -> {
            assertThat(question.kind()).isEqualTo(kind);
            assertThat(question.answer().split("\n")).allMatch(register.text()::contains);
        });
        assertThat(questions).isEqualTo(register.questions(kind, 50, 3));
    }

    @Test
    void severalEntriesAreAnsweredInTheOrderTheyAreAskedFor() {
        assertThat(register.questions(Kind.SEVERAL_ENTRIES, 50, 3)).allSatisfy(question -> {
            List<String> places =
                    question.answer().lines().map(LighthouseRegisterTest::place).toList();
            assertThat(places).hasSizeBetween(2, 3);
            assertThat(question.text()).containsSubsequence(places);
        });
    }

    @Test
    void aRegisterCannotHaveMoreLighthousesThanNames() {
        assertThatIllegalArgumentException().isThrownBy(() -> LighthouseRegister.generate(100_000, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> LighthouseRegister.generate(0, 1));
    }

    private static String place(String entry) {
        return entry.substring("The lighthouse at ".length(), entry.indexOf(" stands"));
    }
}
