// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

final class LinkTest {
  private static final long MILLI = 1_000_000L;

  private final Link link = new Link(new SplittableRandom(1));

  @Test
  void arrivalNanos_healthy_isNow() {
    assertThat(link.arrivalNanos(5, 1000)).isEqualTo(5);
  }

  @Test
  void arrivalNanos_bandwidth_queuesBehindEarlierBytes() {
    link.setBytesPerSecond(1000);

    assertThat(link.arrivalNanos(0, 10)).isEqualTo(10 * MILLI);
    assertThat(link.arrivalNanos(0, 10)).isEqualTo(20 * MILLI);
    assertThat(link.arrivalNanos(100 * MILLI, 10)).isEqualTo(110 * MILLI);
  }

  @Test
  void closeNanos_slowClose_addsToLatency() {
    link.setLatencyNanos(3);
    link.setCloseDelayNanos(4);

    assertThat(link.closeNanos(10)).isEqualTo(17);
  }

  @Test
  void heal_everythingSet_takesAllAway() {
    link.setLatencyNanos(3);
    link.setJitterNanos(3);
    link.setCloseDelayNanos(4);
    link.setBytesPerSecond(1);
    link.setCut(true);
    link.arrivalNanos(0, 1000);

    link.heal();

    assertThat(link.arrivalNanos(7, 1000)).isEqualTo(7);
    assertThat(link.closeNanos(7)).isEqualTo(7);
    assertThat(link.isCut()).isFalse();
    assertThat(link.bufferBytes()).isEqualTo(Link.MAX_BUFFER_BYTES);
  }

  @Property(tries = 2000)
  void arrivalNanos_anySettings_liesBetweenLatencyAndLatencyPlusJitter(
      @ForAll @LongRange(min = 0, max = 3_600_000_000_000L) long latency,
      @ForAll @LongRange(min = 0, max = 3_600_000_000_000L) long jitter,
      @ForAll @IntRange(min = 0, max = Link.MAX_CHUNK_BYTES) int bytes) {
    link.setLatencyNanos(latency);
    link.setJitterNanos(jitter);

    assertThat(link.arrivalNanos(1, bytes)).isBetween(1 + latency, 1 + latency + jitter);
  }

  @Property(tries = 2000)
  void sizes_anyBandwidth_stayInBounds(
      @ForAll @LongRange(min = 1) long bandwidth,
      @ForAll @LongRange(min = 0, max = 3_600_000_000_000L) long latency) {
    link.setBytesPerSecond(bandwidth);
    link.setLatencyNanos(latency);

    assertThat(link.chunkBytes()).isBetween(1, Link.MAX_CHUNK_BYTES);
    assertThat(link.bufferBytes()).isBetween(link.chunkBytes(), Link.MAX_BUFFER_BYTES);
    assertThat(link.arrivalNanos(0, Link.MAX_CHUNK_BYTES)).isGreaterThanOrEqualTo(latency);
  }
}
