package dev.rapid4j.internal.torch;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.pytorch.jni.JniUtils;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class ThreadsTest {

    /** The tests' engine has one thread from the start. */
    @Test
    void aThreadThatIsToUseNoOtherLeavesTheirNumberToAllOthers() throws Exception {
        int before = Torch.threads();
        JniUtils.setNumThreads(3);
        try {
            int alone = inNewThread(() -> {
                Torch.useOneThread();
                return Torch.threads();
            });
            assertThat(alone).isOne();
            assertThat(inNewThread(Torch::threads)).isEqualTo(3);
            assertThat(Torch.threads()).isEqualTo(3);
        } finally {
            JniUtils.setNumThreads(before);
        }
    }

    private static int inNewThread(Supplier<Integer> action) throws Exception {
        FutureTask<Integer> task = new FutureTask<>(action::get);
        new Thread(task).start();
        return task.get();
    }
}
