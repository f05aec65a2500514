// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.consistency;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Function;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

final class BookmarkCodecPropertiesTest {
  private static final int TRIES = 100_000;
  private static final String ALPHABET =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  // What one decode may allocate: a constant for the objects every decode needs, the signature
  // among them, and a multiple of the length for the entries.
  private static final long ALLOWED_BYTES = 16 * 1024;
  private static final long ALLOWED_BYTES_PER_CHAR = 64;

  private static final String ANY_CHARACTERS = noise(random -> (char) random.nextInt(0x3000));
  private static final String RIGHT_ALPHABET = noise(random -> ALPHABET.charAt(random.nextInt(64)));

  private static final BookmarkKey KEY = key("k1", 1);
  private static final BookmarkCodec SIGNING = typed().signingKey(KEY).build();
  private static final BookmarkCodec UNSIGNED = RandomBookmarks.TYPED;

  static BookmarkKey key(String id, int fill) {
    byte[] secret = new byte[32];
    Arrays.fill(secret, (byte) fill);
    return BookmarkKey.of(id, secret);
  }

  private static BookmarkCodec.Builder typed() {
    return BookmarkCodec.builder()
        .type(new LsnPosition.Type())
        .type(SetPosition.TYPE)
        .maxChars(8192);
  }

  private static String noise(Function<Random, Character> next) {
    Random random = new Random(7);
    StringBuilder noise = new StringBuilder();
    while (noise.length() < 40_000) {
      noise.append(next.apply(random).charValue());
    }
    return noise.toString();
  }

  @Provide
  Arbitrary<Bookmark> bookmarks() {
    return RandomBookmarks.any();
  }

  @Provide
  Arbitrary<Random> randoms() {
    return RandomBookmarks.arbitrary(random -> new Random(random.nextLong()));
  }

  @Property(tries = TRIES)
  boolean decode_ofEncoded_isEqual(@ForAll("bookmarks") Bookmark bookmark) {
    return survives(UNSIGNED, bookmark);
  }

  @Property(tries = TRIES)
  boolean decode_ofEncodedAndSigned_isEqual(@ForAll("bookmarks") Bookmark bookmark) {
    return survives(SIGNING, bookmark);
  }

  private static boolean survives(BookmarkCodec codec, Bookmark bookmark) {
    String text = codec.encode(bookmark);
    Decoded decoded = codec.decode(text);
    // The largest of these bookmarks do not fit and may come back stronger, never weaker.
    return decoded.isAccepted()
        && text.length() <= 8192
        && (decoded.bookmark().equals(bookmark)
            || (bookmark.sources().size() > 100 && decoded.bookmark().covers(bookmark)))
        && codec.encode(decoded.bookmark()).equals(text);
  }

  @Property(tries = TRIES)
  boolean encode_underASmallLimit_asksAtLeastAsMuch(
      @ForAll("bookmarks") Bookmark bookmark, @ForAll("randoms") Random random) {
    int limit = 96 + random.nextInt(200);
    BookmarkCodec.Builder builder = typed().maxChars(limit);
    BookmarkCodec codec = (random.nextBoolean() ? builder.signingKey(KEY) : builder).build();
    String text = codec.encode(bookmark);
    Decoded decoded = codec.decode(text);
    return text.length() <= limit && decoded.isAccepted() && decoded.bookmark().covers(bookmark);
  }

  @Test
  void decode_hostileTextOfEveryLength_isIgnoredOrAcceptedWithinBounds() {
    Random random = new Random(42);
    int cases = 0;
    for (int length = 0; length <= BookmarkCodec.MAX_CHARS + 200; length++) {
      for (int kind = 0; kind < 12; kind++) {
        String text = hostile(random, length, kind);
        Decoded decoded = decodeWithinBounds(kind % 2 == 0 ? UNSIGNED : SIGNING, text);
        if (length > BookmarkCodec.MAX_CHARS) {
          assertThat(decoded).isEqualTo(new Decoded.Ignored(Decoded.Reason.TOO_LONG));
        }
        if (kind % 2 == 1) {
          assertThat(decoded.isAccepted()).isFalse();
        }
        cases++;
      }
    }
    assertThat(cases).isGreaterThan(TRIES);
  }

  /** Text of one length, by kind: any characters, the right alphabet, or a header in front. */
  private static String hostile(Random random, int length, int kind) {
    String noise = kind < 2 ? ANY_CHARACTERS : RIGHT_ALPHABET;
    int from = random.nextInt(noise.length() - length);
    StringBuilder text = new StringBuilder(noise.substring(from, from + length));
    if (kind >= 4) {
      String[] starts = {
        "EP_", "EP9_", "EAEBYQ", "EAEBYQJwZ", "EQJrMQ", "EQJrMQEBYQ", "Eg", "EwJrMQA"
      };
      String start = starts[random.nextInt(starts.length)];
      text.replace(0, Math.min(length, start.length()), start);
      text.setLength(length);
    }
    return text.toString();
  }

