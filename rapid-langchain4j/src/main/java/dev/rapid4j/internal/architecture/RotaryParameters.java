package dev.rapid4j.internal.architecture;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rapid4j.internal.architecture.DecoderConfiguration.Rotary;
import dev.rapid4j.internal.json.JsonFile;
import java.util.ArrayList;
import java.util.List;
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
final class RotaryParameters {

    private static final Logger LOG = LoggerFactory.getLogger(RotaryParameters.class);

    private static final String PARAMETERS = "rope_parameters";
    private static final String SCALING = "rope_scaling";
    private static final String THETA = "rope_theta";
    private static final String ORIGINAL_CONTEXT = "original_max_position_embeddings";
    private static final String SHARE = "partial_rotary_factor";

    /** What a rotary embedding's parameters are named in networks with one for each type of layer. */
    private static final String FULL = "full_attention";

    private static final String SLIDING = "sliding_attention";

    private RotaryParameters() {}

    /**
     * What the parameters say where they say nothing.
     *
     * @param share of a head that is turned; empty where the network knows only heads that are turned as a whole
     */
    record Defaults(double theta, OptionalDouble share) {

        static final Defaults LLAMA = new Defaults(10_000, OptionalDouble.empty());
    }

    /**
     * The one of all layers.
     *
     * @param positions the {@code max_position_embeddings} of the network
     */
    static Rotary read(JsonFile config, int positions, int headDimension, Defaults defaults) {
        return new Reader(config, positions, defaults).read(headDimension);
    }

    /**
     * The one of layers with full attention, and the one of layers whose attention slides, as transformers 5 has them
     * within {@code rope_parameters}. In a file of transformers 4 {@code rope_scaling} is that of full attention.
     *
     * @param slidingTheta of the second, where the file does not tell
     */
    static List<Rotary> readBoth(
            JsonFile config, int positions, int headDimension, Defaults defaults, double slidingTheta) {
        ObjectNode nested = config.has(PARAMETERS)
                ? (ObjectNode) config.object(PARAMETERS).root()
                : JsonFile.MAPPER.createObjectNode();
        for (String name : (Iterable<String>) nested::fieldNames) {
            if (!name.equals(FULL) && !name.equals(SLIDING)) {
                throw config.invalid(PARAMETERS, "supported are %s and %s within it".formatted(FULL, SLIDING));
            }
        }
        JsonFile full = parametersOf(config, nested, FULL, defaults.theta());
        if (config.has(SCALING)) {
            ((ObjectNode) full.root().path(PARAMETERS))
                    .setAll((ObjectNode) config.object(SCALING).root());
        }
        List<Rotary> both = new ArrayList<>();
        both.add(read(full, positions, headDimension, defaults));
        both.add(read(parametersOf(config, nested, SLIDING, slidingTheta), positions, headDimension, defaults));
        return both;
    }

    /** A config.json with nothing but the parameters of one type of layer. */
    private static JsonFile parametersOf(JsonFile config, ObjectNode nested, String layerType, double theta) {
        ObjectNode own = JsonFile.MAPPER.createObjectNode();
        ObjectNode parameters = own.putObject(PARAMETERS);
        if (layerType.equals(FULL) && config.has(THETA)) {
            parameters.set(THETA, config.root().path(THETA));
        } else {
            parameters.put(THETA, theta);
        }
        JsonFile described = new JsonFile(config.file(), nested);
        if (described.has(layerType)) {
            parameters.setAll((ObjectNode) described.object(layerType).root());
        }
        return new JsonFile(config.file(), own);
    }

    private static final class Reader {

        private final JsonFile config;
        private final int positions;
        private final Defaults defaults;

        /** Replaced by {@link #rope} if there is a {@code rope_scaling}, else the same. */
        private final JsonFile parameters;

        private final JsonFile rope;

        Reader(JsonFile config, int positions, Defaults defaults) {
            this.config = config;
            this.positions = positions;
            this.defaults = defaults;
            this.parameters = objectOrEmpty(PARAMETERS);
            JsonFile scaling = objectOrEmpty(SCALING);
            this.rope = scaling.root().isEmpty() ? parameters : scaling;
        }

