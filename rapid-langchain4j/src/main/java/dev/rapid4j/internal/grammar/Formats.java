package dev.rapid4j.internal.grammar;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The values of {@code format} for texts, as regular expressions; some leave out rare forms that a standard allows. */
final class Formats {

    private static final String LEAP_YEAR = "([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)";
    private static final String DATE = "([0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])"
            + "|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))|" + LEAP_YEAR + "-02-29)";
    private static final String CLOCK = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?";
    private static final String TIME = CLOCK + "(Z|[+-](0[0-9]|1[0-7]):[0-5][0-9])";
    private static final String LABEL = "[A-Za-z0-9]([A-Za-z0-9-]{0,30}[A-Za-z0-9])?";
    private static final String TOP_LABEL = "[A-Za-z]([A-Za-z0-9-]{0,30}[A-Za-z0-9])?";
    private static final String HOST = "(" + LABEL + "\\.){0,3}" + TOP_LABEL;
    private static final String BYTE = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
    private static final String IPV4 = "(" + BYTE + "\\.){3}" + BYTE;
    private static final String GROUP = "[0-9A-Fa-f]{1,4}";
    private static final String IPV6 =
            "((G:){7}G|(G:){1,7}:|(G:){1,6}:G|(G:){1,5}(:G){1,2}|(G:){1,4}(:G){1,3}".replace("G", GROUP)
                    + "|(G:){1,3}(:G){1,4}|(G:){1,2}(:G){1,5}|G:(:G){1,6}|:((:G){1,7}|:))".replace("G", GROUP);
    private static final String PATH_CHARACTER = "([A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})";
    private static final String TAIL = "(\\?(P|[/?])*)?(#(P|[/?])*)?".replace("P", PATH_CHARACTER);
    private static final String URI =
            "[A-Za-z][A-Za-z0-9+.-]*:(//([A-Za-z0-9._~-]+@)?([A-Za-z0-9._~-]+|\\[" + IPV6 + "\\])(:[0-9]{1,4})?(/"
                    + PATH_CHARACTER + "*)*|/?" + PATH_CHARACTER + "+(/" + PATH_CHARACTER + "*)*)" + TAIL;
    private static final String REFERENCE = "/?(X+(/P*)*)?"
                    .replace("X", "([A-Za-z0-9._~!$&'()*+,;=@-]|%[0-9A-Fa-f]{2})")
                    .replace("P", PATH_CHARACTER)
            + TAIL;

    private static final Map<String, String> EXPRESSIONS = Map.ofEntries(
            Map.entry("date", DATE),
            Map.entry("time", TIME),
            Map.entry("date-time", DATE + "T" + TIME),
            Map.entry(
                    "duration",
                    "P([0-9]{1,9}W|([0-9]{1,9}Y)?([0-9]{1,9}M)?[0-9]{1,9}D(T" + clock() + ")?|([0-9]{1,9}Y)?"
                            + "[0-9]{1,9}M(T" + clock() + ")?|[0-9]{1,9}Y(T" + clock() + ")?|T" + clock() + ")"),
            Map.entry(
                    "email",
                    "[A-Za-z0-9_+-]{1,20}(\\.[A-Za-z0-9_+-]{1,20}){0,2}@(" + LABEL + "\\.){1,3}[A-Za-z]{2,24}"),
            Map.entry("hostname", HOST),
            Map.entry("ipv4", IPV4),
            Map.entry("ipv6", IPV6),
            Map.entry("uuid", "[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"),
            Map.entry("uri", URI),
            Map.entry("iri", URI),
            Map.entry("uri-reference", URI + "|" + REFERENCE),
            Map.entry("iri-reference", URI + "|" + REFERENCE),
            Map.entry("json-pointer", "(/([^~/]|~[01])*)*"));

    /** That say what a text is for, not what it looks like. */
    private static final Set<String> WITHOUT_FORM = Set.of("password", "string", "text");

    private Formats() {}

    private static String clock() {
        return "([0-9]{1,9}H([0-9]{1,9}M([0-9]{1,9}S)?)?|[0-9]{1,9}M([0-9]{1,9}S)?|[0-9]{1,9}S)";
    }

    /** A regular expression for whole texts; {@code null} if the format is unknown. */
    static String expression(String format) {
        return WITHOUT_FORM.contains(format) ? "[^]*" : EXPRESSIONS.get(format);
    }

    static Set<String> names() {
        return new TreeSet<>(EXPRESSIONS.keySet());
    }
}
