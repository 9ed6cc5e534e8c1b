package dev.rapid4j.samples.benchmarks;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.Collections;

/**
 * Where the results of one command go.
 *
 * @param name the command's
 * @param tables what is printed of them, as Markdown
 * @param progress how far it has come
 */
record Output(String name, PrintWriter tables, PrintWriter progress, ResultFile file) {

    /** Replaces what the file has of this command. */
    void write(Object results) throws IOException {
        file.put(name, results);
    }

    void text(String line) {
        tables.printf("%n%s%n", line);
        tables.flush();
    }

    void header(String... cells) {
        tables.println();
        row(cells);
        tables.println("|" + String.join("|", Collections.nCopies(cells.length, "---")) + "|");
    }

    void row(String... cells) {
        tables.println("| " + String.join(" | ", cells) + " |");
        tables.flush();
    }
}
