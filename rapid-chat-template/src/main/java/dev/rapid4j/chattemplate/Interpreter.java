package dev.rapid4j.chattemplate;

import dev.rapid4j.chattemplate.Expression.BinaryOperator;
import dev.rapid4j.chattemplate.Value.Dict;
import dev.rapid4j.chattemplate.Value.Function;
import dev.rapid4j.chattemplate.Value.Namespace;
import dev.rapid4j.chattemplate.Value.Undefined;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Runs statements and evaluates expressions; one for each rendering. */
final class Interpreter {
    private enum Flow {
        ON,
        BREAK,
        CONTINUE
    }

    private final Budget budget;
    private final Operators operators;
    private final Clock clock;

    private TextBuilder out = new TextBuilder();
    private Scope scope;
    private int line;

    Interpreter(Budget budget, Clock clock, Map<String, Value> variables) {
        this.budget = budget;
        this.operators = new Operators(budget);
        this.clock = clock;
        this.scope = new Scope(null);
        Globals.FUNCTIONS.forEach(scope::set);
        scope = new Scope(scope);
        variables.forEach(scope::set);
    }

    Text render(List<Statement> body) {
        try {
            run(body);
            return out.build();
        } catch (TemplateError e) {
            throw e.at(line);
        } catch (StackOverflowError e) {
            // the depth is bounded, but not by the stack of this thread
            throw new TemplateError(line, "the template needs more stack than this thread has");
        }
    }

    Budget budget() {
        return budget;
    }

    Operators operators() {
        return operators;
    }

    Clock clock() {
        return clock;
    }

    // ---- statements --------------------------------------------------------------------------------------------

    private Flow run(List<Statement> body) {
        for (Statement statement : body) {
            Flow flow = run(statement);
            if (flow != Flow.ON) {
                return flow;
            }
        }
        return Flow.ON;
    }

    private Flow run(Statement statement) {
        budget.enter();
        line = statement.line();
        Flow flow = Flow.ON;
        if (statement instanceof Statement.Output output) {
            write(Python.str(charged(evaluate(output.value()))));
        } else if (statement instanceof Statement.If choice) {
            flow = run(chosen(choice));
        } else if (statement instanceof Statement.For loop) {
            flow = run(loop, evaluate(loop.items()), 0);
        } else if (statement instanceof Statement.Assign assign) {
            assign(assign.target(), evaluate(assign.value()));
        } else if (statement instanceof Statement.AssignBlock block) {
            Captured captured = capture(block.body(), block.filter());
            flow = captured.flow();
            if (flow == Flow.ON) {
                assign(block.target(), captured.value());
            }
        } else if (statement instanceof Statement.FilterBlock block) {
            Captured captured = capture(block.body(), block.filter());
            flow = captured.flow();
            if (flow == Flow.ON) {
                write(Python.str(captured.value()));
            }
        } else if (statement instanceof Statement.DefineMacro define) {
            scope.set(define.macro().name(), macro(define.macro()));
        } else if (statement instanceof Statement.CallBlock block) {
            Args args = arguments(block.call().arguments());
            Map<Text, Value> named = new LinkedHashMap<>(args.named());
            named.put(Text.trusted("caller"), macro(block.caller()));
            write(Python.str(call(evaluate(block.call().target()), new Args(args.positional(), named))));
        } else if (statement instanceof Statement.With with) {
            flow = run(with);
        } else {
            flow = statement instanceof Statement.Break ? Flow.BREAK : Flow.CONTINUE;
        }
        budget.leave();
        return flow;
    }

    private void write(Text text) {
        budget.charge(text.length());
        out.append(text);
    }

    /** Charges for a value that is about to be walked through as a whole, and gives it back. */
    Value charged(Value value) {
        budget.charge(value instanceof Text ? 0 : value.weight());
        return value;
    }

    private List<Statement> chosen(Statement.If choice) {
        for (Statement.Branch branch : choice.branches()) {
            if (Operators.isTrue(evaluate(branch.condition()))) {
                return branch.body();
            }
        }
        return choice.otherwise();
    }

