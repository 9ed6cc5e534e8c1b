package dev.rapid4j.chattemplate;

import dev.rapid4j.chattemplate.Value.Dict;
import dev.rapid4j.chattemplate.Value.Float;
import dev.rapid4j.chattemplate.Value.Generator;
import dev.rapid4j.chattemplate.Value.Int;
import dev.rapid4j.chattemplate.Value.Number;
import dev.rapid4j.chattemplate.Value.Seq;
import dev.rapid4j.chattemplate.Value.Undefined;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;

/** Jinja's filters by name: functions of the value in front of a {@code |}. */
final class Filters {
    interface Filter {
        Value apply(Interpreter interpreter, Value value, Args args);
    }

    static final Map<String, Filter> ALL = new HashMap<>();

    static {
        // values
        add(Filters::orDefault, "default", "d");
        add((interpreter, value, args) -> interpreter.str(value), "string");
        add((interpreter, value, args) -> interpreter.str(value).asMarkup(), "safe");
        add(Json::filter, "tojson");
        add(Filters::toInteger, "int");
        add(Filters::toFloat, "float");
        add((interpreter, value, args) -> absolute(interpreter, value), "abs");
        add(Filters::round, "round");
        add(Filters::attribute, "attr");
        // texts
        add(
                (interpreter, value, args) -> {
                    Value chars = args.bind("trim", 0, "chars")[0];
                    return TextMethods.strip(interpreter.str(value), chars, true, true);
                },
                "trim");
        add((interpreter, value, args) -> TextMethods.upper(interpreter.str(value)), "upper");
        add((interpreter, value, args) -> TextMethods.lower(interpreter.str(value)), "lower");
        add((interpreter, value, args) -> TextMethods.capitalize(interpreter.str(value)), "capitalize");
        add((interpreter, value, args) -> title(interpreter.str(value)), "title");
        add(Filters::replace, "replace");
        add(Filters::indent, "indent");
        add((interpreter, value, args) -> escape(interpreter.str(value)), "escape", "e");
        add(Filters::format, "format");
        add(Filters::truncate, "truncate");
        add((interpreter, value, args) -> wordCount(interpreter.str(value)), "wordcount");
        add(
                (interpreter, value, args) -> {
                    int width = integer(args.bind("center", 0, "width")[0], 80, "the width");
                    Text text = interpreter.str(value);
                    return TextMethods.pad(text, width, Text.of(" ", text.isTrusted()), 1, 1);
                },
                "center");
        // lists and dicts
        add((interpreter, value, args) -> Value.of(Operators.length(value)), "length", "count");
        add((interpreter, value, args) -> Value.list(interpreter.operators().toList(value)), "list");
        add((interpreter, value, args) -> first(interpreter, value), "first");
        add((interpreter, value, args) -> last(interpreter, value), "last");
        add(Filters::reverse, "reverse");
        add(Filters::join, "join");
        add((interpreter, value, args) -> items(value), "items");
        add(Filters::dictSort, "dictsort");
        add(Filters::sort, "sort");
        add(Filters::unique, "unique");
        add((interpreter, value, args) -> extreme(interpreter, value, args, "min", -1), "min");
        add((interpreter, value, args) -> extreme(interpreter, value, args, "max", 1), "max");
        add(Filters::sum, "sum");
        add(Filters::batch, "batch");
        add(Filters::slice, "slice");
        add(Filters::map, "map");
        add((interpreter, value, args) -> select(interpreter, value, args, true, false), "select");
        add((interpreter, value, args) -> select(interpreter, value, args, false, false), "reject");
        add((interpreter, value, args) -> select(interpreter, value, args, true, true), "selectattr");
        add((interpreter, value, args) -> select(interpreter, value, args, false, true), "rejectattr");
    }

    private Filters() {}

    private static void add(Filter filter, String... names) {
        for (String name : names) {
            ALL.put(name, filter);
        }
    }

    private static boolean isTrue(Value value) {
        return value != null && Operators.isTrue(value);
    }

    private static int integer(Value value, int absent, String what) {
        return value == null ? absent : Numbers.index(value, what);
    }

    // ---- values ------------------------------------------------------------------------------------------------

    private static Value orDefault(Interpreter interpreter, Value value, Args args) {
        Value[] bound = args.bind("default", 0, "default_value", "boolean");
        boolean missing = value instanceof Undefined || isTrue(bound[1]) && !Operators.isTrue(value);
        return !missing ? value : bound[0] == null ? Text.EMPTY : bound[0];
    }

