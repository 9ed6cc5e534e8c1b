package dev.rapid4j.internal.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProcessorTest {

    /** Lines of /proc/cpuinfo, shortened: of the Xeons Sapphire Rapids and Skylake, EPYC Genoa, Graviton 3 and 2. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "flags\t\t: fpu sse4_2 avx2 avx512f avx_vnni avx512_bf16 avx512_vnni amx_bf16 amx_tile amx_int8 | true",
                "flags\t\t: fpu sse4_2 avx2 avx512f avx512_bf16 avx512_vnni | true",
                "flags\t\t: fpu sse4_2 avx2 avx512f amx_tile amx_bf16 | true",
                "flags\t\t: fpu sse4_2 avx2 avx512f avx512dq avx512cd avx512bw avx512vl avx512_vnni | false",
                "flags\t\t: fpu sse4_2 avx2 f16c fma | false",
                "Features\t: fp asimd evtstrm aes crc32 atomics fphp asimdhp asimddp sve svei8mm svebf16 i8mm bf16 dgh | true",
                "Features\t: fp asimd evtstrm aes crc32 atomics fphp asimdhp asimddp | false",
                "model name\t: a processor with bf16 | false",
                "flags\t\t: | false",
            })
    void knowsProcessorsWithInstructionsForBfloat16(String line, boolean expected) {
        String cpuinfo = "processor\t: 0\nmodel\t\t: 17\n" + line + "\nbogomips\t: 4800.00\n\nprocessor\t: 1\n";
        assertThat(Processor.multipliesBfloat16(cpuinfo)).isEqualTo(expected);
    }

    @Test
    void knowsNothingWhereTheSystemDoesNotTell() {
        assertThat(Processor.multipliesBfloat16("")).isFalse();
    }

    @Test
    void asksThisProcessor() {
        assertThatCode(Processor::multipliesBfloat16).doesNotThrowAnyException();
        assertThat(ScriptModule.load("Processor").run("has_bfloat16_kernels").toLong())
                .isBetween(0L, 1L);
    }
}
