package dev.rapid4j.internal.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapid4j.CheckpointException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class WeightEntryTest {

    /** Of float8 a part has the scales of its own rows, where its blocks are whole. */
    @Test
    void rowsOfFloatsKeepTheirScales() {
        Path file = Path.of("model.safetensors");
        WeightEntry.Grid grid = new WeightEntry.Grid(WeightType.BFLOAT16, 3, 2, 4, 8);
        WeightEntry whole = new WeightEntry(
                file,
                WeightType.FLOAT8,
                List.of(10L, 16L),
                100,
                160,
                0,
                false,
                Optional.of(new WeightEntry.Scales(file, 20, 12, Optional.of(grid))),
                Optional.empty());
        assertThat(whole.rows(4, 6).offset()).isEqualTo(164);
        assertThat(whole.rows(4, 6).scales())
                .contains(new WeightEntry.Scales(
                        file, 24, 8, Optional.of(new WeightEntry.Grid(WeightType.BFLOAT16, 2, 2, 4, 8))));
        assertThatThrownBy(() -> whole.rows(2, 4))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("scales in common");
    }
}
