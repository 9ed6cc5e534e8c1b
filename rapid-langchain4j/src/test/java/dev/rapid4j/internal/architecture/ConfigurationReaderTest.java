package dev.rapid4j.internal.architecture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.atIndex;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.architecture.DecoderConfiguration.Attention;
import dev.rapid4j.internal.architecture.DecoderConfiguration.FeedForward;
import dev.rapid4j.internal.architecture.DecoderConfiguration.Layer;
import dev.rapid4j.internal.architecture.DecoderConfiguration.Multipliers;
import dev.rapid4j.internal.architecture.DecoderConfiguration.Norms;
import dev.rapid4j.internal.architecture.DecoderConfiguration.QueryKeyNorm;
import dev.rapid4j.internal.architecture.DecoderConfiguration.Rotary;
import dev.rapid4j.internal.json.JsonFile;
import dev.rapid4j.testing.Golden;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigurationReaderTest {

    private static final Path FILE = Path.of("model", "config.json");

    private static final String MISTRAL3 =
            "'text_config':{'vocab_size':100,'hidden_size':64,'intermediate_size':128,'num_attention_heads':8,"
                    + "'num_hidden_layers':1,'max_position_embeddings':1024";

    private static DecoderConfiguration network(
            String modelType,
            int headDimension,
            boolean tied,
            boolean inputBias,
            QueryKeyNorm norm,
            double theta,
            RotaryScaling scaling) {
        return new DecoderConfiguration(
                modelType,
                384,
                64,
                512,
                tied,
                new Attention(
                        4, 2, headDimension, inputBias, false, norm, 1 / Math.sqrt(headDimension), 0, false, false),
                new FeedForward(160, Activation.SILU, true, false, Optional.empty()),
                Norms.rms(1e-5),
                Multipliers.NONE,
                List.of(new Rotary(theta, scaling, headDimension)),
                Collections.nCopies(3, new Layer(0, 0, false)));
    }

    @Test
    void readsTheLayoutOfTransformers4() {
        assertThat(golden("llama3-tiny"))
                .isEqualTo(network(
                        "llama", 16, false, false, QueryKeyNorm.NONE, 500_000, new RotaryScaling.Llama3(8, 1, 4, 64)));
        assertThat(golden("qwen2-tiny"))
                .isEqualTo(network(
                        "qwen2",
                        16,
                        true,
                        true,
                        QueryKeyNorm.NONE,
                        1_000_000,
                        new RotaryScaling.Yarn(
                                4,
                                128,
                                32,
                                1,
                                OptionalDouble.empty(),
                                OptionalDouble.empty(),
                                OptionalDouble.empty(),
                                true)));
        assertThat(golden("mistral-tiny"))
                .isEqualTo(network("mistral", 16, false, false, QueryKeyNorm.NONE, 10_000, new RotaryScaling.None()));
    }

    @Test
    void readsTheLayoutOfTransformers5() {
        assertThat(golden("qwen3-tiny"))
                .isEqualTo(network("qwen3", 24, false, false, QueryKeyNorm.HEAD, 1_000_000, new RotaryScaling.None()));
    }

    @Test
    void fillsInWhatTransformersTakesForGranted() {
        DecoderConfiguration configuration = read("'model_type':'llama'", "");
        assertThat(configuration.attention().keyValueHeads()).isEqualTo(8);
        assertThat(configuration.attention().headDimension()).isEqualTo(8);
        assertThat(configuration.norms().epsilon()).isEqualTo(1e-6);
        assertThat(configuration.rotaries().get(0).theta()).isEqualTo(10_000);
        assertThat(configuration.rotaries().get(0).scaling()).isEqualTo(new RotaryScaling.None());
        assertThat(configuration.tiedEmbeddings()).isFalse();
        assertThat(read("'architectures':['Qwen3ForCausalLM']", "").attention().headDimension())
                .isEqualTo(128);
    }

    @Test
    void fillsInWhatTransformersTakesForGrantedInNetworksWithExperts() {
        String experts = "'num_local_experts':4,'num_experts_per_tok':2,'num_key_value_heads':8,'head_dim':8";
        DecoderConfiguration mixtral = read("'model_type':'mixtral'", experts);
        assertThat(mixtral.norms().epsilon()).isEqualTo(1e-5);
        assertThat(mixtral.rotaries()).containsExactly(new Rotary(1_000_000, new RotaryScaling.None(), 8));
        OptionalDouble none = OptionalDouble.empty();
        assertThat(read("'model_type':'gpt_oss'", experts + ",'rope_scaling':null")
                        .rotaries())
                .containsExactly(
                        new Rotary(150_000, new RotaryScaling.Yarn(32, 4096, 32, 1, none, none, none, false), 8));
        assertThat(read("'model_type':'gpt_oss'", experts + ",'rope_parameters':{'rope_type':'default'}")
                        .rotaries())
                .containsExactly(new Rotary(150_000, new RotaryScaling.None(), 8));
    }

    @Test
    void allLayersOfAQwenSlideBehindNoneWithFullAttention() {
        String more = "'use_sliding_window':true,'sliding_window':16,'max_window_layers':";
        assertThat(read("'model_type':'qwen2'", more + "0").layers())
                .isEqualTo(Collections.nCopies(2, new Layer(16, 0, false)));
        assertThat(read("'model_type':'qwen2'", more + "1").layers())
                .containsExactly(new Layer(0, 0, false), new Layer(16, 0, false));
    }

    @Test
    void readsTheBiasesOfEachArchitecture() {
        DecoderConfiguration llama = read("'model_type':'llama'", "'attention_bias':true,'mlp_bias':true");
        assertThat(llama.attention().inputBias()).isTrue();
        assertThat(llama.attention().outputBias()).isTrue();
        assertThat(llama.feedForward().bias()).isTrue();
        DecoderConfiguration qwen3 = read("'model_type':'qwen3'", "'attention_bias':true,'head_dim':8");
        assertThat(qwen3.attention().inputBias()).isTrue();
        assertThat(qwen3.attention().outputBias()).isTrue();
        DecoderConfiguration mistral = read("'model_type':'mistral'", "'attention_bias':true");
        assertThat(mistral.attention().inputBias()).isFalse();
    }

    /** Of the published 4b, whose text_config has little else. */
    @Test
    void readsTheLanguagePartOfAGemmaThatSeesImages() {
        DecoderConfiguration gemma = read(
                "'model_type':'gemma3'",
                "'text_config':{'model_type':'gemma3_text','hidden_size':2560,'intermediate_size':10240,'num_hidden_layers':34,"
                        + "'sliding_window':1024,'rope_scaling':{'factor':8.0,'rope_type':'linear'}}");

        assertThat(gemma.attention())
                .isEqualTo(new Attention(8, 4, 256, false, false, QueryKeyNorm.HEAD, 1 / 16.0, 0, false, false));
        assertThat(gemma.rotaries())
                .containsExactly(
                        new Rotary(1_000_000, new RotaryScaling.Linear(8), 256),
                        new Rotary(10_000, new RotaryScaling.None(), 256));
        assertThat(gemma.layers())
                .hasSize(34)
                .startsWith(new Layer(1024, 1, false))
                .contains(new Layer(0, 0, false), atIndex(5))
                .endsWith(new Layer(1024, 1, false));
        assertThat(gemma.contextLength()).isEqualTo(131_072);
        assertThat(gemma.tiedEmbeddings()).isTrue();
        assertThat(gemma.multipliers().embedding()).isEqualTo(Math.sqrt(2560));
    }

    /** Which of its two lists applies is a matter of the context that a model is loaded for. */
    @Test
    void readsLongRope() {
        RotaryScaling.LongRope scaling = (RotaryScaling.LongRope) read(
                        "'model_type':'llama'",
                        "'original_max_position_embeddings':256,'rope_scaling':{'type':'su',"
                                + "'short_factor':[1,1,1,2],'long_factor':[1,2,4,8]}")
                .rotaries()
                .get(0)
                .scaling();

        assertThat(scaling.attentionFactor()).isEqualTo(Math.sqrt(1 + Math.log(4) / Math.log(256)));
        assertThat(scaling.divisors(256)).containsExactly(1.0, 1.0, 1.0, 2.0);
        assertThat(scaling.divisors(257)).containsExactly(1.0, 2.0, 4.0, 8.0);
    }

    @Test
    void aDynamicBaseGrowsBeyondTheTrainedLength() {
        DecoderConfiguration configuration =
                read("'model_type':'llama'", "'rope_scaling':{'rope_type':'dynamic','factor':4}");
        RotaryScaling.DynamicNtk scaling =
                (RotaryScaling.DynamicNtk) configuration.rotaries().get(0).scaling();

        assertThat(configuration.contextLength()).isEqualTo(4096);
        assertThat(scaling.theta(10_000, 8, 1024)).isEqualTo(10_000);
        // as transformers' _compute_dynamic_ntk_parameters for a sequence of 2048
        assertThat(scaling.theta(10_000, 8, 2048)).isCloseTo(10_000 * Math.pow(5, 8 / 6.0), within(1e-6));
    }

    @Test
    void readsRotaryScalings() {
        assertThat(read("'model_type':'llama'", "'rope_scaling':{'type':'linear','factor':2}")
                        .rotaries()
                        .get(0)
                        .scaling())
                .isEqualTo(new RotaryScaling.Linear(2));
        DecoderConfiguration yarn = read(
                "'model_type':'qwen3'",
                "'rope_parameters':{'rope_theta':5e5,'rope_type':'yarn','factor':4.0,'mscale':0.5,'mscale_all_dim':0,"
                        + "'attention_factor':1.2,'beta_fast':16,'beta_slow':2,'truncate':false}");
        assertThat(yarn.rotaries().get(0).theta()).isEqualTo(500_000);
        assertThat(yarn.rotaries().get(0).scaling())
                .isEqualTo(new RotaryScaling.Yarn(
                        4, 1024, 16, 2, OptionalDouble.of(1.2), OptionalDouble.of(0.5), OptionalDouble.empty(), false));
    }

    /** transformers would tie them, and say nothing of a head that is lost; so a missing one is refused. */
    @Test
    void aMistralThatSeesImagesHasAHeadOfItsOwnUnlessItSaysOtherwise() {
        assertThat(read("'model_type':'mistral3'", MISTRAL3 + "}").tiedEmbeddings())
                .isFalse();
        assertThat(read("'model_type':'mistral3'", MISTRAL3 + "},'tie_word_embeddings':true")
                        .tiedEmbeddings())
                .isTrue();
        assertThat(read("'model_type':'mistral3'", MISTRAL3 + ",'layer_types':['full_attention'],'sliding_window':8}")
                        .layers())
                .containsExactly(new Layer(8, 0, false));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "llama   | 'x':0                                                                  | 1024",
                // Qwen2.5 as its authors say to set it
                "qwen2   | 'rope_scaling':{'type':'yarn','factor':4,'original_max_position_embeddings':1024} | 4096",
                // already multiplied
                "llama   | 'rope_scaling':{'type':'yarn','factor':4,'original_max_position_embeddings':256} | 1024",
                "mistral | 'sliding_window':512                                                   | 1024",
            })
    void theContextIsThatOfThePositions(String modelType, String more, int contextLength) {
        assertThat(read("'model_type':'" + modelType + "'", more).contextLength())
                .isEqualTo(contextLength);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "llama   | 'sliding_window':512                                                   | 0 0",
                "mistral | 'sliding_window':512                                                   | 512 512",
                "mistral | 'sliding_window':null                                                  | 0 0",
                "mistral | 'x':0                                                                  | 4096 4096",
                "qwen2   | 'sliding_window':512,'use_sliding_window':false                        | 0 0",
                "qwen2   | 'sliding_window':512,'use_sliding_window':true,'max_window_layers':1   | 0 512",
                "qwen2   | 'sliding_window':512,'use_sliding_window':true,'max_window_layers':28  | 0 0",
                "qwen3   | 'sliding_window':512,'use_sliding_window':true,'layer_types':['full_attention','sliding_attention'] | 0 512",
                "qwen2   | 'sliding_window':null,'use_sliding_window':true,'max_window_layers':0  | 0 0",
                "qwen3   | 'sliding_window':null,'use_sliding_window':true,'max_window_layers':0  | 0 0",
                "qwen2   | 'use_sliding_window':true,'max_window_layers':1 | 0 4096",
                "ministral | 'sliding_window':512,'layer_types':['full_attention','sliding_attention'] | 0 512",
                "mistral | 'sliding_window':512,'layer_types':['full_attention','sliding_attention'] | 512 512",
                "phi3 | 'sliding_window':512,'layer_types':['full_attention','sliding_attention'] | 512 512",
                "starcoder2 | 'sliding_window':512,'layer_types':['full_attention','sliding_attention'] | 512 512",
                "mixtral | 'sliding_window':512,'num_local_experts':4,'layer_types':['full_attention','sliding_attention'] | 512 512",
                "qwen3_moe | 'sliding_window':512,'use_sliding_window':true,'num_experts':4,'num_experts_per_tok':2,'moe_intermediate_size':8,'layer_types':['full_attention','sliding_attention'] | 512 512"
            })
    void eachLayerHasItsWindow(String modelType, String more, String windows) {
        assertThat(read("'model_type':'" + modelType + "'", more).layers())
                .extracting(layer -> String.valueOf(layer.window()))
                .containsExactly(windows.split(" "));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'architectures':['GemmaForCausalLM'] | | architectures is [\"GemmaForCausalLM\"] | supported are Cohere2ForCausalLM, CohereForCausalLM",
                "'architectures':['Phi3ForSequenceClassification'] | | is [\"Phi3ForSequenceClassification\"] | ; what writes text is Phi3ForCausalLM",
                "'architectures':['DeepseekV3ForCausalLM'] | | architectures is [\"DeepseekV3ForCausalLM\"] | latent attention",
                "'architectures':['Llama4ForConditionalGeneration'] | | architectures is [\"Llama4ForConditionalGeneration\"] | attention in chunks",
                "'architectures':['Qwen3NextForCausalLM'] | | architectures is [\"Qwen3NextForCausalLM\"] | state spaces",
                "'architectures':['MambaForCausalLM'] | | architectures is [\"MambaForCausalLM\"] | state spaces",
                "'architectures':['Ministral3ForCausalLM'] | | architectures is [\"Ministral3ForCausalLM\"] | scaled by their positions",
                "'architectures':['Qwen2_5_VLForConditionalGeneration'] | | architectures is [\"Qwen2_5_VLForConditionalGeneration\"] | images are not read",
                "'architectures':['LlavaLlamaForCausalLM'] | | architectures is [\"LlavaLlamaForCausalLM\"] | images are not read",
                "'architectures':['T5ForConditionalGeneration'] | | architectures is [\"T5ForConditionalGeneration\"] | encoder and a decoder",
                "'architectures':['BertForSequenceClassification'] | | architectures is [\"BertForSequenceClassification\"] | RapidScoringModel",
                "'architectures':['BertModel'] | | architectures is [\"BertModel\"] | RapidEmbeddingModel",
                "'architectures':['ModernBertForMaskedLM'] | | architectures is [\"ModernBertForMaskedLM\"] | RapidEmbeddingModel",
                "'model_type':'bert'  | | model_type is \"bert\" | RapidEmbeddingModel",
                "'x':0                | | model_type is missing | supported are",
                "'model_type':'llama' | 'hidden_act':'tanh' | hidden_act is \"tanh\" | silu",
                "'model_type':'llama' | 'rope_scaling':{'type':'ntk','factor':2} | type is \"ntk\" | supported are default",
                "'model_type':'qwen2' | 'rope_parameters':{'rope_theta':1e6},'rope_scaling':{'type':'mrope','mrope_section':[1]} | type is \"mrope\" | supported are default",
                "'model_type':'gemma3' | 'text_config':{'final_logit_softcapping':30} | final_logit_softcapping is 30 | remove it",
                "'model_type':'llama' | 'rope_scaling':{'rope_type':'longrope'} | short_factor is missing | 4 positive numbers",
                "'model_type':'llama' | 'rope_scaling':{'rope_type':'longrope','short_factor':[1,1,1,0]} | short_factor is [1,1,1,0] | 4 positive",
                "'model_type':'smollm3' | 'no_rope_layers':[1,2] | no_rope_layers is [1,2] | 0 or 1 for each layer",
                "'model_type':'gemma3_text' | 'attn_logit_softcapping':50 | attn_logit_softcapping is 50 | none",
                "'model_type':'gemma3_text' | 'use_bidirectional_attention':true | use_bidirectional_attention is true | earlier ones",
                "'model_type':'gemma3_text' | 'rope_parameters':{'rope_theta':5} | rope_parameters is | full_attention and sliding_attention",
                "'model_type':'cohere2' | 'use_qk_norm':true | use_qk_norm is true | false",
                "'model_type':'cohere' | 'rotary_pct':0.5 | rotary_pct is 0.5 | supported is 1",
                "'model_type':'cohere2' | 'use_parallel_block':false | use_parallel_block is false | supported is true",
                "'model_type':'starcoder2' | 'norm_type':'rms_norm' | norm_type is \"rms_norm\" | supported is layer_norm",
                "'model_type':'granitemoehybrid' | 'layer_types':['mamba','attention'] | layer_types is [\"mamba\",\"attention\"] | state spaces",
                "'model_type':'granitemoehybrid' | 'layer_types':['attention'],'num_local_experts':8 | num_local_experts is 8 | supported is 0",
                "'model_type':'granitemoehybrid' | 'layer_types':['attention','attention'],'num_local_experts':0,'position_embedding_type':'alibi' | position_embedding_type is \"alibi\" | rope and nope",
                "'model_type':'mistral3' | 'text_config':{'model_type':'mistral4'} | model_type is \"mistral4\" | mistral and ministral3",
                "'model_type':'mistral3' | 'text_config':{'model_type':'ministral3','rope_parameters':{'llama_4_scaling_beta':0.1}} | llama_4_scaling_beta is 0.1 | supported is 0",
                "'model_type':'stablelm' | 'partial_rotary_factor':0.2 | partial_rotary_factor is 0.2 | even number of the 8 elements",
                "'model_type':'phi3' | 'hidden_act':'relu2' | hidden_act is \"relu2\" | silu",
                "'model_type':'gemma3' | | text_config is missing | object",
                "'model_type':'llama' | 'rope_scaling':{'rope_type':'linear'} | factor is missing | positive",
                "'model_type':'llama' | 'rope_scaling':{'rope_type':'linear','factor':-1} | factor is -1 | positive",
                "'model_type':'llama' | 'rope_scaling':7 | rope_scaling is 7 | object",
                "'model_type':'llama' | 'rope_parameters':{'full_attention':{}} | rope_parameters | layers",
                "'model_type':'llama' | 'rope_theta':5,'rope_parameters':{'full_attention':{}},'rope_scaling':{'factor':2} | rope_parameters | layers",
                "'model_type':'llama' | 'per_layer_config':{'0':{}} | per_layer_config is {\"0\":{}} | alike",
                "'model_type':'llama' | 'partial_rotary_factor':0.5 | partial_rotary_factor is 0.5 | 1",
                "'model_type':'llama' | 'num_key_value_heads':3 | num_key_value_heads is 3 | divide num_attention_heads, which is 8",
                "'model_type':'llama' | 'num_attention_heads':7 | num_attention_heads is 7 | divide hidden_size, which is 64",
                "'model_type':'llama' | 'head_dim':7 | head_dim is 7 | even",
                "'model_type':'llama' | 'num_hidden_layers':0 | num_hidden_layers is 0 | from 1",
                "'model_type':'llama' | 'hidden_size':-64 | hidden_size is -64 | from 1",
                "'model_type':'llama' | 'hidden_size':64.5 | hidden_size is 64.5 | whole number",
                "'model_type':'llama' | 'vocab_size':99999999999 | vocab_size is 99999999999 | from 1 to",
                "'model_type':'llama' | 'rms_norm_eps':'x' | rms_norm_eps is \"x\" | positive",
                "'model_type':'llama' | 'tie_word_embeddings':'yes' | tie_word_embeddings is \"yes\" | true or false",
                "'model_type':'phi3' | 'rope_scaling':{'rope_type':'longrope','short_factor':[1,1,1,1],'long_factor':[1,1,1,1],'original_max_position_embeddings':1} | original_max_position_embeddings is 1 | at least 2",
                "'model_type':'stablelm' | 'qk_layernorm':true,'num_attention_heads':16384,'hidden_size':131072,'num_hidden_layers':10000 | num_attention_heads is 16384 | norms of 200,000 heads",
                "'model_type':'granite' | 'residual_multiplier':1e300 | residual_multiplier is 1.0E300 | up to 3.4e+38",
                "'model_type':'llama' | 'layer_types':'sliding_attention' | layer_types is \"sliding_attention\" | list",
                "'model_type':'llama' | 'layer_types':['linear_attention'] | layer_types | full_attention"
            })
    void refusesWhatItDoesNotKnow(String first, String more, String value, String advice) {
        assertThatThrownBy(() -> read(first, more == null ? "" : more))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContainingAll(FILE.toString(), value, advice);
    }

    private static DecoderConfiguration golden(String name) {
        return Golden.checkpoint(name).configuration();
    }

    /** A configuration whose fields are overridden by later ones. */
    private static DecoderConfiguration read(String first, String more) {
        JsonFile defaults = parse("{'vocab_size':100,'hidden_size':64,'intermediate_size':128,'num_attention_heads':8,"
                + "'num_hidden_layers':2,'max_position_embeddings':1024}");
        JsonFile overrides = parse("{" + first + (more.isEmpty() ? "" : ",") + more + "}");
        ((ObjectNode) defaults.root()).setAll((ObjectNode) overrides.root());
        return ConfigurationReader.read(defaults);
    }

    private static JsonFile parse(String json) {
        return JsonFile.parse(FILE, json.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    }
}
