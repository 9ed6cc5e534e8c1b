package dev.rapid4j.internal.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rapid4j.internal.json.JsonFile;
import java.util.OptionalDouble;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The rotary position embeddings of a {@code config.json}: {@code rope_parameters} as transformers 5 writes them, or
 * {@code rope_scaling} and {@code rope_theta} as transformers 4 did. Where a file has both, what transformers 5 takes
 * is taken (its {@code convert_rope_params_to_dict} and {@code standardize_rope_params}), and what it passes over is
 * logged:
 *
 * <ul>
 *   <li>{@code rope_scaling} replaces {@code rope_parameters} as a whole, unless it is empty;
 *   <li>{@code rope_theta} and {@code rope_type} within the one that is taken have precedence over a {@code rope_theta}
 *       beside it and a {@code type};
 *   <li>an {@code original_max_position_embeddings} beside it has precedence over the one within.
 * </ul>
 */
record RotaryParameters(double theta, RotaryScaling scaling) {

    private static final Logger LOG = LoggerFactory.getLogger(RotaryParameters.class);

    private static final String PARAMETERS = "rope_parameters";
    private static final String SCALING = "rope_scaling";
    private static final String THETA = "rope_theta";
    private static final String ORIGINAL_CONTEXT = "original_max_position_embeddings";
    private static final double DEFAULT_THETA = 10_000;

    /** @param positions the {@code max_position_embeddings} of the network */
    static RotaryParameters read(JsonFile config, int positions) {
        return new Reader(config, positions).read();
    }

    private static final class Reader {

        private final JsonFile config;
        private final int positions;

        /** Replaced by {@link #rope} if there is a {@code rope_scaling}, else the same. */
        private final JsonFile parameters;

        private final JsonFile rope;

        Reader(JsonFile config, int positions) {
            this.config = config;
            this.positions = positions;
            this.parameters = objectOrEmpty(PARAMETERS);
            JsonFile scaling = objectOrEmpty(SCALING);
            this.rope = scaling.root().isEmpty() ? parameters : scaling;
        }

        private JsonFile objectOrEmpty(String name) {
            return config.has(name)
                    ? config.object(name)
                    : new JsonFile(config.file(), JsonFile.MAPPER.createObjectNode());
        }

        RotaryParameters read() {
            refuseLayersOfTheirOwn(PARAMETERS, parameters);
            refuseLayersOfTheirOwn(SCALING, rope);
            if (rope.positive("partial_rotary_factor", 1.0) != 1.0) {
                throw rope.invalid("partial_rotary_factor", "supported is 1");
            }
            warnOfReplacedParameters();
            return new RotaryParameters(theta(), scaling());
        }

        private void refuseLayersOfTheirOwn(String name, JsonFile object) {
            for (JsonNode value : object.root()) {
                if (value.isObject()) {
                    throw config.invalid(name, "different rotary embeddings for different layers are not supported");
                }
            }
        }

        private void warnOfReplacedParameters() {
            if (rope != parameters
                    && !parameters.root().isEmpty()
                    && !described(rope).equals(described(parameters))) {
                warn(SCALING + " " + rope.root(), PARAMETERS + " " + parameters.root());
            }
        }

        /** What is said of the scaling, in the spelling of transformers 5. */
        private static ObjectNode described(JsonFile rope) {
            ObjectNode copy = rope.root().deepCopy();
            copy.remove(THETA);
            JsonNode type = copy.remove("type");
            if (type != null && !rope.has("rope_type")) {
                copy.set("rope_type", type);
            }
            return copy;
        }

        private double theta() {
            OptionalDouble within = rope.optionalPositive(THETA);
            OptionalDouble beside = config.optionalPositive(THETA);
            OptionalDouble replaced = parameters.optionalPositive(THETA);
            if (within.isEmpty() && beside.isEmpty() && replaced.orElse(DEFAULT_THETA) != DEFAULT_THETA) {
                throw config.invalid(
                        SCALING,
                        ("it replaces rope_parameters, as in transformers 5, and with it rope_theta %s, without which the"
                                        + " weights are of no use; write \"rope_theta\": %s into it as well")
                                .formatted(
                                        parameters.root().path(THETA),
                                        parameters.root().path(THETA)));
            }
            double theta = within.orElse(beside.orElse(DEFAULT_THETA));
            if (beside.orElse(theta) != theta || replaced.orElse(theta) != theta) {
                warn(
                        THETA + " " + theta,
                        THETA + " " + (beside.orElse(theta) != theta ? beside : replaced).getAsDouble());
            }
            return theta;
        }

        private RotaryScaling scaling() {
            String typeName = rope.has("rope_type") ? "rope_type" : "type";
            String type = rope.text(typeName, "default");
            if (!rope.text("type", type).equals(type)) {
                warn("rope_type " + type, "type " + rope.root().path("type"));
            }
            return switch (type) {
                case "default" -> new RotaryScaling.None();
                case "linear" -> new RotaryScaling.Linear(rope.positive("factor"));
                case "llama3" -> llama3();
                case "yarn" ->
                    new RotaryScaling.Yarn(
                            rope.positive("factor"),
                            originalContextHolder()
                                    .positive(ORIGINAL_CONTEXT, ConfigurationChecks.MAX_CONTEXT, positions),
                            rope.positive("beta_fast", 32.0),
                            rope.positive("beta_slow", 1.0),
                            rope.optionalPositive("attention_factor"),
                            nonZero("mscale"),
                            nonZero("mscale_all_dim"),
                            rope.flag("truncate", true));
                default -> throw rope.invalid(typeName, "supported are default, linear, llama3 and yarn");
            };
        }

        private RotaryScaling llama3() {
            double low = rope.positive("low_freq_factor");
            double high = rope.positive("high_freq_factor");
            if (high <= low) {
                throw rope.invalid("high_freq_factor", "it must be above low_freq_factor, which is %s".formatted(low));
            }
            return new RotaryScaling.Llama3(
                    rope.positive("factor"),
                    low,
                    high,
                    originalContextHolder().positive(ORIGINAL_CONTEXT, ConfigurationChecks.MAX_CONTEXT));
        }

        private JsonFile originalContextHolder() {
            if (!config.has(ORIGINAL_CONTEXT)) {
                return rope;
            }
            JsonNode beside = config.root().path(ORIGINAL_CONTEXT);
            JsonNode within = rope.root().path(ORIGINAL_CONTEXT);
            if (rope.has(ORIGINAL_CONTEXT) && !within.equals(beside)) {
                warn(ORIGINAL_CONTEXT + " " + beside, ORIGINAL_CONTEXT + " " + within + " of the rotary embeddings");
            }
            return config;
        }

        /** transformers takes an mscale of zero for an absent one. */
        private OptionalDouble nonZero(String name) {
            JsonNode value = rope.root().path(name);
            return value.isNumber() && value.doubleValue() == 0 ? OptionalDouble.empty() : rope.optionalPositive(name);
        }

        private void warn(String taken, String passedOver) {
            LOG.warn(
                    "{}: {} is taken, as in transformers 5, and {} is not; remove what is wrong",
                    config.file(),
                    JsonFile.abbreviate(taken),
                    JsonFile.abbreviate(passedOver));
        }
    }
}