  @Property(tries = TRIES)
  void decode_mutatedText_isIgnoredOrAcceptedWithinBounds(
      @ForAll("bookmarks") Bookmark bookmark, @ForAll("randoms") Random random) {
    Decoded decoded = decodeWithinBounds(UNSIGNED, mutate(UNSIGNED.encode(bookmark), random));

    assertThat(decoded).isNotNull();
  }

  @Property(tries = TRIES)
  boolean decode_mutatedSignedText_isNeverAccepted(
      @ForAll("bookmarks") Bookmark bookmark, @ForAll("randoms") Random random) {
    String text = SIGNING.encode(bookmark);
    String mutated = mutate(text, random);
    return mutated.equals(text) || !decodeWithinBounds(SIGNING, mutated).isAccepted();
  }

  @Property(tries = TRIES)
  boolean decode_signedByAnyOtherKey_isNeverAccepted(
      @ForAll("bookmarks") Bookmark bookmark, @ForAll("randoms") Random random) {
    byte[] secret = new byte[32 + random.nextInt(8)];
    random.nextBytes(secret);
    boolean sameId = random.nextBoolean();
    BookmarkKey other = BookmarkKey.of(sameId ? "k1" : "k2", secret);
    String forged = typed().signingKey(other).build().encode(bookmark);
    return SIGNING
            .decode(forged)
            .equals(
                new Decoded.Ignored(
                    sameId ? Decoded.Reason.BAD_SIGNATURE : Decoded.Reason.UNKNOWN_KEY))
        && SIGNING
            .decode(UNSIGNED.encode(bookmark))
            .equals(new Decoded.Ignored(Decoded.Reason.UNSIGNED))
        && !UNSIGNED.decode(forged).isAccepted();
  }

  /** One to three edits: replace, insert, remove, cut off, double, or flip one bit of the bytes. */
  private static String mutate(String text, Random random) {
    StringBuilder mutated = new StringBuilder(text);
    for (int edits = 1 + random.nextInt(3); edits > 0 && mutated.length() > 0; edits--) {
      int at = random.nextInt(mutated.length());
      char c = ALPHABET.charAt(random.nextInt(64));
      switch (random.nextInt(6)) {
        case 0 -> mutated.setCharAt(at, c);
        case 1 -> mutated.insert(at, c);
        case 2 -> mutated.deleteCharAt(at);
        case 3 -> mutated.setLength(at);
        case 4 -> mutated.append(mutated, at, mutated.length());
        default -> {
          int bits = ALPHABET.indexOf(mutated.charAt(at)) ^ 1 << random.nextInt(6);
          mutated.setCharAt(at, ALPHABET.charAt(bits));
        }
      }
    }
    return mutated.toString();
  }

  /** Texts made to be as expensive as a text of that length can be. */
  @Test
  void decode_mostExpensiveTexts_allocatesWithinBounds() {
    WireWriter sources = header(1100);
    WireWriter unions = header(1100);
    WireWriter tags = header(1100);
    for (int i = 0; i < 1100; i++) {
      entry(sources, String.valueOf((char) ('a' + i % 26)), "x", 0);
      entry(unions, "s", "x", i % 9);
      entry(tags, "s", i % 2 == 0 ? "x" : "y", 0);
    }
    for (WireWriter expensive : new WireWriter[] {sources, unions, tags, header(16383)}) {
      byte[] bytes = expensive.toBytes();
      String text = Base64Url.encode(Arrays.copyOf(bytes, Math.min(bytes.length, 6144)));

      assertThat(decodeWithinBounds(UNSIGNED, text)).isNotNull();
    }
  }

  private static WireWriter header(int count) {
    WireWriter out = new WireWriter();
    out.writeByte(0x10);
    out.writeLength(count);
    return out;
  }

  private static void entry(WireWriter out, String source, String tag, int payload) {
    out.writeText(source);
    out.writeText(tag);
    out.writeLength(1);
    out.writeByte(payload);
  }

  private static Decoded decodeWithinBounds(BookmarkCodec codec, String text) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    Decoded decoded = codec.decode(text);
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    if (allocated > ALLOWED_BYTES + ALLOWED_BYTES_PER_CHAR * text.length()) {
      // The first decode of a kind also loads classes; a second one allocates for itself alone.
      before = threads.getCurrentThreadAllocatedBytes();
      codec.decode(text);
      allocated = threads.getCurrentThreadAllocatedBytes() - before;
    }
    assertThat(allocated)
        .as("bytes allocated for %d characters", text.length())
        .isLessThanOrEqualTo(ALLOWED_BYTES + ALLOWED_BYTES_PER_CHAR * text.length());
    return decoded;
  }
}