    private static Value toInteger(Interpreter interpreter, Value value, Args args) {
        Value[] bound = args.bind("int", 0, "default", "base");
        Operators.requireDefined(value);
        Value parsed = null;
        if (value instanceof Text text) {
            parsed = Numbers.parseInteger(text.chars(), integer(bound[1], 10, "base"));
            Float real = parsed == null ? Numbers.parseFloat(text.chars()) : null;
            if (real != null && Double.isFinite(real.value())) {
                parsed = Numbers.truncate(real.value());
            }
        } else if (Numbers.integer(value) != null) {
            parsed = new Int(Numbers.integer(value));
        } else if (value instanceof Float number && Double.isFinite(number.value())) {
            parsed = Numbers.truncate(number.value());
        }
        return parsed != null ? parsed : bound[0] != null ? bound[0] : Value.of(0);
    }

    private static Value toFloat(Interpreter interpreter, Value value, Args args) {
        Value absent = args.bind("float", 0, "default")[0];
        Operators.requireDefined(value);
        Value parsed = null;
        if (value instanceof Text text) {
            parsed = Numbers.parseFloat(text.chars());
        } else if (value instanceof Number number) {
            parsed = new Float(number.asDouble());
        }
        return parsed != null ? parsed : absent != null ? absent : new Float(0);
    }

    private static Value absolute(Interpreter interpreter, Value value) {
        if (value instanceof Float number) {
            return new Float(Math.abs(number.value()));
        }
        return Numbers.integer(value) != null && Numbers.integer(value).signum() < 0
                ? interpreter.operators().negate(value)
                : interpreter.operators().plus(value);
    }

    private static Value round(Interpreter interpreter, Value value, Args args) {
        Value[] bound = args.bind("round", 0, "precision", "method");
        int precision = integer(bound[0], 0, "precision");
        String method = bound[1] == null ? "common" : Python.str(bound[1]).chars();
        if (!(value instanceof Number number)) {
            Operators.requireDefined(value);
            throw new TemplateError("round needs a number, not " + Python.typeName(value));
        }
        if (method.equals("common")) {
            return Numbers.round(number, precision);
        }
        if (!method.equals("ceil") && !method.equals("floor")) {
            throw new TemplateError("round knows the methods common, ceil and floor");
        }
        double factor = Math.pow(10, precision);
        double scaled = number.asDouble() * factor;
        return new Float((method.equals("ceil") ? Math.ceil(scaled) : Math.floor(scaled)) / factor);
    }

    private static Value attribute(Interpreter interpreter, Value value, Args args) {
        String name = TextMethods.text("attr", args.bind("attr", 1, "name")[0]).chars();
        Operators.requireDefined(value);
        Value found = Attributes.of(value, name);
        return found != null ? found : new Undefined("no attribute '" + name + "'");
    }

    // ---- texts -------------------------------------------------------------------------------------------------

    private static Value replace(Interpreter interpreter, Value value, Args args) {
        Value[] bound = args.bind("replace", 2, "old", "new", "count");
        Text replaced = TextMethods.replace(
                interpreter.str(value), interpreter.str(bound[0]), interpreter.str(bound[1]), bound[2]);
        interpreter.budget().charge(replaced.length());
        return replaced;
    }

    private static Text title(Text text) {
        TextBuilder out = new TextBuilder();
        boolean start = true;
        int next;
        for (int i = 0; i < text.length(); i = next) {
            int c = text.chars().codePointAt(i);
            next = i + Character.charCount(c);
            boolean separator = c == '-' || c == '(' || c == '{' || c == '[' || c == '<' || Python.isSpace(c);
            Text character = text.substring(i, next);
            out.append(separator ? character : start ? TextMethods.upper(character) : TextMethods.lower(character));
            start = separator;
        }
        return out.build();
    }

    private static Value indent(Interpreter interpreter, Value value, Args args) {
        Value[] bound = args.bind("indent", 0, "width", "first", "blank");
        Text indent = bound[0] instanceof Text text ? text : Text.SPACE.repeat(integer(bound[0], 4, "width"));
        Text text = TextMethods.text("indent", value);
        TextBuilder out = new TextBuilder();
        boolean first = true;
        for (Text line : TextMethods.lines(text.plus(Text.trusted("\n")), false)) {
            if (!first) {
                out.append("\n", true);
            }
            if (first ? isTrue(bound[1]) : isTrue(bound[2]) || !line.isEmpty()) {
                out.append(indent);
            }
            first = false;
            out.append(line);
        }
        interpreter.budget().charge(out.length());
        return out.build();
    }

