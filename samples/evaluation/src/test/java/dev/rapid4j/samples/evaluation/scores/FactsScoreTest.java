package dev.rapid4j.samples.evaluation.scores;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapid4j.samples.evaluation.data.FactsTask;
import dev.rapid4j.samples.evaluation.data.FactsTask.Kind;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FactsScoreTest {

    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = """
                    sixty days|60 days      ; Within 60 Days.                            ; true
                    sixty days|60 days      ; Prior to sixty\tdays after it.             ; true
                    60                      ; Before 160 days.                           ; false
                    60                      ; 600                                        ; false
                    2.5 to 3                ; By a factor of “2.5 to 3”.                 ; true
                    August 1, 2009          ; before august 1 2009                       ; true
                    28 March 2007           ; March 28, 2007                             ; false
                    UTF-16le                ; It is UTF-16LE!                            ; true
                    type_code               ; the name and the `type_code`               ; true
                    Affero                  ; The GNU AGPL                               ; false
                    """)
    void aFactIsFoundAsWholeWordsInAnyOfItsForms(String fact, String answer, boolean right) {
        assertThat(FactsScore.isRight(task(Kind.FACT, fact), answer)).isEqualTo(right);
    }

    @Test
    void everyFactIsNeeded() {
        FactsTask task = task(Kind.COMPARISON, "8|eight", "12|twelve");

        assertThat(FactsScore.isRight(task, "12 for the one and eight for the other"))
                .isTrue();
        assertThat(FactsScore.isRight(task, "8 bytes")).isFalse();
        assertThat(FactsScore.isRight(task, "")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "The text does not say.",
                "The text doesn’t mention it.",
                "That is NOT SPECIFIED in the provided text.",
                "There is no information about a timeout."
            })
    void whereTheTextDoesNotSayItIsRightToTell(String answer) {
        assertThat(FactsScore.isRight(task(Kind.UNANSWERABLE), answer)).isTrue();
        assertThat(FactsScore.isRight(task(Kind.FACT, "30"), answer)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"30 seconds.", "The default timeout is not 30 seconds.", ""})
    void whereTheTextDoesNotSayAnythingElseIsWrong(String answer) {
        assertThat(FactsScore.isRight(task(Kind.UNANSWERABLE), answer)).isFalse();
    }

    private static FactsTask task(Kind kind, String... facts) {
        return new FactsTask("1", kind, "", "What?", List.of(facts));
    }
}
