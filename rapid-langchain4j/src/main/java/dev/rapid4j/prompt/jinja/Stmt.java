package dev.rapid4j.prompt.jinja;

import java.util.List;
import java.util.Set;

/** A statement. */
sealed interface Stmt {
    int line();

    record Output(Expr value, int line) implements Stmt {}

    record If(List<Branch> branches, List<Stmt> otherwise, int line) implements Stmt {}

    record Branch(Expr condition, List<Stmt> body) {}

    /** {@code condition} may be null. */
    record For(
            Target target,
            Expr items,
            Expr condition,
            boolean recursive,
            List<Stmt> body,
            List<Stmt> otherwise,
            int line)
            implements Stmt {}

    record Assign(Target target, Expr value, int line) implements Stmt {}

    /** What the body renders, taken by {@code filter} under the name {@link #CAPTURED}. */
    record AssignBlock(Target target, Expr filter, List<Stmt> body, int line) implements Stmt {}

    record FilterBlock(Expr filter, List<Stmt> body, int line) implements Stmt {}

    record DefineMacro(Macro macro, int line) implements Stmt {}

    record CallBlock(Macro caller, Expr.Call call, int line) implements Stmt {}

    /** A scope of its own: {@code with}, and {@code generation}, which has no bindings. */
    record With(List<Binding> bindings, List<Stmt> body, int line) implements Stmt {}

    record Break(int line) implements Stmt {}

    record Continue(int line) implements Stmt {}

    /** No name in a template can be the same. */
    String CAPTURED = " captured";

    record Binding(Target target, Expr value) {}

    record Parameter(String name, Expr defaultValue) {}

    /** @param names what the body mentions; it decides which implicit arguments a macro takes */
    record Macro(String name, List<Parameter> parameters, List<Stmt> body, Set<String> names) {}

    /** What can be assigned to. */
    sealed interface Target {}

    record Variable(String name) implements Target {}

    record NamespaceAttribute(String namespace, String attribute) implements Target {}

    record Targets(List<Target> targets) implements Target {}
}
