// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.hash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.dynatrace.hash4j.hashing.Hashing;
import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.IntToLongFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class KeyHashTest {
  private static final int KEYS = 1_000_000;
  private static final String SOME = "123e4567-e89b-12d3-a456-426614174000";

  /** What the Javadoc of KeyHash says. */
  @Test
  void of_keysOfTheJavadoc_areAsPublished() {
    assertThat(hex(KeyHash.of(0))).isEqualTo("313c2dd2ec996e80");
    assertThat(hex(KeyHash.of(42))).isEqualTo("46bb72a9ed3427e4");
    assertThat(hex(KeyHash.of(-1))).isEqualTo("53a5f4bc2fc0168c");
    assertThat(hex(KeyHash.of(""))).isEqualTo("c9f42e6c9e93dfff");
    assertThat(hex(KeyHash.of("alice"))).isEqualTo("8c05b51edf43f3bd");
    assertThat(hex(KeyHash.of("\u00e9"))).isEqualTo("86968fd863764238");
    assertThat(hex(KeyHash.of("e\u0301"))).isEqualTo("86968fd863764238");
    assertThat(hex(KeyHash.of(SOME))).isEqualTo("dc53b8a01a125c63");
    assertThat(hex(KeyHash.of(UUID.fromString(SOME)))).isEqualTo("95533b1119b65776");
    assertThat(hex(KeyHash.of(new byte[] {0, -1}))).isEqualTo("eaf1ba944932ddfb");
    assertThat(hex(ShardKey.composite(ShardKey.of(1), ShardKey.of("a")).hash()))
        .isEqualTo("6cd9bb166af3b244");
  }

  /** Routed on for ever: this number must never be changed to make the test pass. */
  @Test
  void of_aMillionKeys_areThoseOfVersion1() {
    assertThat(checksumOfAMillion()).isEqualTo("5de015c4724cba60");
  }

  private static String checksumOfAMillion() {
    SplittableRandom random = new SplittableRandom(42);
    long sum = 0;
    for (int i = 0; i < KEYS / 5; i++) {
      sum = 31 * sum + KeyHash.of(i);
      sum = 31 * sum + KeyHash.of(random.nextLong());
      sum = 31 * sum + KeyHash.of(new UUID(random.nextLong(), random.nextLong()));
      sum = 31 * sum + KeyHash.of("user-" + i + "-" + random.nextLong());
      sum = 31 * sum + ShardKey.composite(ShardKey.of(i), ShardKey.of("\u00fc" + i)).hash();
    }
    return hex(sum);
  }

  @Test
  void of_integersAndUuids_areThoseOfTheirKeys() {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 100_000; i++) {
      long value = i < 1_000 ? i - 500 : random.nextLong() >> random.nextInt(64);
      UUID uuid = new UUID(random.nextLong(), value);
      assertThat(KeyHash.of(value)).isEqualTo(ShardKey.of(value).hash());
      assertThat(KeyHash.of(uuid)).isEqualTo(ShardKey.of(uuid).hash());
    }
  }

  /** Beyond 240 bytes too, where texts are encoded first. */
  @Test
  void of_asciiOfEveryLength_isThatOfItsKeyAndOfHash4j() {
    SplittableRandom random = new SplittableRandom(2);
    for (int length = 0; length <= 300; length++) {
      for (int i = 0; i < 50; i++) {
        String text = ascii(random, length);
        ShardKey key = ShardKey.of(text);
        assertThat(KeyHash.of(text)).as("length %s", length).isEqualTo(key.hash());
        assertThat(key.hash()).isEqualTo(Hashing.xxh3_64().hashBytesToLong(key.encoded()));
      }
    }
  }

  /** One character that is not ASCII, at every place of every length: Latin-1, and beyond. */
  @ParameterizedTest
  @ValueSource(
      strings = {"\u0080", "\u00e9", "\u00ff", "\u0100", "\u20ac", "\u4e00", "\ud83d\ude00"})
  void of_otherCharacterAnywhere_isThatOfItsKey(String other) {
    SplittableRandom random = new SplittableRandom(3);
    for (int length = 0; length <= 245; length++) {
      String ascii = ascii(random, length);
      for (int at = 0; at <= length; at++) {
        String text = ascii.substring(0, at) + other + ascii.substring(at);
        assertThat(KeyHash.of(text)).isEqualTo(ShardKey.of(text).hash());
      }
    }
  }

  /** A character whose low byte is ASCII must not pass for it. */
  @Test
  void of_characterWithAsciiInItsLowByte_isNotThatOfAscii() {
    for (int length : new int[] {1, 2, 3, 5, 10, 20, 35, 36, 37, 39, 50, 100, 200}) {
      for (int at = 0; at < length; at++) {
        char[] ascii = new char[length];
        Arrays.fill(ascii, 'a');
        char[] other = ascii.clone();
        other[at] = '\u0161';
        assertThat(KeyHash.of(new String(other)))
            .isNotEqualTo(KeyHash.of(new String(ascii)))
            .isEqualTo(ShardKey.of(new String(other)).hash());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"\ud83d", "some-text-of-more-than-sixteen\ude00", "\ud83da"})
  void of_unpairedSurrogate_isRefused(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> KeyHash.of(text))
        .withMessageContaining("unpaired surrogate");
  }

  @Test
  void of_bytes_areThoseOfTheirKey() {
    byte[] bytes = new byte[500];
    new SplittableRandom(4).nextBytes(bytes);
    for (int length = 0; length <= bytes.length; length++) {
      byte[] some = Arrays.copyOf(bytes, length);
      assertThat(KeyHash.of(some)).isEqualTo(ShardKey.of(some).hash());
    }
  }

  @Test
  void of_integersUuidsAndAscii_allocateNothing() {
    UUID[] uuids = new UUID[64];
    String[] texts = new String[240];
    Arrays.setAll(uuids, i -> new UUID(i, -i));
    Arrays.setAll(texts, "x"::repeat);

    assertThat(bytesPerCall(i -> KeyHash.of((long) i))).isLessThan(0.1);
    assertThat(bytesPerCall(i -> KeyHash.of(uuids[i % uuids.length]))).isLessThan(0.1);
    assertThat(bytesPerCall(i -> KeyHash.of(texts[i % texts.length]))).isLessThan(0.1);
    assertThat(bytesPerCall(i -> ShardKey.of(i).hash())).as("the ruler").isGreaterThan(16);
  }

  private static double bytesPerCall(IntToLongFunction hash) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    int calls = 50_000;
    long sum = 0;
    for (int i = 0; i < calls; i++) {
      sum += hash.applyAsLong(i);
    }
    long before = threads.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < calls; i++) {
      sum += hash.applyAsLong(i);
    }
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    assertThat(sum).isNotZero();
    return (double) allocated / calls;
  }

  @Test
  void slot_ofAHash_isItsTopBits() {
    long hash = 0xFEDC_BA98_7654_3210L;

    assertThat(KeyHash.slot(hash, 1)).isZero();
    assertThat(KeyHash.slot(hash, 2)).isEqualTo(1);
    assertThat(KeyHash.slot(hash, 16)).isEqualTo(0xF);
    assertThat(KeyHash.slot(hash, 4_096)).isEqualTo(0xFED);
    assertThat(KeyHash.slot(hash, 65_536)).isEqualTo(0xFEDC);
    assertThat(KeyHash.slot(0, 65_536)).isZero();
    assertThat(KeyHash.slot(-1, 1)).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {Integer.MIN_VALUE, -4_096, -1, 0, 3, 4_095, 65_535, 65_537, 131_072})
  void slot_ofAnotherNumberOfSlots_isRefused(int slots) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> KeyHash.slot(1, slots))
        .withMessage("slots must be a power of two from 1 to 65536, but is " + slots);
  }

  /** Chi-squared with 4,095 degrees of freedom: mean 4,095, standard deviation 90.5. */
  @Test
  void slot_ofConsecutiveIntegers_isEven() {
    int[] counts = new int[4_096];
    for (int i = 0; i < KEYS; i++) {
      counts[KeyHash.slot(KeyHash.of((long) i), counts.length)]++;
    }
    double expected = (double) KEYS / counts.length;
    double chi = Arrays.stream(counts).mapToDouble(n -> Math.pow(n - expected, 2) / expected).sum();

    assertThat(chi).isBetween(4_095 - 4 * 90.5, 4_095 + 4 * 90.5);
  }

  private static String ascii(SplittableRandom random, int length) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.append((char) random.nextInt(128));
    }
    return text.toString();
  }

  private static String hex(long hash) {
    return HexFormat.of().toHexDigits(hash);
  }
}
