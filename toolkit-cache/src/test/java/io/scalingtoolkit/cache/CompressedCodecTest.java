// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CompressedCodecTest {
  private static final int THRESHOLD = 100;
  private final ValueCodec<byte[]> codec = ValueCodec.compressed(ValueCodec.bytes(), THRESHOLD);

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 5, 6, 99, 100, 101, 4_096, 1_000_000})
  void anyLength_comesBackAsItWas(int length) {
    byte[] random = new byte[length];
    new SplittableRandom(length).nextBytes(random);

    assertThat(codec.decode(codec.encode(new byte[length]))).isEqualTo(new byte[length]);
    assertThat(codec.decode(codec.encode(random))).isEqualTo(random);
    ValueCodec<byte[]> all = ValueCodec.compressed(ValueCodec.bytes(), 0);
    assertThat(all.decode(all.encode(random))).isEqualTo(random);
  }

  @Test
  void threshold_decidesWhatIsCompressed() {
    assertThat(codec.encode(new byte[THRESHOLD - 1])).hasSize(THRESHOLD);
    assertThat(codec.encode(new byte[THRESHOLD])).hasSizeLessThan(20);
  }

  @Test
  void bytesThatDoNotGetShorter_takeOneByteMore() {
    byte[] random = new byte[10_000];
    new SplittableRandom(1).nextBytes(random);

    assertThat(codec.encode(random)).hasSize(random.length + 1);
  }

  @Test
  void foreignBytes_areRefused() {
    byte[] good = codec.encode(new byte[1_000]);
    byte[] longer = good.clone();
    ByteBuffer.wrap(longer).putInt(1, 1_001);
    byte[] shorter = good.clone();
    ByteBuffer.wrap(shorter).putInt(1, 999);
    byte[] huge = good.clone();
    ByteBuffer.wrap(huge).putInt(1, Integer.MAX_VALUE);

    for (byte[] bytes :
        new byte[][] {
          {},
          {1},
          {1, 0, 0, 0, 9},
          {2, 0},
          {'{', '}'},
          longer,
          shorter,
          huge,
          Arrays.copyOf(good, good.length - 1),
          Arrays.copyOf(good, 5)
        }) {
      assertThatIllegalArgumentException()
          .as(Arrays.toString(bytes))
          .isThrownBy(() -> codec.decode(bytes));
    }
  }

  @Test
  void threshold_negative_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ValueCodec.compressed(ValueCodec.utf8(), -1))
        .withMessage("threshold must be 0 or more, was -1");
  }
}