    /**
     * Runs a loop; a break or continue in its {@code else} is meant for the loop around it, and is what is given back.
     */
    private Flow run(Statement.For statement, Value items, int depth) {
        Scope outer = scope;
        Iterator<Value> selected = operators.iterate(items);
        if (statement.condition() != null) {
            selected = new SelectedItems(selected, item -> {
                Scope current = scope;
                scope = new Scope(outer);
                assign(statement.target(), item);
                boolean selects = Operators.isTrue(evaluate(statement.condition()));
                scope = current;
                return selects;
            });
        }
        Loop loop = new Loop(
                selected,
                depth,
                statement.recursive()
                        ? (inner, level) -> {
                            Scope current = scope;
                            TextBuilder around = out;
                            scope = outer;
                            out = new TextBuilder();
                            run(statement, inner, level);
                            Text text = out.build();
                            out = around;
                            scope = current;
                            return text;
                        }
                        : null);
        boolean empty = true;
        Flow flow = Flow.ON;
        while (flow != Flow.BREAK && loop.hasNext()) {
            empty = false;
            budget.charge(Budget.NODE);
            scope = new Scope(outer);
            scope.set("loop", loop);
            assign(statement.target(), loop.advance());
            flow = run(statement.body());
        }
        scope = new Scope(outer);
        Flow after = empty ? run(statement.otherwise()) : Flow.ON;
        scope = outer;
        return after;
    }

    private Flow run(Statement.With with) {
        Scope outer = scope;
        Scope inner = new Scope(outer);
        for (Statement.Binding binding : with.bindings()) {
            Value value = evaluate(binding.value());
            scope = inner;
            assign(binding.target(), value);
            scope = outer;
        }
        scope = inner;
        Flow flow = run(with.body());
        scope = outer;
        return flow;
    }

    private record Captured(Value value, Flow flow) {}

    /** Renders the body and puts its text through the filters. */
    private Captured capture(List<Statement> body, Expression filter) {
        Scope outer = scope;
        TextBuilder around = out;
        scope = new Scope(outer);
        out = new TextBuilder();
        Flow flow = run(body);
        scope.set(Statement.CAPTURED, out.build());
        out = around;
        Value value = evaluate(filter);
        scope = outer;
        return new Captured(value, flow);
    }

    private void assign(Statement.Target target, Value value) {
        if (target instanceof Statement.Variable variable) {
            scope.set(variable.name(), value);
        } else if (target instanceof Statement.NamespaceAttribute reference) {
            if (!(scope.get(reference.namespace()) instanceof Namespace namespace)) {
                throw new TemplateError("'" + reference.namespace() + "' is not a namespace");
            }
            Globals.set(namespace, Text.trusted(reference.attribute()), value);
        } else if (target instanceof Statement.Targets tuple) {
            List<Value> values = operators.toList(value);
            if (values.size() != tuple.targets().size()) {
                throw new TemplateError("cannot unpack " + values.size() + " values into "
                        + tuple.targets().size() + " names");
            }
            for (int i = 0; i < values.size(); i++) {
                assign(tuple.targets().get(i), values.get(i));
            }
        }
    }

    // ---- macros ------------------------------------------------------------------------------------------------

    private Function macro(Statement.Macro macro) {
        Scope definition = scope;
        return (interpreter, args) -> call(macro, definition, args);
    }

    private Text call(Statement.Macro macro, Scope definition, Args args) {
        Scope current = scope;
        TextBuilder around = out;
        scope = new Scope(definition);
        out = new TextBuilder();
        bind(macro, args);
        run(macro.body());
        Text text = out.build();
        out = around;
        scope = current;
        return text;
    }

