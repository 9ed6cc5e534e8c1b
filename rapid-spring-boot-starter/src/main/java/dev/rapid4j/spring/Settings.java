package dev.rapid4j.spring;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.springframework.validation.Errors;

/**
 * The properties that are set, each with the builder's method that takes it. What is not set has the builder's default,
 * and what is allowed the builder knows: neither is repeated here.
 */
final class Settings<B> {

    private record Setting<B>(String property, Consumer<B> apply) {}

    private final List<Setting<B>> settings = new ArrayList<>();

    /** @param property its name below {@code langchain4j.rapid} */
    <T> Settings<B> add(String property, T value, BiConsumer<B, T> setter) {
        if (value != null) {
            settings.add(new Setting<>(property, builder -> setter.accept(builder, value)));
        }
        return this;
    }

    B applyTo(B builder) {
        settings.forEach(setting -> setting.apply().accept(builder));
        return builder;
    }

    /** @param check applies one setting, by itself, to a builder that is then thrown away */
    void validate(Consumer<Consumer<B>> check, Errors errors) {
        for (Setting<B> setting : settings) {
            try {
                check.accept(setting.apply());
            } catch (RuntimeException e) {
                errors.rejectValue(setting.property(), "invalid", e.getMessage());
            }
        }
    }
}
