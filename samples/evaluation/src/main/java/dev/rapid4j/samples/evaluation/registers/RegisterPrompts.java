package dev.rapid4j.samples.evaluation.registers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * Templates for the bundled model, which was taught to read a register and a question and to quote the answer, and
 * nothing else. Only those of LongBench v2 have the options, a line each with its letter behind it, as it was taught:
 * it answers with a quotation and "The correct answer is (X)". En.MC counts an option's text as its letter.
 */
public final class RegisterPrompts {

    private static final String QUESTION = "$DOC$\n\n$Q$\n";
    private static final String OPTIONS = "$Q$\n$C_A$ (A)\n$C_B$ (B)\n$C_C$ (C)\n$C_D$ (D)\n";
    private static final String CHOICE = "$DOC$\n\n" + OPTIONS;

    private static final Map<String, String> TEMPLATES = Map.of(
            "0shot.txt", CHOICE,
            "0shot_rag.txt", CHOICE,
            "0shot_cot.txt", QUESTION,
            "0shot_cot_ans.txt", "$COT$\n\n" + OPTIONS,
            "longbook_qa_eng.txt", QUESTION,
            "longbook_choice_eng.txt", QUESTION,
            "longbook_sum_eng.txt", QUESTION);

    private RegisterPrompts() {}

    /** Writes them as files; those that are there are replaced. */
    public static void write(Path folder) throws IOException {
        Files.createDirectories(folder);
        for (Map.Entry<String, String> template : TEMPLATES.entrySet()) {
            Files.writeString(folder.resolve(template.getKey()), template.getValue());
        }
    }
}
