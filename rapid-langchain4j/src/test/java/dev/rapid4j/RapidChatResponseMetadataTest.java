package dev.rapid4j;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RapidChatResponseMetadataTest {

    /** As in the test of an application that makes its own. */
    @Test
    void metadataOfWhichLittleIsSetCanBePrintedAndCompared() {
        RapidChatResponseMetadata metadata =
                RapidChatResponseMetadata.builder().seed(7).passages(null).build();

        assertThat(metadata)
                .hasToString(metadata.toBuilder().build().toString())
                .isEqualTo(metadata.toBuilder().build());
        assertThat(metadata.toString()).contains("longTexts=null", "passages=0", "seed=7");
    }
}