    static Text escape(Text text) {
        if (text.isMarkup()) {
            return text;
        }
        TextBuilder out = new TextBuilder();
        int plain = 0;
        for (int i = 0; i < text.length(); i++) {
            String entity = switch (text.chars().charAt(i)) {
                case '&' -> "&amp;";
                case '<' -> "&lt;";
                case '>' -> "&gt;";
                case '\'' -> "&#39;";
                case '"' -> "&#34;";
                default -> null;
            };
            if (entity != null) {
                out.append(text, plain, i).append(entity, text.trustedAt(i));
                plain = i + 1;
            }
        }
        return out.append(text, plain, text.length()).build().asMarkup();
    }

    private static Value format(Interpreter interpreter, Value value, Args args) {
        Value values = args.named().isEmpty() ? Value.tuple(args.positional()) : Dict.ofNames(args.named());
        return Format.percent(interpreter, interpreter.str(value), values);
    }

    private static Value truncate(Interpreter interpreter, Value value, Args args) {
        Value[] bound = args.bind("truncate", 0, "length", "killwords", "end", "leeway");
        Text text = TextMethods.text("truncate", value);
        Text end = bound[2] == null ? Text.trusted("...") : TextMethods.text("truncate", bound[2]);
        int length = integer(bound[0], 255, "length");
        int leeway = TextMethods.isNone(bound[3]) ? 5 : Numbers.index(bound[3], "leeway");
        if (length < end.codePoints() || leeway < 0) {
            throw new TemplateError("truncate needs a length that holds the end");
        }
        if (text.codePoints() <= (long) length + leeway) {
            return text;
        }
        Text cut = text.substring(0, text.position(length - end.codePoints()));
        int space = isTrue(bound[1]) ? -1 : cut.chars().lastIndexOf(' ');
        return (space < 0 ? cut : cut.substring(0, space)).plus(end);
    }

    private static Value wordCount(Text text) {
        long words = 0;
        boolean inWord = false;
        for (int c : text.chars().codePoints().toArray()) {
            boolean word = Character.isLetterOrDigit(c) || c == '_';
            words += word && !inWord ? 1 : 0;
            inWord = word;
        }
        return Value.of(words);
    }

    // ---- lists and dicts ---------------------------------------------------------------------------------------

    private static Value first(Interpreter interpreter, Value value) {
        if (value instanceof Text text && !text.isEmpty()) {
            return text.characterAt(0);
        }
        Iterator<Value> items = interpreter.operators().iterate(value);
        return items.hasNext() ? items.next() : new Undefined("No first item, sequence was empty.");
    }

    private static Value last(Interpreter interpreter, Value value) {
        if (value instanceof Generator) {
            throw new TemplateError("a generator has no last item; turn it into a list first");
        }
        if (value instanceof Text text && !text.isEmpty()) {
            int position = text.length() - Character.charCount(text.chars().codePointBefore(text.length()));
            return text.substring(position);
        }
        if (value instanceof Seq seq && !seq.items.isEmpty()) {
            return seq.items.get(seq.size() - 1);
        }
        List<Value> items = interpreter.operators().toList(value);
        return items.isEmpty() ? new Undefined("No last item, sequence was empty.") : items.get(items.size() - 1);
    }

    private static Value reverse(Interpreter interpreter, Value value, Args args) {
        if (value instanceof Text) {
            return interpreter.operators().slice(value, Value.NONE, Value.NONE, Value.of(-1));
        }
        List<Value> items = interpreter.operators().toList(value);
        Collections.reverse(items);
        return value instanceof Generator ? Value.list(items) : new Generator(items.iterator());
    }

    private static Value join(Interpreter interpreter, Value value, Args args) {
        Value[] bound = args.bind("join", 0, "d", "attribute");
        Value items = value;
        if (!TextMethods.isNone(bound[1])) {
            Function<Value, Value> getter = getter(interpreter, bound[1], null);
            items = new Generator(mapping(interpreter.operators().iterate(value), getter));
        }
        return TextMethods.join(interpreter, bound[0] == null ? Text.EMPTY : interpreter.str(bound[0]), items, true);
    }

    private static Value items(Value value) {
        if (value instanceof Undefined) {
            return new Generator(Collections.emptyIterator());
        }
        if (!(value instanceof Dict dict)) {
            throw new TemplateError("items needs a dict, not " + Python.typeName(value));
        }
        return new Generator(Attributes.pairs(dict).iterator());
    }

