package dev.rapid4j.samples.evaluation.report;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A table whose rows have headings.
 *
 * @param corner heads the headings
 */
record Table(String title, String caption, String corner, List<Column> columns, List<Group> groups) {

    /** @param group over several columns; blank if there is none */
    record Column(String group, String name) {

        static List<Column> of(String... names) {
            return Stream.of(names).map(name -> new Column("", name)).toList();
        }
    }

    /** @param name blank if the rows stand for themselves */
    record Group(String name, List<Row> rows) {

        boolean isNamed() {
            return !name.isBlank();
        }
    }

    /** @param detail what else there is to say; may be blank */
    record Row(String name, String detail, List<Cell> cells) {}

    /** @param detail how certain the figure is, or what it is of; may be blank */
    record Cell(String text, String detail) {

        static final Cell EMPTY = of(Texts.NOTHING);

        static Cell of(String text) {
            return new Cell(text, "");
        }
    }

    /**
     * A heading in HTML.
     *
     * @param columns it stands over
     * @param rows it is high
     * @param scope {@code col} or {@code colgroup}
     */
    record Heading(String name, int columns, int rows, String scope) {}

    static Table of(String title, String caption, String corner, List<Column> columns, List<Row> rows) {
        return new Table(title, caption, corner, columns, List.of(new Group("", rows)));
    }

    boolean isEmpty() {
        return groups.stream().allMatch(group -> group.rows().isEmpty());
    }

    int width() {
        return columns.size() + 1;
    }

    /** Whether two rows of headings are needed. */
    boolean hasColumnGroups() {
        return columns.stream().anyMatch(column -> !column.group().isBlank());
    }

    /** The upper row: groups over their columns, and columns without a group over both rows. */
    List<Heading> upperHeadings() {
        List<Heading> headings = new ArrayList<>();
        String last = "";
        for (Column column : columns) {
            if (column.group().isBlank()) {
                headings.add(new Heading(column.name(), 1, headingRows(), "col"));
            } else if (column.group().equals(last)) {
                Heading group = headings.remove(headings.size() - 1);
                headings.add(new Heading(last, group.columns() + 1, 1, "colgroup"));
            } else {
                headings.add(new Heading(column.group(), 1, 1, "colgroup"));
            }
            last = column.group();
        }
        return headings;
    }

    /** The lower row, of columns in groups. */
    List<Heading> lowerHeadings() {
        return columns.stream()
                .filter(column -> !column.group().isBlank())
                .map(column -> new Heading(column.name(), 1, 1, "col"))
                .toList();
    }

    int headingRows() {
        return hasColumnGroups() ? 2 : 1;
    }

    String markdown() {
        boolean grouped = groups.stream().anyMatch(Group::isNamed);
        List<String> lines = new ArrayList<>();
        Stream<String> heads = columns.stream().map(column -> (column.group() + " " + column.name()).strip());
        lines.add(line(Stream.concat(grouped ? Stream.of("Runs", corner) : Stream.of(corner), heads)));
        lines.add("|" + "---|".repeat(grouped ? 2 : 1) + "---:|".repeat(columns.size()));
        for (Group group : groups) {
            for (Row row : group.rows()) {
                Stream<String> names = Stream.of(joined(row.name(), row.detail()));
                lines.add(line(Stream.concat(
                        grouped ? Stream.concat(Stream.of(group.name()), names) : names,
                        row.cells().stream().map(cell -> joined(cell.text(), cell.detail())))));
            }
        }
        return "## " + Markdown.escaped(title) + "\n\n" + String.join("\n", lines) + "\n\n" + Markdown.escaped(caption)
                + "\n";
    }

    private static String joined(String text, String detail) {
        return detail.isBlank() ? text : text + " (" + detail + ")";
    }

    private static String line(Stream<String> cells) {
        return cells.map(Markdown::escaped).collect(Collectors.joining(" | ", "| ", " |"));
    }

    static List<Cell> cells(Collection<String> texts) {
        return texts.stream().map(Cell::of).toList();
    }
}
