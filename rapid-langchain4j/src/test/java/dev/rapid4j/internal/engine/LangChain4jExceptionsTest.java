package dev.rapid4j.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LangChain4jExceptionsTest {

    @Test
    void whatDoesNotSayWhatItIsIsNamed() {
        assertThat(LangChain4jExceptions.of(new NoClassDefFoundError("some/Type")))
                .hasMessage("The request failed: java.lang.NoClassDefFoundError: some/Type");
        assertThat(LangChain4jExceptions.of(new NullPointerException()))
                .hasMessage("The request failed: java.lang.NullPointerException");
        assertThat(LangChain4jExceptions.of(new IllegalStateException("the disk is full")))
                .hasMessage("The request failed: the disk is full");
    }
}