    private static Value dictSort(Interpreter interpreter, Value value, Args args) {
        Value[] bound = args.bind("dictsort", 0, "case_sensitive", "by", "reverse");
        if (!(value instanceof Dict dict)) {
            throw new TemplateError("dictsort needs a dict, not " + Python.typeName(value));
        }
        boolean byValue = bound[1] != null && bound[1].equals(Text.trusted("value"));
        Function<Value, Value> key = pair -> ((Seq) pair).items.get(byValue ? 1 : 0);
        Function<Value, Value> sortKey = isTrue(bound[0]) ? key : key.andThen(Filters::ignoreCase);
        return sorted(interpreter, Attributes.pairs(dict), List.of(sortKey), isTrue(bound[2]));
    }

    private static Value sort(Interpreter interpreter, Value value, Args args) {
        Value[] bound = args.bind("sort", 0, "reverse", "case_sensitive", "attribute");
        List<Function<Value, Value>> keys = new ArrayList<>();
        if (bound[2] instanceof Text attributes) {
            for (String attribute : parts(interpreter, attributes, ",")) {
                keys.add(getter(interpreter, Text.trusted(attribute), null));
            }
        } else {
            keys.add(getter(interpreter, bound[2], null));
        }
        if (!isTrue(bound[1])) {
            keys.replaceAll(key -> key.andThen(Filters::ignoreCase));
        }
        return sorted(interpreter, interpreter.operators().toList(value), keys, isTrue(bound[0]));
    }

    private static Seq sorted(
            Interpreter interpreter, List<Value> items, List<Function<Value, Value>> keys, boolean reverse) {
        Comparator<Value> order = (left, right) -> {
            interpreter.budget().charge(Budget.NODE);
            int result = 0;
            for (int i = 0; i < keys.size() && result == 0; i++) {
                result = interpreter
                        .operators()
                        .compare(keys.get(i).apply(left), keys.get(i).apply(right));
            }
            return result;
        };
        List<Value> sorted = new ArrayList<>(items);
        try {
            sorted.sort(reverse ? order.reversed() : order);
        } catch (IllegalArgumentException e) {
            throw new TemplateError("the values have no order");
        }
        return Value.list(sorted);
    }

    private static Value unique(Interpreter interpreter, Value value, Args args) {
        Value[] bound = args.bind("unique", 0, "case_sensitive", "attribute");
        Function<Value, Value> getter = getter(interpreter, bound[1], null);
        Function<Value, Value> key = isTrue(bound[0]) ? getter : getter.andThen(Filters::ignoreCase);
        Set<Value> seen = new HashSet<>();
        return new Generator(new SelectedItems(interpreter.operators().iterate(value), item -> {
            Value itemKey = key.apply(item);
            interpreter.budget().charge(itemKey.weight());
            return seen.add(itemKey);
        }));
    }

    private static Value extreme(Interpreter interpreter, Value value, Args args, String name, int sign) {
        Value[] bound = args.bind(name, 0, "case_sensitive", "attribute");
        Function<Value, Value> getter = getter(interpreter, bound[1], null);
        Function<Value, Value> key = isTrue(bound[0]) ? getter : getter.andThen(Filters::ignoreCase);
        Value best = null;
        for (Value item : interpreter.operators().toList(value)) {
            if (best == null || sign * interpreter.operators().compare(key.apply(item), key.apply(best)) > 0) {
                best = item;
            }
        }
        return best != null ? best : new Undefined("No aggregated item, sequence was empty.");
    }

    private static Value sum(Interpreter interpreter, Value value, Args args) {
        Value[] bound = args.bind("sum", 0, "attribute", "start");
        Function<Value, Value> getter = getter(interpreter, bound[0], null);
        Value sum = bound[1] == null ? Value.of(0) : bound[1];
        for (Value item : interpreter.operators().toList(value)) {
            sum = interpreter.operators().add(sum, getter.apply(item));
        }
        return sum;
    }

    private static Value batch(Interpreter interpreter, Value value, Args args) {
        Value[] bound = args.bind("batch", 1, "linecount", "fill_with");
        int size = Numbers.index(bound[0], "linecount");
        List<Value> batches = new ArrayList<>();
        List<Value> batch = new ArrayList<>();
        for (Value item : interpreter.operators().toList(value)) {
            if (batch.size() == size) {
                batches.add(Value.list(batch));
                batch = new ArrayList<>();
            }
            batch.add(item);
        }
        if (!batch.isEmpty()) {
            while (!TextMethods.isNone(bound[1]) && batch.size() < size) {
                interpreter.budget().charge(1);
                batch.add(bound[1]);
                Budget.checkItems(batch.size());
            }
            batches.add(Value.list(batch));
        }
        return new Generator(batches.iterator());
    }