        private JsonFile objectOrEmpty(String name) {
            return config.has(name)
                    ? config.object(name)
                    : new JsonFile(config.file(), JsonFile.MAPPER.createObjectNode());
        }

        Rotary read(int headDimension) {
            refuseLayersOfTheirOwn(PARAMETERS, parameters);
            refuseLayersOfTheirOwn(SCALING, rope);
            int dimension = turned(headDimension);
            // first, as of a type that is not known the theta would mean nothing
            RotaryScaling scaling = scaling(dimension);
            warnOfReplacedParameters();
            return new Rotary(theta(), scaling, dimension);
        }

        /** Rounded down, as in transformers. */
        private int turned(int headDimension) {
            JsonFile holder = rope.has(SHARE) ? rope : config;
            double share = holder.positive(SHARE, defaults.share().orElse(1));
            if (share != 1 && defaults.share().isEmpty()) {
                throw holder.invalid(SHARE, "supported is 1");
            }
            int dimension = (int) (headDimension * share);
            if (share > 1 || dimension < 2 || dimension % 2 != 0) {
                throw holder.invalid(
                        SHARE,
                        "an even number of the %d elements of a head is needed, not %d"
                                .formatted(headDimension, dimension));
            }
            return dimension;
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
            if (within.isEmpty() && beside.isEmpty() && replaced.orElse(defaults.theta()) != defaults.theta()) {
                throw config.invalid(
                        SCALING,
                        ("it replaces rope_parameters, as in transformers 5, and with it rope_theta %s, without which the"
                                        + " weights are of no use; write \"rope_theta\": %s into it as well")
                                .formatted(
                                        parameters.root().path(THETA),
                                        parameters.root().path(THETA)));
            }
            double theta = within.orElse(beside.orElse(defaults.theta()));
            if (beside.orElse(theta) != theta || replaced.orElse(theta) != theta) {
                warn(
                        THETA + " " + theta,
                        THETA + " " + (beside.orElse(theta) != theta ? beside : replaced).getAsDouble());
            }
            return theta;
        }

        private RotaryScaling scaling(int dimension) {
            String typeName = rope.has("rope_type") ? "rope_type" : "type";
            String type = rope.text(typeName, "default");
            if (!rope.text("type", type).equals(type)) {
                warn("rope_type " + type, "type " + rope.root().path("type"));
            }
            return switch (type) {
                case "default" -> new RotaryScaling.None();
                case "linear" -> new RotaryScaling.Linear(rope.positive("factor"));
                case "llama3" -> llama3();
                case "dynamic" -> dynamic(dimension);
                case "longrope", "su" -> longRope(dimension);
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
                default ->
                    throw rope.invalid(typeName, "supported are default, linear, dynamic, llama3, yarn and longrope");
            };
        }

        private RotaryScaling dynamic(int dimension) {
            if (dimension < 4) {
                throw rope.invalid("factor", "dynamic scaling needs 4 elements of a head to turn, not " + dimension);
            }
            return new RotaryScaling.DynamicNtk(rope.positive("factor"), positions);
        }

        private RotaryScaling longRope(int dimension) {
            JsonFile holder = originalContextHolder();
            int original = holder.positive(ORIGINAL_CONTEXT, ConfigurationChecks.MAX_CONTEXT, positions);
            double factor = rope.positive("factor", (double) positions / original);
            if (original < 2 && !rope.has("attention_factor")) {
                throw holder.invalid(ORIGINAL_CONTEXT, "without attention_factor at least 2 is needed");
            }
            double attention =
                    rope.positive("attention_factor", RotaryScaling.LongRope.attentionFactor(factor, original));
            return new RotaryScaling.LongRope(
                    divisors("short_factor", dimension / 2),
                    divisors("long_factor", dimension / 2),
                    original,
                    attention);
        }

        private List<Double> divisors(String name, int count) {
            List<Double> divisors = new ArrayList<>();
            for (JsonNode divisor : rope.root().path(name)) {
                if (divisor.isNumber() && divisor.doubleValue() > 0 && Double.isFinite(divisor.doubleValue())) {
                    divisors.add(divisor.doubleValue());
                }
            }
            if (divisors.size() != count || rope.root().path(name).size() != count) {
                throw rope.invalid(name, "a list of %d positive numbers is needed".formatted(count));
            }
            return divisors;
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
