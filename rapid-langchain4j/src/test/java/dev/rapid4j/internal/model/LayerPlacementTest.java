package dev.rapid4j.internal.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapid4j.TorchException;
import dev.rapid4j.internal.model.LayerPlacement.Free;
import dev.rapid4j.internal.model.LayerPlacement.Needs;
import dev.rapid4j.internal.torch.Device;
import dev.rapid4j.internal.torch.Devices;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Sizes are in GB, or any unit. */
class LayerPlacementTest {

    private static final long GIGA = 1L << 30;
    private static final Device CPU = Device.CPU;

    private final Map<Device, Free> free = new HashMap<>();

    private static Device cuda(int index) {
        return new Device.Cuda(index);
    }

    /** The first devices have so much free. */
    private LayerPlacementTest cards(int... gigabytes) {
        IntStream.range(0, gigabytes.length).forEach(i -> free.put(cuda(i), new Free(gigabytes[i] * GIGA, 0)));
        return this;
    }

    private static Needs needs(int layers, double weights, double cache, int embedding, int head, int headApart) {
        return new Needs(
                Collections.nCopies(layers, (long) (weights * GIGA)),
                Collections.nCopies(layers, (long) (cache * GIGA)),
                embedding * GIGA,
                head * GIGA,
                headApart * GIGA,
                GIGA);
    }

    /** As {@code cuda:0 40, cuda:1 40}. */
    private String place(Needs needs, Devices devices) {
        Stages stages = new LayerPlacement(device -> needs, free::get).place("a model as BFLOAT16", devices);
        assertThat(stages.list().get(0).first()).isZero();
        return String.join(
                ", ",
                stages.list().stream()
                        .map(stage -> stage.device() + " " + stage.layers())
                        .toList());
    }

    private String place(Needs needs, int cards) {
        return place(
                needs,
                Devices.of(IntStream.range(0, cards)
                        .mapToObj(LayerPlacementTest::cuda)
                        .toArray(Device[]::new)));
    }

    private static Devices auto(int cards) {
        return new Devices(
                IntStream.range(0, cards).mapToObj(LayerPlacementTest::cuda).toList(), true);
    }

    @Test
    void equalCardsGetEqualParts() {
        assertThat(cards(80, 80).place(needs(80, 1.5, 0.1, 0, 0, 0), 2)).isEqualTo("cuda:0 40, cuda:1 40");
    }

    /** The authors' drafter of 70 billion weights: 80 layers of 1.6 GB, with 0.5 GB each of cache for 128K tokens. */
    @Test
    void sevenCardsGetThePapersDrafter() {
        cards(40, 79, 79, 79, 79, 79, 79, 79);
        Devices seven = Devices.of(
                IntStream.rangeClosed(1, 7).mapToObj(LayerPlacementTest::cuda).toArray(Device[]::new));
        assertThat(place(needs(80, 1.6, 0.5, 2, 2, 2), seven))
                .isEqualTo("cuda:1 11, cuda:2 11, cuda:3 11, cuda:4 12, cuda:5 12, cuda:6 12, cuda:7 11");
    }

    @Test
    void unequalCardsGetPartsAsLargeAsWhatIsFree() {
        assertThat(cards(61, 21).place(needs(40, 1, 0.1, 0, 0, 0), 2)).isEqualTo("cuda:0 30, cuda:1 10");
    }

    /** Filling one after the other would leave the first without room for caches. */
    @Test
    void whatIsLeftForCachesIsLeftEverywhere() {
        assertThat(cards(80, 80).place(needs(10, 1, 0, 0, 0, 0), 2)).isEqualTo("cuda:0 5, cuda:1 5");
    }

    @Test
    void theOrderIsTheOneNamed() {
        assertThat(cards(21, 61).place(needs(40, 1, 0.1, 0, 0, 0), Devices.of(cuda(1), cuda(0))))
                .isEqualTo("cuda:1 30, cuda:0 10");
    }

    @Test
    void aCardThatIsTooSmallForALayerGetsNone() {
        assertThat(cards(40, 2, 40).place(needs(30, 2, 0, 0, 0, 0), 3)).isEqualTo("cuda:0 15, cuda:2 15");
    }

    @Test
    void embeddingAndHeadCount() {
        assertThat(cards(40, 40).place(needs(30, 1, 0, 10, 4, 4), 2)).isEqualTo("cuda:0 12, cuda:1 18");
    }

    @Test
    void aTiedHeadCountsWhereItIsACopy() {
        assertThat(cards(40, 40).place(needs(30, 1, 0, 10, 0, 10), 2)).isEqualTo("cuda:0 15, cuda:1 15");
        assertThat(cards(60).place(needs(30, 1, 0, 10, 0, 10), Devices.of(cuda(0), cuda(0))))
                .isEqualTo("cuda:0 10, cuda:0 20");
    }

    @Test
    void aHeadThatNeedsMostRoomLeavesFewLayersBesideIt() {
        assertThat(cards(20, 20).place(needs(10, 1, 0.1, 1, 14, 14), 2)).isEqualTo("cuda:0 9, cuda:1 1");
    }