    private static Value slice(Interpreter interpreter, Value value, Args args) {
        Value[] bound = args.bind("slice", 1, "slices", "fill_with");
        int slices = Budget.checkItems(Numbers.index(bound[0], "slices"));
        if (slices < 1) {
            throw new TemplateError("slice needs at least one slice");
        }
        List<Value> items = interpreter.operators().toList(value);
        interpreter.budget().charge((long) Budget.NODE * slices);
        List<Value> result = new ArrayList<>();
        int longer = items.size() % slices;
        int from = 0;
        for (int i = 0; i < slices; i++) {
            int to = from + items.size() / slices + (i < longer ? 1 : 0);
            List<Value> slice = new ArrayList<>(items.subList(from, to));
            if (!TextMethods.isNone(bound[1]) && i >= longer) {
                slice.add(bound[1]);
            }
            result.add(Value.list(slice));
            from = to;
        }
        return new Generator(result.iterator());
    }

    private static Value map(Interpreter interpreter, Value value, Args args) {
        if (!Operators.isTrue(value)) {
            return new Generator(Collections.emptyIterator());
        }
        Function<Value, Value> mapping;
        if (args.positional().isEmpty() && args.named().containsKey(Text.trusted("attribute"))) {
            Value[] bound = args.bind("map", 0, "attribute", "default");
            mapping = getter(interpreter, bound[0], bound[1]);
        } else if (args.positional().isEmpty()) {
            throw new TemplateError("map needs the name of a filter or an attribute");
        } else {
            String name = TextMethods.text("map", args.positional().get(0)).chars();
            mapping = item -> interpreter.filter(name, item, args.withoutFirst());
        }
        return new Generator(mapping(interpreter.operators().iterate(value), mapping));
    }

    private static Value select(Interpreter interpreter, Value value, Args args, boolean wanted, boolean byAttribute) {
        if (!Operators.isTrue(value)) {
            return new Generator(Collections.emptyIterator());
        }
        Function<Value, Value> getter = Function.identity();
        Args rest = args;
        if (byAttribute) {
            if (args.positional().isEmpty()) {
                throw new TemplateError("selectattr and rejectattr need the name of an attribute");
            }
            getter = getter(interpreter, args.positional().get(0), null);
            rest = args.withoutFirst();
        }
        Function<Value, Value> key = getter;
        if (rest.positional().isEmpty()) {
            return new Generator(new SelectedItems(interpreter.operators().iterate(value), item -> {
                interpreter.budget().charge(Budget.NODE);
                return Operators.isTrue(key.apply(item)) == wanted;
            }));
        }
        String test = TextMethods.text("select", rest.positional().get(0)).chars();
        Args testArgs = rest.withoutFirst();
        return new Generator(new SelectedItems(interpreter.operators().iterate(value), item -> {
            interpreter.budget().charge(Budget.NODE);
            return interpreter.test(test, key.apply(item), testArgs) == wanted;
        }));
    }

    private static Iterator<Value> mapping(Iterator<Value> items, Function<Value, Value> mapping) {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return items.hasNext();
            }

            @Override
            public Value next() {
                return mapping.apply(items.next());
            }
        };
    }

    /** Splits the names of attributes; unlike other texts they become several objects a character. */
    private static String[] parts(Interpreter interpreter, Text names, String separator) {
        interpreter.budget().charge((long) Budget.NODE * names.length());
        Budget.checkItems(names.length());
        return names.chars().split(Pattern.quote(separator), -1);
    }

    /** Follows a path like {@code a.b.0}; without one it gives the item itself. */
    private static Function<Value, Value> getter(Interpreter interpreter, Value attribute, Value absent) {
        if (TextMethods.isNone(attribute)) {
            return Function.identity();
        }
        List<Value> path = new ArrayList<>();
        if (attribute instanceof Text text) {
            for (String part : parts(interpreter, text, ".")) {
                Value index = part.chars().allMatch(Character::isDigit) ? Numbers.parseInteger(part, 10) : null;
                path.add(index != null ? index : Text.trusted(part));
            }
        } else {
            path.add(attribute);
        }
        return item -> {
            Value value = item;
            for (Value part : path) {
                interpreter.budget().charge(Budget.NODE);
                value = interpreter.operators().item(value, part);
                if (absent != null && value instanceof Undefined) {
                    value = absent;
                }
            }
            return value;
        };
    }

    private static Value ignoreCase(Value value) {
        return value instanceof Text text ? TextMethods.lower(text) : value;
    }
}
