package dev.rapid4j.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ResourcesTest {

    @Test
    void allAreClosedInReverseOrderThoughOneFails() {
        List<String> closed = new ArrayList<>();
        Resources resources = new Resources();
        resources.add((AutoCloseable) () -> closed.add("first"));
        resources.add((AutoCloseable) () -> {
            throw new IllegalStateException("second");
        });
        resources.add((AutoCloseable) () -> closed.add("third"));

        assertThatThrownBy(resources::close).hasMessage("second");
        assertThat(closed).containsExactly("third", "first");
        resources.close();
    }
}
