package dev.rapid4j.chattemplate;

import java.util.List;
import java.util.Set;

/** A statement of a template, as parsed. */
sealed interface Statement {
    int line();

    record Output(Expression value, int line) implements Statement {}

    record If(List<Branch> branches, List<Statement> otherwise, int line) implements Statement {}

    record Branch(Expression condition, List<Statement> body) {}

    /** {@code condition} may be null. */
    record For(
            Target target,
            Expression items,
            Expression condition,
            boolean recursive,
            List<Statement> body,
            List<Statement> otherwise,
            int line)
            implements Statement {}

    record Assign(Target target, Expression value, int line) implements Statement {}

    /** What the body renders, taken by {@code filter} under the name {@link #CAPTURED}. */
    record AssignBlock(Target target, Expression filter, List<Statement> body, int line) implements Statement {}

    record FilterBlock(Expression filter, List<Statement> body, int line) implements Statement {}

    record DefineMacro(Macro macro, int line) implements Statement {}

    record CallBlock(Macro caller, Expression.Call call, int line) implements Statement {}

    /** A scope of its own: {@code with}, and {@code generation}, which has no bindings. */
    record With(List<Binding> bindings, List<Statement> body, int line) implements Statement {}

    record Break(int line) implements Statement {}

    record Continue(int line) implements Statement {}

    /** Under this name a block's filters find its text; no name in a template can be the same. */
    String CAPTURED = " captured";

    record Binding(Target target, Expression value) {}

    record Parameter(String name, Expression defaultValue) {}

    /** @param names what the body mentions; it decides which implicit arguments a macro takes */
    record Macro(String name, List<Parameter> parameters, List<Statement> body, Set<String> names) {}

    /** What can be assigned to. */
    sealed interface Target {}

    record Variable(String name) implements Target {}

    record NamespaceAttribute(String namespace, String attribute) implements Target {}

    record Targets(List<Target> targets) implements Target {}
}
