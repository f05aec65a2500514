// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.replication;

import io.scalingtoolkit.core.consistency.Bookmark;
import io.scalingtoolkit.core.consistency.BookmarkCodec;
import io.scalingtoolkit.core.consistency.ConsistencyScope;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One request and its response, over all dispatches and threads that work on them; thread-safe.
 *
 * <p>The bookmark leaves once: when the response is about to be committed, or at the end.
 */
final class BookmarkExchange {
  private final BookmarkCodec codec;
  private final BookmarkCarriers carriers;
  private final Bookmark received;
  private final List<String> headerTexts;
  private final List<String> cookieTexts;
  // Set by the first dispatch, before anything else works on the request.
  private volatile @Nullable ConsistencyScope first;
  private final AtomicReference<@Nullable Bookmark> sent = new AtomicReference<>();
  private final AtomicBoolean lossNoticed = new AtomicBoolean();

  BookmarkExchange(BookmarkCodec codec, BookmarkCarriers carriers, HttpServletRequest request) {
    this.codec = codec;
    this.carriers = carriers;
    headerTexts = carriers.headerTexts(request);
    cookieTexts = carriers.cookieTexts(request);
    Bookmark all = Bookmark.empty();
    for (String text : headerTexts) {
      all = all.merge(codec.decode(text).bookmark());
    }
    for (String text : cookieTexts) {
      all = all.merge(codec.decode(text).bookmark());
    }
    if (headerTexts.isEmpty() && cookieTexts.isEmpty()) {
      codec.decode(null);
    }
    received = all;
  }

  /** Opens a scope on this thread, of the one session that the request has. */
  ConsistencyScope open() {
    ConsistencyScope session = first;
    if (session != null) {
      return ConsistencyScope.resume(session);
    }
    ConsistencyScope opened = ConsistencyScope.open(received);
    first = opened;
    return opened;
  }

  /**
   * Puts the bookmark into the response unless that was done before.
   *
   * @param response not committed yet
   */
  void send(HttpServletResponse response) {
    if (sent.get() != null) {
      return;
    }
    ConsistencyScope session = first;
    Bookmark bookmark = session == null ? received : session.exportBookmark();
    if (!sent.compareAndSet(null, bookmark) || bookmark.isEmpty()) {
      return;
    }
    // Equal bookmarks have equal texts, unless signed with another key: then it is sent as well.
    String text = codec.encode(bookmark);
    if (!headerTexts.equals(List.of(text))) {
      carriers.setHeader(response, text);
    }
    if (!cookieTexts.equals(List.of(text))) {
      carriers.addCookie(response, text);
    }
  }

  /** Has the bookmark put into the response again, whose headers were taken out. */
  void forgetSent() {
    sent.set(null);
  }

  /**
   * Tells, once, that the response did not take along all that was seen. Asks nobody.
   *
   * @return whether it did not and this was not told before
   */
  boolean noticeLoss() {
    Bookmark left = sent.get();
    Bookmark known = left == null ? received : left;
    ConsistencyScope session = first;
    return session != null
        && !known.covers(session.bookmark())
        && lossNoticed.compareAndSet(false, true);
  }
}
