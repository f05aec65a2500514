// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.core.consistency.Bookmark;
import io.scalingtoolkit.core.consistency.BookmarkCodec;
import io.scalingtoolkit.core.consistency.BookmarkKey;
import io.scalingtoolkit.core.consistency.Position;
import io.scalingtoolkit.core.consistency.PositionType;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Random;
import java.util.function.Function;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** The laws of {@link Position} and {@link PositionType}, for every kind of position here. */
public abstract class PositionLaws {
  private static final int TRIES = 20_000;

  private final PositionType type;

  protected PositionLaws(PositionType type) {
    this.type = type;
  }

  /** Returns a position from small ranges, so that equal, ordered and unrelated ones all meet. */
  protected abstract Position random(Random random);

  @Provide
  Arbitrary<Position> positions() {
    return arbitrary(random -> random.nextInt(20) == 0 ? Position.unresolved() : random(random));
  }

  @Provide
  Arbitrary<Position> known() {
    return arbitrary(this::random);
  }

  @Provide
  Arbitrary<Random> randoms() {
    return arbitrary(random -> new Random(random.nextLong()));
  }

  private static <T> Arbitrary<T> arbitrary(Function<Random, T> generator) {
    return Arbitraries.randomValue(generator);
  }

  @Property(tries = TRIES)
  boolean merge_inEitherOrder_isEqual(
      @ForAll("positions") Position a, @ForAll("positions") Position b) {
    return a.merge(b).equals(b.merge(a)) && a.merge(b).hashCode() == b.merge(a).hashCode();
  }

  @Property(tries = TRIES)
  boolean merge_inEitherGrouping_isEqual(
      @ForAll("positions") Position a,
      @ForAll("positions") Position b,
      @ForAll("positions") Position c) {
    return a.merge(b).merge(c).equals(a.merge(b.merge(c)));
  }

  @Property(tries = TRIES)
  boolean merge_ofTheSameAgain_changesNothing(
      @ForAll("positions") Position a, @ForAll("positions") Position b) {
    Position both = a.merge(b);
    return a.merge(a).equals(a) && both.merge(a).equals(both) && both.merge(b).equals(both);
  }

  @Property(tries = TRIES)
  boolean covers_anyTwo_agreesWithMerge(
      @ForAll("positions") Position a, @ForAll("positions") Position b) {
    return a.covers(b) == a.merge(b).equals(a) && a.merge(b).covers(a) && a.merge(b).covers(b);
  }

  @Property(tries = TRIES)
  boolean decode_ofEncoded_isEqual(@ForAll("known") Position a, @ForAll("known") Position b) {
    byte[] encoded = a.encode();
    return type.tag().equals(a.typeTag())
        && type.decode(encoded).equals(Optional.of(a))
        && a.equals(b) == Arrays.equals(encoded, b.encode());
  }

  @Property(tries = TRIES)
  void decode_mutatedEncoding_isRefusedOrCanonical(
      @ForAll("known") Position position, @ForAll("randoms") Random random) {
    byte[] bytes = position.encode();
    for (int edits = 1 + random.nextInt(3); edits > 0; edits--) {
      bytes = mutated(bytes, random);
    }
    assertRefusedOrCanonical(bytes);
  }

  @Property(tries = TRIES)
  void decode_hostileBytes_isRefusedOrCanonical(@ForAll("randoms") Random random) {
    byte[] bytes = new byte[random.nextInt(random.nextInt(10) == 0 ? 2049 : 64)];
    random.nextBytes(bytes);
    if (random.nextBoolean()) { // small numbers get further than random ones
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] &= random.nextInt(4) == 0 ? (byte) 0x83 : 3;
      }
    }
    assertRefusedOrCanonical(bytes);
  }

  private void assertRefusedOrCanonical(byte[] bytes) {
    Optional<Position> decoded = type.decode(bytes.clone());
    decoded.ifPresent(
        position ->
            assertThat(HexFormat.of().formatHex(position.encode()))
                .isEqualTo(HexFormat.of().formatHex(bytes)));
  }

  private static byte[] mutated(byte[] bytes, Random random) {
    if (bytes.length == 0) {
      return new byte[] {(byte) random.nextInt()};
    }
    int at = random.nextInt(bytes.length);
    byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);
    switch (random.nextInt(5)) {
      case 0 -> longer[at] = (byte) random.nextInt();
      case 1 -> longer[at] ^= (byte) (1 << random.nextInt(8));
      case 2 -> {
        return Arrays.copyOf(bytes, at);
      }
      case 3 -> {
        System.arraycopy(bytes, at, longer, at + 1, bytes.length - at);
        longer[at] = (byte) (random.nextBoolean() ? 0x80 : random.nextInt());
        return longer;
      }
      default -> {
        longer[bytes.length] = (byte) random.nextInt(3);
        return longer;
      }
    }
    return Arrays.copyOf(longer, bytes.length);
  }

  /** Returns a bookmark as it travels: signed, a name of 16 and a key id of 8 characters. */
  public static String bookmark(Position position) {
    BookmarkKey key = BookmarkKey.of("12345678", new byte[32]);
    BookmarkCodec codec = BookmarkCodec.builder().discoveredTypes().signingKey(key).build();
    Bookmark bookmark = Bookmark.of("a".repeat(16), position);
    String text = codec.encode(bookmark);
    assertThat(codec.decode(text).bookmark()).isEqualTo(bookmark);
    return text;
  }

  public static void assertGolden(PositionType type, Position position, String hex) {
    assertThat(HexFormat.of().formatHex(position.encode())).isEqualTo(hex);
    assertThat(type.decode(HexFormat.of().parseHex(hex))).contains(position);
  }

  public static void assertRefused(PositionType type, String hex) {
    assertThat(type.decode(HexFormat.of().parseHex(hex))).as(hex).isEmpty();
  }
}