    private void bind(Statement.Macro macro, Args args) {
        List<Statement.Parameter> parameters = macro.parameters();
        List<Value> given = args.positional();
        Map<Text, Value> named = new LinkedHashMap<>(args.named());
        for (int i = 0; i < parameters.size(); i++) {
            Statement.Parameter parameter = parameters.get(i);
            Value value = i < given.size() ? given.get(i) : named.remove(Text.trusted(parameter.name()));
            if (value == null) {
                value = parameter.defaultValue() != null
                        ? evaluate(parameter.defaultValue())
                        : new Undefined("parameter '" + parameter.name() + "' was not provided");
            }
            scope.set(parameter.name(), value);
        }
        if (macro.names().contains("caller") && !isParameter(macro, "caller")) {
            Value caller = named.remove(Text.trusted("caller"));
            scope.set("caller", caller != null ? caller : new Undefined("No caller defined"));
        }
        if (macro.names().contains("kwargs")) {
            scope.set("kwargs", Dict.ofNames(named));
        } else if (!named.isEmpty()) {
            throw new TemplateError("macro '" + macro.name() + "' takes no argument named " + named.keySet());
        }
        List<Value> surplus = given.subList(Math.min(parameters.size(), given.size()), given.size());
        if (macro.names().contains("varargs")) {
            scope.set("varargs", Value.tuple(surplus));
        } else if (!surplus.isEmpty()) {
            throw new TemplateError(
                    "macro '" + macro.name() + "' takes not more than " + parameters.size() + " arguments");
        }
    }

    private static boolean isParameter(Statement.Macro macro, String name) {
        return macro.parameters().stream()
                .anyMatch(parameter -> parameter.name().equals(name));
    }

    // ---- expressions -------------------------------------------------------------------------------------------

    Value evaluate(Expression expression) {
        budget.enter();
        line = expression.line();
        Value value = compute(expression);
        budget.leave();
        return value;
    }

    private Value compute(Expression expression) {
        if (expression instanceof Expression.Literal literal) {
            return literal.value();
        }
        if (expression instanceof Expression.Name name) {
            return scope.get(name.name());
        }
        if (expression instanceof Expression.Attribute attribute) {
            return operators.attribute(evaluate(attribute.target()), attribute.name());
        }
        if (expression instanceof Expression.Item item) {
            return operators.item(evaluate(item.target()), evaluate(item.key()));
        }
        if (expression instanceof Expression.Filter filter) {
            Value input = evaluate(filter.input());
            return filter(filter.name(), input, arguments(filter.arguments()));
        }
        if (expression instanceof Expression.Test test) {
            Value input = evaluate(test.input());
            return Value.of(test(test.name(), input, arguments(test.arguments())));
        }
        if (expression instanceof Expression.Call call) {
            Value target = evaluate(call.target());
            return call(target, arguments(call.arguments()));
        }
        return expression instanceof Expression.Slice slice ? slice(slice) : computeOperation(expression);
    }

    private Value computeOperation(Expression expression) {
        if (expression instanceof Expression.Binary binary) {
            return binary(binary.operator(), evaluate(binary.left()), evaluate(binary.right()));
        }
        if (expression instanceof Expression.Comparison comparison) {
            return compare(comparison);
        }
        if (expression instanceof Expression.And and) {
            Value left = evaluate(and.left());
            return Operators.isTrue(left) ? evaluate(and.right()) : left;
        }
        if (expression instanceof Expression.Or or) {
            Value left = evaluate(or.left());
            return Operators.isTrue(left) ? left : evaluate(or.right());
        }
        if (expression instanceof Expression.Not not) {
            return Value.of(!Operators.isTrue(evaluate(not.operand())));
        }
        if (expression instanceof Expression.Conditional conditional) {
            return choose(conditional);
        }
        if (expression instanceof Expression.Concat concat) {
            return concat(concat);
        }
        if (expression instanceof Expression.Sign sign) {
            Value operand = evaluate(sign.operand());
            return sign.negative() ? operators.negate(operand) : operators.plus(operand);
        }
        return display(expression);
    }

    private Value display(Expression expression) {
        if (expression instanceof Expression.ListDisplay list) {
            List<Value> items = evaluateAll(list.items());
            return list.tuple() ? Value.tuple(items) : Value.list(items);
        }
        Map<Value, Value> entries = new LinkedHashMap<>();
        for (Expression.Entry entry : ((Expression.DictDisplay) expression).entries()) {
            Value key = evaluate(entry.key());
            entries.put(key, evaluate(entry.value()));
        }
        return new Dict(entries);
    }

