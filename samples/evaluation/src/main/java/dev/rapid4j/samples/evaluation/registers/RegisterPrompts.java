package dev.rapid4j.samples.evaluation.registers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Templates for the bundled model, which was taught to read a register and a question and to quote the answer, and
 * nothing else. Options are left out: it would take them for entries. En.MC counts an option's text as its letter;
 * LongBench v2 does not.
 */
public final class RegisterPrompts {

    private static final String TEMPLATE = "$DOC$\n\n$Q$\n";

    private static final List<String> NAMES = List.of(
            "0shot.txt",
            "0shot_cot.txt",
            "0shot_rag.txt",
            "longbook_qa_eng.txt",
            "longbook_choice_eng.txt",
            "longbook_sum_eng.txt");

    private RegisterPrompts() {}

    /** Writes them as files; those that are there are replaced. */
    public static void write(Path folder) throws IOException {
        Files.createDirectories(folder);
        for (String name : NAMES) {
            Files.writeString(folder.resolve(name), TEMPLATE);
        }
    }
}
