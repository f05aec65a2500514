// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.http;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Settings of a {@link HttpCachePolicy}. Durations are whole seconds, 0 to 366 days. What breaks
 * its rule is refused at once with an {@link IllegalArgumentException} that names it. Confined.
 */
public final class HttpCachePolicyBuilder {
  private static final Duration LONGEST = Duration.ofDays(366);
  private static final int FEWEST_TAG_BYTES = 64;
  private static final int MOST_TAG_BYTES = 16_384;
  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9!#$%&'+.^_`|~-]{1,64}");

  final Audience audience;
  Duration bound = Duration.ofSeconds(3);
  Duration maxAge = Duration.ZERO;
  Duration sharedMaxAge = Duration.ofHours(1);
  Duration staleWhileRevalidate = Duration.ZERO;
  Duration staleIfError = Duration.ZERO;
  boolean purged;
  boolean mustRevalidate;
  TagHeader tagHeader = TagHeader.SURROGATE_KEY;
  boolean cacheGroups;
  int maxTagBytes = 2_048;
  final Set<String> vary = new LinkedHashSet<>();
  private Set<String> tags = Set.of();

  HttpCachePolicyBuilder(Audience audience) {
    this.audience = audience;
  }

  /**
   * Sets how old at most a cache that nobody purges may hand out an answer, 3 seconds by default:
   * the bound that was promised for the data. Browsers are always such caches.
   */
  public HttpCachePolicyBuilder bound(Duration time) {
    this.bound = checked("bound", time);
    return this;
  }

  /**
   * Sets how long browsers use an answer without asking, at most the bound; zero by default: they
   * ask each time, which with an {@link EntityTag} is a short answer.
   */
  public HttpCachePolicyBuilder maxAge(Duration time) {
    this.maxAge = checked("maxAge", time);
    return this;
  }

  /**
   * Sets how long caches that many share use an answer without asking, 1 hour by default. It is cut
   * to the bound if nobody purges them.
   */
  public HttpCachePolicyBuilder sharedMaxAge(Duration time) {
    this.sharedMaxAge = checked("sharedMaxAge", time);
    return this;
  }

  /**
   * Sets how long after that they may hand the old answer out while they ask for a new one, zero by
   * default. Cut to what the bound leaves where nobody purges.
   */
  public HttpCachePolicyBuilder staleWhileRevalidate(Duration time) {
    this.staleWhileRevalidate = checked("staleWhileRevalidate", time);
    return this;
  }

  /**
   * Sets how long after that they may hand the old answer out when asking fails, zero by default.
   * Cut to what the bound leaves where nobody purges.
   */
  public HttpCachePolicyBuilder staleIfError(Duration time) {
    this.staleIfError = checked("staleIfError", time);
    return this;
  }

  /** Forbids to hand out anything stale; not together with times to do so. */
  public HttpCachePolicyBuilder mustRevalidate() {
    this.mustRevalidate = true;
    return this;
  }

  /** Says who tells shared caches of changes, which is what makes a long lifetime honest. */
  public HttpCachePolicyBuilder purgedBy(Purger purger) {
    Objects.requireNonNull(purger, "purger");
    this.purged = true;
    return this;
  }

  /** Sets the header for tags, {@code Surrogate-Key} by default. */
  public HttpCachePolicyBuilder tagHeader(TagHeader header) {
    this.tagHeader = Objects.requireNonNull(header, "header");
    return this;
  }

  /**
   * Sends the tags as {@code Cache-Groups} of RFC 9875 too. Caches need not support more than 32
   * groups of 32 characters.
   */
  public HttpCachePolicyBuilder cacheGroups() {
    this.cacheGroups = true;
    return this;
  }

  /**
   * Sets how many bytes the tags of an answer may take, 64 to 16,384, and 2,048 by default: nginx
   * answers 502 where all headers do not fit into {@code proxy_buffer_size}.
   */
  public HttpCachePolicyBuilder maxTagBytes(int bytes) {
    if (bytes < FEWEST_TAG_BYTES || bytes > MOST_TAG_BYTES) {
      throw new IllegalArgumentException(
          "maxTagBytes must be %d to %d, was %d"
              .formatted(FEWEST_TAG_BYTES, MOST_TAG_BYTES, bytes));
    }
    this.maxTagBytes = bytes;
    return this;
  }

  /** Sets tags that all answers have, each 1 to 128 visible ASCII characters without commas. */
  public HttpCachePolicyBuilder tags(String... all) {
    this.tags = Tags.checked(List.of(all));
    return this;
  }

  /** Adds request headers that answers depend on; they are sent with what is there already. */
  public HttpCachePolicyBuilder vary(String... names) {
    for (String name : names) {
      if (!TOKEN.matcher(name).matches()) {
        throw new IllegalArgumentException(
            "vary must be the name of a header and not *, was " + name);
      }
      vary.add(name);
    }
    return this;
  }

  private static Duration checked(String setting, Duration time) {
    Objects.requireNonNull(time, setting);
    if (time.isNegative()
        || time.compareTo(LONGEST) > 0
        || !time.equals(Duration.ofSeconds(time.toSeconds()))) {
      throw new IllegalArgumentException(
          "%s must be whole seconds, 0 to %s, was %s".formatted(setting, LONGEST, time));
    }
    return time;
  }

  /**
   * Makes the policy.
   *
   * @throws IllegalArgumentException if settings do not go together
   */
  public HttpCachePolicy build() {
    if (maxAge.compareTo(bound) > 0) {
      throw new IllegalArgumentException(
          "maxAge must be at most the bound, as nobody can purge a browser, was %s with a bound of %s"
              .formatted(maxAge, bound));
    }
    if (mustRevalidate && !(staleWhileRevalidate.isZero() && staleIfError.isZero())) {
      throw new IllegalArgumentException(
          "mustRevalidate must not go with staleWhileRevalidate or staleIfError, which were %s and %s"
              .formatted(staleWhileRevalidate, staleIfError));
    }
    return new HttpCachePolicy(this, tags);
  }
}
