import java.io.PrintWriter;
import java.util.Arrays;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestExecutionResult.Status;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/** Runs test classes where there is no Maven: pack.sh compiles it, java_on_gpu.sh calls it. */
public final class RunTests {

    private RunTests() {}

    private static final class Failures implements TestExecutionListener {
        @Override
        public void executionFinished(TestIdentifier test, TestExecutionResult result) {
            if (result.getStatus() == Status.FAILED) {
                String parent = test.getParentId().orElse("").replaceAll(".*(class|method|test-template):", "");
                System.out.println("FAILED " + parent + " " + test.getDisplayName());
                result.getThrowable().ifPresent(thrown -> thrown.printStackTrace(System.out));
            }
        }
    }

    public static void main(String[] classes) {
        SummaryGeneratingListener summary = new SummaryGeneratingListener();
        LauncherFactory.create()
                .execute(
                        LauncherDiscoveryRequestBuilder.request()
                                .selectors(Arrays.stream(classes)
                                        .map(DiscoverySelectors::selectClass)
                                        .toList())
                                .build(),
                        summary,
                        new Failures());
        summary.getSummary().printTo(new PrintWriter(System.out));
        System.out.printf(
                "%d tests passed, %d failed%n",
                summary.getSummary().getTestsSucceededCount(), summary.getSummary().getTotalFailureCount());
        System.exit(summary.getSummary().getTotalFailureCount() == 0 ? 0 : 1);
    }
}