    private List<Value> evaluateAll(List<Expression> expressions) {
        List<Value> values = new ArrayList<>(expressions.size());
        for (Expression expression : expressions) {
            values.add(evaluate(expression));
        }
        return values;
    }

    private Value slice(Expression.Slice slice) {
        Value target = evaluate(slice.target());
        return operators.slice(target, bound(slice.start()), bound(slice.stop()), bound(slice.step()));
    }

    private Value bound(Expression expression) {
        return expression == null ? Value.NONE : evaluate(expression);
    }

    private Value choose(Expression.Conditional conditional) {
        if (Operators.isTrue(evaluate(conditional.condition()))) {
            return evaluate(conditional.value());
        }
        return conditional.alternative() != null
                ? evaluate(conditional.alternative())
                : new Undefined("an inline 'if' was false and has no 'else'");
    }

    private Value concat(Expression.Concat concat) {
        TextBuilder text = new TextBuilder();
        for (Expression part : concat.parts()) {
            text.append(Python.str(charged(evaluate(part))));
        }
        budget.charge(text.length());
        return text.build();
    }

    private Value binary(BinaryOperator operator, Value left, Value right) {
        return switch (operator) {
            case ADD -> operators.add(left, right);
            case MULTIPLY -> operators.multiply(left, right);
            case MODULO ->
                left instanceof Text format
                        ? Format.percent(this, format, right)
                        : operators.arithmetic(operator, left, right);
            default -> operators.arithmetic(operator, left, right);
        };
    }

    private Value compare(Expression.Comparison comparison) {
        Value left = evaluate(comparison.first());
        for (Expression.Comparand comparand : comparison.rest()) {
            Value right = evaluate(comparand.operand());
            boolean holds = switch (comparand.comparator()) {
                case EQUAL -> operators.equal(left, right);
                case NOT_EQUAL -> !operators.equal(left, right);
                case LESS -> operators.less(left, right, false);
                case LESS_OR_EQUAL -> operators.less(left, right, true);
                case GREATER -> operators.less(right, left, false);
                case GREATER_OR_EQUAL -> operators.less(right, left, true);
                case IN -> operators.contains(right, left);
                case NOT_IN -> !operators.contains(right, left);
            };
            if (!holds) {
                return Value.FALSE;
            }
            left = right;
        }
        return Value.TRUE;
    }

    // ---- calls -------------------------------------------------------------------------------------------------

    private Args arguments(Expression.Arguments arguments) {
        if (arguments == Expression.Arguments.NONE) {
            return Args.NONE;
        }
        List<Value> positional = evaluateAll(arguments.positional());
        if (arguments.star() != null) {
            positional.addAll(operators.toList(evaluate(arguments.star())));
        }
        Map<Text, Value> named = new LinkedHashMap<>();
        for (Expression.Keyword keyword : arguments.named()) {
            named.put(Text.trusted(keyword.name()), evaluate(keyword.value()));
        }
        if (arguments.doubleStar() != null) {
            if (!(evaluate(arguments.doubleStar()) instanceof Dict dict)) {
                throw new TemplateError("only a dict can follow '**'");
            }
            dict.entries.forEach((name, value) -> named.put(Python.str(name), value));
        }
        return new Args(positional, named);
    }

    Value call(Value target, Args args) {
        Operators.requireDefined(target);
        if (!(target instanceof Function function)) {
            throw new TemplateError(Python.typeName(target) + " cannot be called");
        }
        return function.call(this, args);
    }

    Value filter(String name, Value input, Args args) {
        Filters.Filter filter = Filters.ALL.get(name);
        if (filter == null) {
            throw new TemplateError("no filter named '" + name + "'");
        }
        budget.charge(input instanceof Text text ? text.length() : 1);
        return filter.apply(this, input, args);
    }

    boolean test(String name, Value input, Args args) {
        Tests.Test test = Tests.ALL.get(name);
        if (test == null) {
            throw new TemplateError("no test named '" + name + "'");
        }
        return test.holds(this, input, args);
    }

    /** The text of a value, charged to the budget. */
    Text str(Value value) {
        Text text = Python.str(charged(value));
        budget.charge(text.length());
        return text;
    }
}
