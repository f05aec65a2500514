// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.consistency;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

final class BookmarkLawsTest {
  private static final int TRIES = 100_000;

  @Provide
  Arbitrary<Bookmark> bookmarks() {
    return RandomBookmarks.any();
  }

  @Provide
  Arbitrary<Bookmark> known() {
    return RandomBookmarks.known();
  }

  @Property(tries = TRIES)
  boolean merge_inEitherOrder_isEqual(
      @ForAll("bookmarks") Bookmark a, @ForAll("bookmarks") Bookmark b) {
    return a.merge(b).equals(b.merge(a)) && a.merge(b).hashCode() == b.merge(a).hashCode();
  }

  @Property(tries = TRIES)
  boolean merge_inEitherGrouping_isEqual(
      @ForAll("bookmarks") Bookmark a,
      @ForAll("bookmarks") Bookmark b,
      @ForAll("bookmarks") Bookmark c) {
    return a.merge(b).merge(c).equals(a.merge(b.merge(c)));
  }

  @Property(tries = TRIES)
  boolean merge_ofTheSameAgain_changesNothing(
      @ForAll("bookmarks") Bookmark a, @ForAll("bookmarks") Bookmark b) {
    Bookmark both = a.merge(b);
    return a.merge(a).equals(a) && both.merge(a).equals(both) && both.merge(b).equals(both);
  }

  @Property(tries = TRIES)
  boolean covers_anyTwo_agreesWithMerge(
      @ForAll("bookmarks") Bookmark a, @ForAll("bookmarks") Bookmark b) {
    return a.covers(b) == a.merge(b).equals(a)
        && a.merge(b).covers(a)
        && a.merge(b).covers(b)
        && Bookmark.unresolved().covers(a)
        && a.covers(Bookmark.empty());
  }

  /** A process that knows no type, such as a gateway, merges on behalf of one that does. */
  @Property(tries = TRIES)
  void merge_whereTypesAreUnknown_asksAtLeastAsMuch(
      @ForAll("known") Bookmark a, @ForAll("known") Bookmark b) {
    BookmarkCodec gateway = RandomBookmarks.UNTYPED;
    BookmarkCodec service = RandomBookmarks.TYPED;

    Bookmark merged =
        gateway
            .decode(service.encode(a))
            .bookmark()
            .merge(gateway.decode(service.encode(b)).bookmark());
    Bookmark received = service.decode(gateway.encode(merged)).bookmark();

    // Only positions of two types for one source become less exact on the way, and in one process
    // those are unresolved just as well; so the outcome is equal, not only as strong.
    assertThat(received).isEqualTo(a.merge(b));
  }
}
