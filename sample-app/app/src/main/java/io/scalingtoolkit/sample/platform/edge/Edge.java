// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.edge;

import io.scalingtoolkit.cache.http.EntityTag;
import io.scalingtoolkit.cache.http.HttpAnswer;
import io.scalingtoolkit.cache.http.HttpCachePolicy;
import io.scalingtoolkit.cache.http.HttpCachePolicyBuilder;
import io.scalingtoolkit.cache.http.Purge;
import io.scalingtoolkit.cache.http.Purger;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.net.URI;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What everybody may see, and therefore a cache in front of the application may keep: an hour if it
 * can be told of changes, as long as nobody notices if not. Thread-safe.
 */
public final class Edge implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Edge.class);
  private static final Duration HOUR = Duration.ofHours(1);

  /** Browsers cannot be told at all. */
  private static final Duration IN_BROWSERS = Duration.ofSeconds(3);

  private final HttpCachePolicy policy;
  private final @Nullable Purger purger;
  private final @Nullable URI site;

  /**
   * Describes the cache in front.
   *
   * @param purger null if it cannot be told of changes; closed with this
   * @param site root of all URLs for a cache that forgets by URL, null for one that does by tag
   */
  Edge(@Nullable Purger purger, @Nullable URI site) {
    HttpCachePolicyBuilder builder =
        HttpCachePolicy.forEverybody().sharedMaxAge(HOUR).maxAge(IN_BROWSERS);
    this.policy = (purger == null ? builder : builder.purgedBy(purger)).build();
    this.purger = purger;
    this.site = site;
  }

  /**
   * Sets the headers of an answer to GET or HEAD that everybody may see.
   *
   * @param content names the bytes of the answer
   * @param tag by which it is forgotten, 1 to 128 visible ASCII characters without commas
   * @return whether the client has it already; the status is 304 then, and no body is to be sent
   */
  public boolean answer(
      HttpServletRequest request, HttpServletResponse response, EntityTag content, String tag) {
    HttpAnswer answer =
        policy
            .tagged(tag)
            .answer(
                request.getMethod(),
                name -> Collections.list(request.getHeaders(name)),
                name -> List.copyOf(response.getHeaders(name)),
                content);
    answer.headers().forEach(response::setHeader);
    response.setStatus(answer.status());
    return answer.isNotModified();
  }

  /**
   * Has the cache forget answers that are not what the application would answer now. Returns at
   * once; what cannot be delivered for an hour is logged.
   *
   * @param tag they were sent with
   * @param paths they were sent for
   */
  public void changed(String tag, Collection<String> paths) {
    if (purger == null) {
      return;
    }
    Purge purge =
        site == null
            ? Purge.tags(tag)
            : Purge.urls(paths.stream().map(path -> site.resolve(path)).toList());
    CompletionStage<Void> unused =
        purger
            .purge(purge)
            .whenComplete(
                (done, failure) -> {
                  if (failure != null) {
                    LOG.warn("edge.kept: a cache in front was not told of {}", tag, failure);
                  }
                });
  }

  /** Tells whether there is a cache in front that is told of changes. */
  boolean isTold() {
    return purger != null;
  }

  @Override
  public void close() {
    if (purger != null) {
      purger.close();
    }
  }
}
