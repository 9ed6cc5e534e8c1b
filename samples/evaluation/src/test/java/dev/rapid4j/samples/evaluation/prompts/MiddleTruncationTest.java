package dev.rapid4j.samples.evaluation.prompts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.rapid4j.checkpoint.Checkpoint;
import dev.rapid4j.checkpoint.Tokenizer;
import dev.rapid4j.samples.lighthouse.LighthouseModel;
import dev.rapid4j.samples.lighthouse.LighthouseRegister;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MiddleTruncationTest {

    private static final String REGISTER = LighthouseRegister.ofTokens(8_000, 1).text();

    private static Tokenizer tokenizer;

    @BeforeAll
    static void openTokenizer() {
        tokenizer = Checkpoint.open(LighthouseModel.directory()).openTokenizer();
    }

    @AfterAll
    static void closeTokenizer() {
        tokenizer.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {40, 101, 1_000, 7_001})
    void theFirstAndTheLastHalfOfThePromptStay(int maxTokens) {
        Prompt prompt = new Prompt("Read this.\n\n", REGISTER, "\n\nHow tall is the lighthouse?");
        int[] all = tokenizer.encode(prompt.text());
        int last = maxTokens - maxTokens / 2;
        int[] kept = IntStream.concat(
                        Arrays.stream(all).limit(maxTokens / 2),
                        Arrays.stream(all).skip(all.length - last))
                .toArray();

        Prompt truncated = MiddleTruncation.truncate(prompt, maxTokens, tokenizer);

        assertThat(truncated.text()).isEqualTo(tokenizer.decode(kept, true));
        assertThat(truncated.before()).isEqualTo(prompt.before());
        assertThat(truncated.after()).isEqualTo(prompt.after());
    }

    @Test
    void aPromptThatFitsStaysAsItIs() {
        Prompt prompt = new Prompt("", REGISTER, "");
        int tokens = tokenizer.count(REGISTER);
        assertThat(MiddleTruncation.truncate(prompt, tokens, tokenizer)).isSameAs(prompt);
        assertThat(MiddleTruncation.truncate(prompt, tokens - 1, tokenizer)).isNotEqualTo(prompt);
        Prompt withoutDocument = new Prompt("Hello", "", "");
        assertThat(MiddleTruncation.truncate(withoutDocument, 4096, tokenizer)).isSameAs(withoutDocument);
    }

    @Test
    void aLimitTooLowForTheQuestionIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MiddleTruncation.truncate(new Prompt("", REGISTER, REGISTER), 1_000, tokenizer))
                .withMessageContaining("A limit of 1,000 tokens is too low");
    }
}