    @Test
    void layersThatKeepAWindowTakeLittleCache() {
        List<Long> weights = Collections.nCopies(12, GIGA);
        List<Long> caches = Stream.concat(
                        Collections.nCopies(6, 0L).stream(), Collections.nCopies(6, 2 * GIGA).stream())
                .toList();
        assertThat(cards(40, 40).place(new Needs(weights, caches, 0, 0, 0, GIGA), 2))
                .isEqualTo("cuda:0 8, cuda:1 4");
    }

    @Test
    void layersOfExpertsTakeMoreThanDenseOnes() {
        List<Long> weights = Stream.concat(
                        Collections.nCopies(4, GIGA).stream(), Collections.nCopies(8, 5 * GIGA).stream())
                .toList();
        Needs needs = new Needs(weights, Collections.nCopies(12, 0L), 0, 0, 0, GIGA);
        assertThat(cards(40, 40).place(needs, 2)).isEqualTo("cuda:0 8, cuda:1 4");
    }

    @Test
    void aDeviceThatIsNamedTwiceIsCountedOnce() {
        cards(30, 30);
        Devices twice = Devices.of(cuda(0), cuda(0));
        assertThat(place(needs(20, 1, 0, 0, 0, 0), twice)).isEqualTo("cuda:0 10, cuda:0 10");
        assertThatThrownBy(() -> place(needs(40, 1, 0, 0, 0, 0), twice)).isInstanceOf(TorchException.class);
    }

    @Test
    void theCpuGetsWhatHasNoRoomElsewhere() {
        cards(24, 24).free.put(CPU, new Free(100 * GIGA, 0));
        assertThat(place(needs(60, 1, 0, 0, 0, 0), Devices.of(cuda(0), cuda(1), CPU)))
                .isEqualTo("cuda:0 23, cuda:1 23, cpu 14");
        assertThat(place(needs(60, 1, 0, 0, 0, 0), Devices.of(CPU, cuda(0), cuda(1))))
                .isEqualTo("cpu 14, cuda:0 23, cuda:1 23");
        assertThat(place(needs(40, 1, 0, 0, 0, 0), Devices.of(cuda(0), CPU, cuda(1))))
                .isEqualTo("cuda:0 20, cuda:1 20");
    }

    @Test
    void theCpuAloneIsSharedEvenly() {
        free.put(CPU, new Free(100 * GIGA, 0));
        assertThat(place(needs(9, 0, 1, 0, 0, 0), Devices.of(CPU, CPU, CPU))).isEqualTo("cpu 3, cpu 3, cpu 3");
    }

    @Test
    void whereTheContextDoesNotFitAsMuchOfItAsDoesIsCounted() {
        // a half fits both cards, and leaves the CPU out
        cards(31, 31).free.put(CPU, new Free(10 * GIGA, 0));
        assertThat(place(needs(40, 1, 1, 0, 0, 0), Devices.of(cuda(0), cuda(1), CPU)))
                .isEqualTo("cuda:0 20, cuda:1 20");
    }

    @Test
    void autoTakesOneDeviceWhereTheModelFitsOne() {
        assertThat(cards(20, 80, 80).place(needs(30, 1, 0.5, 0, 0, 0), auto(3))).isEqualTo("cuda:1 30");
        assertThat(cards(80, 80, 80).place(needs(30, 1, 0.5, 0, 0, 0), auto(3))).isEqualTo("cuda:0 30");
    }

    @Test
    void autoTakesAsFewDevicesAsHaveRoom() {
        assertThat(cards(20, 41, 41, 30).place(needs(50, 1, 0.5, 0, 0, 0), auto(4)))
                .isEqualTo("cuda:1 25, cuda:2 25");
        assertThat(cards(20, 20, 20, 20).place(needs(50, 1, 1, 0, 0, 0), auto(4)))
                .isEqualTo("cuda:0 12, cuda:1 12, cuda:2 13, cuda:3 13");
    }

    @Test
    void whatAnotherModelIsGoingToTakeIsLeftFree() {
        free.put(cuda(0), new Free(80 * GIGA, 60 * GIGA));
        free.put(cuda(1), new Free(80 * GIGA, 0));
        assertThat(place(needs(30, 1, 0.5, 0, 0, 0), auto(2))).isEqualTo("cuda:1 30");
        assertThat(place(needs(49, 1, 0.5, 0, 0, 0), Devices.of(cuda(0), cuda(1))))
                .isEqualTo("cuda:0 9, cuda:1 40");
    }

    @Test
    void whatDoesNotFitIsRefusedWithWhatIsNeededAndWhatIsFree() {
        cards(40, 30);
        assertThatThrownBy(() -> place(needs(80, 1, 0.5, 2, 3, 4), 2))
                .isInstanceOf(TorchException.class)
                .hasMessage(
                        "a model as BFLOAT16 does not fit: its 80 layers need 85,899 MB, the embedding 2,147 MB, norm and"
                                + " head 4,294 MB, and each device 1,073 MB to work with, and 42,949 MB on cuda:0, 32,212 MB on"
                                + " cuda:1 are free; name more devices, and cpu as the last for layers that have no room, or"
                                + " choose a smaller model or weight format");
    }
}
