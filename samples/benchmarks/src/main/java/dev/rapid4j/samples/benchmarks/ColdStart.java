package dev.rapid4j.samples.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rapid4j.CacheType;
import dev.rapid4j.WeightFormat;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The first token of a process that has just been started.
 *
 * @param seconds from the start of the process, with the JVM's, loading and reading the prompt
 * @param residentBytes of the process then; 0 where the system does not tell, as for the next
 * @param mostResidentBytes until then, loading included
 * @param weightBytes without what is used memory-mapped
 */
record ColdStart(
        double seconds,
        int promptTokens,
        long residentBytes,
        long mostResidentBytes,
        long weightBytes,
        long cacheBytes) {

    /** Starts this program anew, in a JVM as this one. */
    static ColdStart measure(String model, String device, WeightFormat weights, CacheType cacheType, int tokens)
            throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of(
                "-classpath",
                System.getProperty("java.class.path"),
                Benchmarks.class.getName(),
                "first-token",
                "--model=" + model,
                "--device=" + device,
                "--weights=" + weights,
                "--cache-type=" + cacheType,
                "--tokens=" + tokens));
        long start = System.nanoTime();
        Process process =
                new ProcessBuilder(command).redirectError(Redirect.INHERIT).start();
        try (BufferedReader out = process.inputReader()) {
            String line = out.readLine();
            double seconds = (System.nanoTime() - start) / 1e9;
            if (line == null) {
                throw new IOException("The process of a cold start ended without a token");
            }
            return new ObjectMapper().readValue(line, ColdStart.class).after(seconds);
        } finally {
            process.destroy();
        }
    }

    private ColdStart after(double measured) {
        return new ColdStart(measured, promptTokens, residentBytes, mostResidentBytes, weightBytes, cacheBytes);
    }
}
