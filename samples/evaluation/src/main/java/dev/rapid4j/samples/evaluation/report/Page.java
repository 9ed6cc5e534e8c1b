package dev.rapid4j.samples.evaluation.report;

import com.samskivert.mustache.Escapers;
import com.samskivert.mustache.Mustache;
import com.samskivert.mustache.Template;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/** A report as HTML, in which nothing but its own style sheet is allowed to take effect. */
record Page(Report report, String style) {

    private static final Mustache.Compiler TEMPLATES = Mustache.compiler()
            .emptyStringIsFalse(true)
            .withEscaper(text -> Escapers.HTML.escape(Texts.printable(text)))
            .withLoader(Page::template);

    static String html(Report report) {
        try (InputStream style = Page.class.getResourceAsStream("report.css");
                Reader reader = template("report")) {
            Template template = TEMPLATES.compile(reader);
            return template.execute(new Page(report, new String(style.readAllBytes(), StandardCharsets.UTF_8)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Reader template(String name) {
        return new InputStreamReader(Page.class.getResourceAsStream(name + ".mustache"), StandardCharsets.UTF_8);
    }

    boolean hasNotices() {
        return !report.notices().isEmpty();
    }

    /** The hash of the style, as a content security policy names what it allows. */
    String styleHash() {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(style.getBytes(StandardCharsets.UTF_8));
            return "sha256-" + Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
