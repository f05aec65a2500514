// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.replication;

import io.scalingtoolkit.core.consistency.Bookmark;
import io.scalingtoolkit.core.consistency.BookmarkCodec;
import io.scalingtoolkit.core.consistency.ConsistencyScope;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
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
  // One of the first dispatch and one of each asynchronous one, which are few.
  private final List<ConsistencyScope> scopes = new CopyOnWriteArrayList<>();
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

  /**
   * Opens a scope on this thread that has seen all that was seen on behalf of the request.
   *
   * <p>A scope cannot be made current again by the thread that closed it, which may well be the one
   * that an asynchronous dispatch comes back on, so each dispatch has its own.
   */
  ConsistencyScope open() {
    ConsistencyScope scope = ConsistencyScope.open(scopes.isEmpty() ? received : exported());
    scopes.add(scope);
    return scope;
  }

  private Bookmark exported() {
    Bookmark all = received;
    for (ConsistencyScope scope : scopes) {
      all = all.merge(scope.exportBookmark());
    }
    return all;
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
    Bookmark bookmark = exported();
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
    for (ConsistencyScope scope : scopes) {
      if (!known.covers(scope.bookmark())) {
        return lossNoticed.compareAndSet(false, true);
      }
    }
    return false;
  }
}
