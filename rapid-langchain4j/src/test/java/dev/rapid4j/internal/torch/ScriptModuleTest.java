package dev.rapid4j.internal.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapid4j.TorchException;
import dev.rapid4j.TorchException.Problem;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ScriptModuleTest {

    private static final String SOURCE = """
            class Example(Module):
              __parameters__ = []
              __buffers__ = []
              training : bool
              _is_full_backward_hook : Optional[bool]
              def tensor(self, values: List[float], dtype: int) -> Tensor:
                return torch.tensor(values, dtype=dtype)
              def sum(self, x: Tensor) -> List[float]:
                return annotate(List[float], [float(torch.sum(x.to(7)))])
              def add(self, x: Tensor, y: Tensor) -> Tensor:
                return x + y
              def no_number(self) -> int:
                ops.prim.RaiseException("infinite", "rapid.NotFiniteError")
                return 0
              def pair(self, n: int, text: str, flag: bool) -> Tuple[int, List[int]]:
                if flag:
                  ops.prim.RaiseException(text, "builtins.ValueError")
                return (n + 1, [n, n])
            """;

    private static final ScriptModule PROGRAM = ScriptModule.compile("Example", SOURCE);

    @Test
    void passesNumbersAndTensorsBothWays() {
        try (NativeValue tensor = PROGRAM.run("tensor", new double[] {1, 2, 3.5}, 15);
                NativeValue sum = PROGRAM.run("sum", tensor);
                NativeValue pair = PROGRAM.run("pair", 7, "text", false)) {
            assertThat(sum.toDoubles()).containsExactly(6.5);
            List<NativeValue> parts = pair.toTuple();
            assertThat(parts.get(0).toLong()).isEqualTo(8);
            assertThat(parts.get(1).toLongs()).containsExactly(7, 7);
            parts.forEach(NativeValue::close);
        }
    }

    @Test
    void aProgramIsLoadedOnceAndAFailureReportedEachTime() {
        assertThat(ScriptModule.load("Decoder")).isSameAs(ScriptModule.load("Decoder"));
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> ScriptModule.load("Nothing"))
                    .isInstanceOf(TorchException.class)
                    .hasMessageContaining("nothing.py");
        }
    }

    @Test
    void errorsCarryTheOperatorsMessageAndLeaveTheEngineUsable() {
        try (NativeValue two = PROGRAM.run("tensor", new double[] {1, 2}, 6);
                NativeValue three = PROGRAM.run("tensor", new double[] {1, 2, 3}, 6)) {
            assertThatThrownBy(() -> PROGRAM.run("add", two, three))
                    .isInstanceOf(TorchException.class)
                    .hasMessageContaining("The size of tensor a (2) must match the size of tensor b (3)");
            assertThatThrownBy(() -> PROGRAM.run("pair", 7, "my words", true)).hasMessageContaining("my words");
            assertThatThrownBy(() -> PROGRAM.run("add", two)).isInstanceOf(TorchException.class);
            assertThatThrownBy(() -> PROGRAM.run("add", two, 3L)).isInstanceOf(TorchException.class);
            assertThatThrownBy(() -> PROGRAM.run("missing", two)).isInstanceOf(TorchException.class);
            assertThatThrownBy(() -> PROGRAM.run("add", two, null)).isInstanceOf(IllegalArgumentException.class);
            try (NativeValue sum = PROGRAM.run("add", two, two)) {
                assertThatThrownBy(sum::toLong)
                        .isInstanceOf(TorchException.class)
                        .hasMessageContaining("Tensor");
                assertThatThrownBy(sum::toDoubles).isInstanceOf(TorchException.class);
            }
        }
    }

    @Test
    void resultsThatAreNoNumbersAreAProblemOfTheirOwn() {
        assertThatThrownBy(() -> PROGRAM.run("no_number"))
                .isInstanceOfSatisfying(
                        TorchException.class, e -> assertThat(e.problem()).isEqualTo(Problem.NOT_FINITE))
                .hasMessageContaining("infinite");
        assertThatThrownBy(() -> PROGRAM.run("pair", 7, "rapid.NotFiniteError: not by a user's words", true))
                .isInstanceOfSatisfying(
                        TorchException.class, e -> assertThat(e.problem()).isEqualTo(Problem.FAILED));
    }

    @Test
    void noDtypeAbortsTheJvm() {
        for (int dtype = 0; dtype < 50; dtype++) {
            try (NativeValue tensor = PROGRAM.run("tensor", new double[] {1, 2}, dtype)) {
                assertThatThrownBy(tensor::toDoubles).isInstanceOf(TorchException.class);
                PROGRAM.run("sum", tensor).close();
            } catch (TorchException e) {
                assertThat(e).hasMessageNotContaining("null");
            }
        }
    }

    @Test
    void sourceThatDoesNotCompileIsRefusedWithItsPosition() {
        assertThatThrownBy(() -> ScriptModule.compile("Example", SOURCE.replace("x + y", "x + unknown")))
                .isInstanceOf(TorchException.class)
                .hasMessageContaining("unknown");
    }

    @Test
    void aClosedValueIsRefused() {
        NativeValue tensor = PROGRAM.run("tensor", new double[] {1}, 6);
        tensor.close();
        tensor.close();
        assertThatThrownBy(() -> PROGRAM.run("sum", tensor)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void severalThreadsMayRunAndCloseAtOnce() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            NativeValue shared = PROGRAM.run("tensor", new double[] {1, 2, 3}, 15);
            List<Callable<Double>> tasks = IntStream.range(0, 400)
                    .<Callable<Double>>mapToObj(i -> () -> {
                        if (i == 200) {
                            shared.close();
                        }
                        try (NativeValue sum = PROGRAM.run("sum", shared)) {
                            return sum.toDoubles()[0];
                        } catch (IllegalStateException closed) {
                            return 6.0;
                        }
                    })
                    .toList();
            for (var result : threads.invokeAll(tasks)) {
                assertThat(result.get()).isEqualTo(6.0);
            }
        } finally {
            threads.shutdown();
        }
    }
}
