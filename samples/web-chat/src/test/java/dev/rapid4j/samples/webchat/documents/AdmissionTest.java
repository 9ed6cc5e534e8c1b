package dev.rapid4j.samples.webchat.documents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapid4j.samples.webchat.problem.ProblemException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class AdmissionTest {

    @Test
    void aFileIsNotTouchedBeforeItsTurn() throws Exception {
        Admission admission = new Admission(1, 1, Duration.ofMillis(1));
        admission.admit(() -> assertThatThrownBy(() -> admission.admit(() -> {
                    throw new AssertionError("touched");
                }))
                .isInstanceOf(ProblemException.class));
        admission.admit(() -> assertThatThrownBy(() -> admission.admitAtOnce(() -> {
                    throw new AssertionError("touched");
                }))
                .isInstanceOf(ProblemException.class));
        assertThat(admission.admitAtOnce(() -> "free")).isEqualTo("free");
        assertThat(admission.admit(() -> "next")).isEqualTo("next");
    }
}
