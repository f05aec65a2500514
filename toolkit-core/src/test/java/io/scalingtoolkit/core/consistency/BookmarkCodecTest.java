// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.consistency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.scalingtoolkit.core.metrics.CoreMetric;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class BookmarkCodecTest {
  private static final Bookmark ORDERS =
      Bookmark.of("orders", new LsnPosition(0x1122334455667788L, 3, 0x16B374D848L));
  private static final BookmarkKey OLD = BookmarkCodecPropertiesTest.key("2026-10", 10);
  private static final BookmarkKey NEW = BookmarkCodecPropertiesTest.key("2026-11", 11);

  private final BookmarkCodec unsigned = typed().build();
  private final BookmarkCodec signing = typed().signingKey(NEW).build();

  private static BookmarkCodec.Builder typed() {
    return BookmarkCodec.builder().discoveredTypes().type(SetPosition.TYPE);
  }

  private static Decoded ignored(Decoded.Reason reason) {
    return new Decoded.Ignored(reason);
  }

  // Clients hold bookmarks across an upgrade: a change of these texts is a change of the format and
  // needs a new version number. They were made by a second implementation of the layout.
  @Test
  void encode_goldenBookmarks_areUnchanged() {
    Bookmark several =
        ORDERS
            .with("users", new SetPosition(new TreeMap<>(Map.of(1, 7L, 2, 0x8000000000000001L))))
            .with("cart", Position.unresolved())
            .with("feed", OpaquePosition.of("x9", new byte[] {2}))
            .with("feed", OpaquePosition.of("x9", new byte[] {1, (byte) 0xff}));

    assertGolden(unsigned, Bookmark.empty(), "EAA");
    assertGolden(unsigned, Bookmark.unresolved(), "EgA");
    assertGolden(unsigned, ORDERS, "EAEGb3JkZXJzAnBnFBEiM0RVZneIAAAAAwAAABazdNhI");
    assertGolden(
        unsigned,
        several,
        "EAUEY2FydAAEZmVlZAJ4OQIB_wRmZWVkAng5AQIGb3JkZXJzAnBnFBEiM0RVZneIAAAAAwAAABazdNhIBXVzZXJzBGd0aWQYAAAAAQAAAAAAAAAHAAAAAoAAAAAAAAAB");
    assertGolden(signing, Bookmark.empty(), "EQcyMDI2LTExABwyJ3i3CCbnBNcdVjstBEk");
    assertGolden(signing, Bookmark.unresolved(), "EwcyMDI2LTExAFFFbNY63dcwZCFGimubZ9Q");
    assertGolden(
        signing,
        ORDERS,
        "EQcyMDI2LTExAQZvcmRlcnMCcGcUESIzRFVmd4gAAAADAAAAFrN02Ejb9Y7exgL6wpKsMrJaT6Vw");
    assertGolden(
        signing,
        several,
        "EQcyMDI2LTExBQRjYXJ0AARmZWVkAng5AgH_BGZlZWQCeDkBAgZvcmRlcnMCcGcUESIzRFVmd4gAAAADAAAAFrN02EgFdXNlcnMEZ3RpZBgAAAABAAAAAAAAAAcAAAACgAAAAAAAAAFBcMKtCy6080IQP9shFd1K");
  }

  private static void assertGolden(BookmarkCodec codec, Bookmark bookmark, String text) {
    assertThat(codec.encode(bookmark)).isEqualTo(text);
    assertThat(codec.decode(text)).isEqualTo(new Decoded.Accepted(bookmark));
  }

  @Test
  void encode_onePostgresCluster_takesAtMost96Characters() {
    BookmarkCodec longestKeyId =
        typed().signingKey(BookmarkCodecPropertiesTest.key("12345678", 1)).build();

    String text = longestKeyId.encode(Bookmark.of("a".repeat(16), new LsnPosition(-1, -1, -1)));

    assertThat(text).hasSize(91).matches("[A-Za-z0-9_-]+");
  }

  @Test
  void encode_twoMariaDbDomains_takesAtMost200Characters() {
    Position twoDomains = new SetPosition(new TreeMap<>(Map.of(-1, -1L, -2, -2L)));

    String text = signing.encode(Bookmark.of("a".repeat(16), twoDomains));

    assertThat(text).hasSizeLessThanOrEqualTo(200);
  }

  @Test
  void encode_tooLargeForTheLimit_givesUpTheLargestPositionsFirst() {
    BookmarkCodec narrow = typed().maxChars(96).build();
    Position large =
        new SetPosition(new TreeMap<>(Map.of(1, 1L, 2, 1L, 3, 1L, 4, 1L, 5, 1L, 6, 1L)));

    Bookmark received = narrow.decode(narrow.encode(ORDERS.with("users", large))).bookmark();

    assertThat(received).isEqualTo(ORDERS.with("users", Position.unresolved()));
  }

  @Test
  void encode_tooManySourcesForTheLimit_isUnresolvedForEverySource() {
    BookmarkCodec narrow = typed().maxChars(96).build();
    Map<String, Position> many = new HashMap<>();
    for (int i = 0; i < 100; i++) {
      many.put("source-" + i, new LsnPosition(1, 1, i));
    }

    String text = narrow.encode(Bookmark.ofAll(many));

    assertThat(narrow.decode(text)).isEqualTo(new Decoded.Accepted(Bookmark.unresolved()));
  }

  @Test
  void encode_positionLongerThanTravels_isUnresolved() {
    BookmarkCodec wide = BookmarkCodec.builder().maxChars(BookmarkCodec.MAX_CHARS).build();
    Bookmark bookmark = Bookmark.of("orders", OpaquePosition.of("x", new byte[2049]));

    assertThat(wide.decode(wide.encode(bookmark)).bookmark().position("orders"))
        .isSameAs(Position.unresolved());
  }

  @ParameterizedTest
  @CsvSource({
    "'', ABSENT",
    "A, NOT_BASE64",
    "EAA=, NOT_BASE64",
    "'EAA ', NOT_BASE64",
    "EAB, NOT_BASE64", // a bit set that belongs to no byte
    "EB, NOT_BASE64", // another one
    "IAA, UNKNOWN_VERSION",
    "GAA, MALFORMED", // an unknown flag
    "EA, MALFORMED", // no count
    "EAE, MALFORMED", // one entry promised, none there
    "EAAA, MALFORMED", // one byte too many
    "EgEBYQA, MALFORMED", // entries beside the mark for every source
    "EIAA, MALFORMED", // a length in two bytes where one is enough
    "EAEBIAA, MALFORMED", // a blank as source name
    "EAEBYQFYAA, MALFORMED", // an upper-case type tag
    "EAEBYQJwZwEA, BAD_POSITION", // one byte instead of twenty
    "EQ, MALFORMED", // a signature promised, none there
  })
  void decode_unusableText_isIgnoredForItsReason(String text, Decoded.Reason reason) {
    assertThat(unsigned.decode(text)).isEqualTo(ignored(reason));
    assertThat(unsigned.decode(text).bookmark()).isEqualTo(Bookmark.empty());
  }

  @Test
  void decode_null_isAbsent() {
    assertThat(unsigned.decode(null)).isEqualTo(ignored(Decoded.Reason.ABSENT));
  }

  @Test
  void decode_whereTheTypeIsUnknown_carriesThePositionThrough() {
    BookmarkCodec gateway = BookmarkCodec.builder().build();
    String text = unsigned.encode(ORDERS);

    Bookmark carried = gateway.decode(text).bookmark();

    assertThat(carried.position("orders")).isInstanceOf(OpaquePosition.class);
    assertThat(gateway.encode(carried)).isEqualTo(text);
  }

  @Test
  void decode_whereTheTypeThrows_isIgnored() {
    PositionType broken =
        new PositionType() {
          @Override
          public String tag() {
            return LsnPosition.TAG;
          }

          @Override
          public Optional<Position> decode(byte[] payload) {
            throw new IllegalStateException("a mistake in a position type");
          }
        };

    assertThat(BookmarkCodec.builder().type(broken).build().decode(unsigned.encode(ORDERS)))
        .isEqualTo(ignored(Decoded.Reason.BAD_POSITION));
  }

  @Test
  void decode_duringKeyRotation_acceptsOldAndNew() {
    BookmarkCodec before = typed().signingKey(OLD).build();
    BookmarkCodec prepared = typed().signingKey(OLD).verifyingKey(NEW).build();
    BookmarkCodec switched = typed().signingKey(NEW).verifyingKey(OLD).build();

    String old = prepared.encode(ORDERS);
    String recent = switched.encode(ORDERS);

    assertThat(before.decode(old).isAccepted()).isTrue();
    assertThat(switched.decode(old).isAccepted()).isTrue();
    assertThat(prepared.decode(recent).isAccepted()).isTrue();
    assertThat(signing.decode(recent).isAccepted()).isTrue();
    assertThat(signing.decode(old)).isEqualTo(ignored(Decoded.Reason.UNKNOWN_KEY));
  }

  @Test
  void decode_forgedOrUnsignedOrForeign_isIgnoredAndCounted() {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    BookmarkCodec counting = typed().signingKey(NEW).meterRegistry(registry).build();
    String text = counting.encode(ORDERS);
    BookmarkKey guessed = BookmarkCodecPropertiesTest.key(NEW.id(), 99);

    assertThat(counting.decode(text).isAccepted()).isTrue();
    assertThat(counting.decode(typed().signingKey(guessed).build().encode(ORDERS)))
        .isEqualTo(ignored(Decoded.Reason.BAD_SIGNATURE));
    assertThat(counting.decode(typed().signingKey(OLD).build().encode(ORDERS)))
        .isEqualTo(ignored(Decoded.Reason.UNKNOWN_KEY));
    assertThat(counting.decode(unsigned.encode(ORDERS)))
        .isEqualTo(ignored(Decoded.Reason.UNSIGNED));
    counting.encode(ORDERS.with("users", Position.unresolved()));
    counting.encode(Bookmark.unresolved());

    assertThat(count(registry, CoreMetric.BOOKMARK_DECODES, "accepted")).isEqualTo(1);
    assertThat(count(registry, CoreMetric.BOOKMARK_DECODES, "bad_signature")).isEqualTo(1);
    assertThat(count(registry, CoreMetric.BOOKMARK_DECODES, "unknown_key")).isEqualTo(1);
    assertThat(count(registry, CoreMetric.BOOKMARK_DECODES, "unsigned")).isEqualTo(1);
    assertThat(count(registry, CoreMetric.BOOKMARK_DECODES, "malformed")).isZero();
    assertThat(count(registry, CoreMetric.BOOKMARK_ENCODES, "exact")).isEqualTo(1);
    assertThat(count(registry, CoreMetric.BOOKMARK_ENCODES, "unresolved")).isEqualTo(1);
    assertThat(count(registry, CoreMetric.BOOKMARK_ENCODES, "overflow")).isEqualTo(1);
  }

  private static double count(SimpleMeterRegistry registry, CoreMetric metric, String outcome) {
    return registry.get(metric.id()).tag("outcome", outcome).counter().count();
  }

  @Test
  void build_badSettings_areRefusedByName() {
    PositionType upperCase = typeWithTag("PG");
    PositionType claimsPg = typeWithTag("pg");

    assertThatIllegalArgumentException()
        .isThrownBy(() -> BookmarkCodec.builder().verifyingKey(OLD).build())
        .withMessage(
            "verifyingKey needs a signingKey beside it, was given only [BookmarkKey[2026-10]]");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                typed()
                    .signingKey(OLD)
                    .verifyingKey(BookmarkCodecPropertiesTest.key("2026-10", 3))
                    .build())
        .withMessage("bookmark key id must be unique, \"2026-10\" has two secrets");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BookmarkCodec.builder().maxChars(95))
        .withMessage("maxChars must be from 96 to 8192, was 95");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BookmarkCodec.builder().type(upperCase).build())
        .withMessageStartingWith(
            "position type tag must be 1 to 8 characters of a-z and 0-9, was \"PG\" in ");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> typed().type(claimsPg).build())
        .withMessageStartingWith("position type tag must be unique, \"pg\" is claimed by ");
  }

  private static PositionType typeWithTag(String tag) {
    return new PositionType() {
      @Override
      public String tag() {
        return tag;
      }

      @Override
      public Optional<Position> decode(byte[] payload) {
        return Optional.empty();
      }
    };
  }

  @Test
  void key_badSettings_areRefusedWithoutTheSecret() {
    byte[] secret = new byte[31];
    Arrays.fill(secret, (byte) 'S');

    assertThatIllegalArgumentException()
        .isThrownBy(() -> BookmarkKey.of("k1", secret))
        .withMessage("bookmark key secret must have at least 32 bytes, key \"k1\" has 31");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BookmarkKey.of("123456789", new byte[32]))
        .withMessageEndingWith("was \"123456789\"");
    assertThat(BookmarkKey.of("k1", new byte[32])).hasToString("BookmarkKey[k1]");
  }
}
