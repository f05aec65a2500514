// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.http;

import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How long answers may be kept by browsers and by the caches between, as exact headers; immutable.
 *
 * <p>Browsers cannot be told that something has changed, so they keep nothing longer than the
 * {@code bound}, stale or not. The same holds for a CDN unless a {@link Purger} tells it.
 *
 * <p>An answer to a request with Authorization, one with Set-Cookie, one that is marked private or
 * not to be stored already, and one with {@code Vary: *} is never public, whatever the policy says.
 * An answer that depends on a cookie of the request has to have a private policy: a cookie as such
 * tells nothing.
 */
public final class HttpCachePolicy {
  private static final String CACHE_CONTROL = "Cache-Control";
  private static final String VARY = "Vary";
  private static final String NO_STORE = "no-store";
  private static final Pattern NOT_SHARED =
      Pattern.compile("(^|[,\\s])(private|no-store)($|[,\\s=;])", Pattern.CASE_INSENSITIVE);
  private static final Pattern ANYTHING = Pattern.compile("(^|[,\\s])\\*($|[,\\s])");

  private final Audience audience;
  private final Freshness browser;
  private final Freshness shared;
  private final boolean mustRevalidate;
  private final TagHeader tagHeader;
  private final boolean groups;
  private final int maxTagBytes;
  private final Set<String> tags;
  private final Set<String> vary;

  /**
   * How long something is good, in seconds; immutable.
   *
   * @param updating how long after that it may be handed out while it is asked for again
   * @param failing how long after that it may be handed out when asking fails
   */
  record Freshness(long fresh, long updating, long failing) {
    /** Cuts it so that nothing is handed out that is older than a bound. */
    Freshness within(long bound) {
      long cut = Math.min(fresh, bound);
      return new Freshness(cut, Math.min(updating, bound - cut), Math.min(failing, bound - cut));
    }

    private void appendStale(StringBuilder directives) {
      if (updating > 0) {
        directives.append(", stale-while-revalidate=").append(updating);
      }
      if (failing > 0) {
        directives.append(", stale-if-error=").append(failing);
      }
    }
  }

  HttpCachePolicy(HttpCachePolicyBuilder from, Set<String> tags) {
    this.audience = from.audience;
    long bound = from.bound.toSeconds();
    Freshness stale =
        new Freshness(0, from.staleWhileRevalidate.toSeconds(), from.staleIfError.toSeconds());
    this.browser =
        new Freshness(from.maxAge.toSeconds(), stale.updating, stale.failing).within(bound);
    Freshness wanted = new Freshness(from.sharedMaxAge.toSeconds(), stale.updating, stale.failing);
    this.shared = from.purged ? wanted : wanted.within(bound);
    this.mustRevalidate = from.mustRevalidate;
    this.tagHeader = from.tagHeader;
    this.groups = from.cacheGroups;
    this.maxTagBytes = from.maxTagBytes;
    this.vary = Set.copyOf(from.vary);
    this.tags = checkedSize(tags);
  }

  private HttpCachePolicy(HttpCachePolicy other, Set<String> tags) {
    this.audience = other.audience;
    this.browser = other.browser;
    this.shared = other.shared;
    this.mustRevalidate = other.mustRevalidate;
    this.tagHeader = other.tagHeader;
    this.groups = other.groups;
    this.maxTagBytes = other.maxTagBytes;
    this.vary = other.vary;
    this.tags = checkedSize(tags);
  }

  private Set<String> checkedSize(Set<String> all) {
    int bytes = tagHeader.value(all).length();
    if (bytes > maxTagBytes) {
      throw new IllegalArgumentException(
          "tags must take at most maxTagBytes = %d bytes together, take %d: %d tags"
              .formatted(maxTagBytes, bytes, all.size()));
    }
    return all;
  }

  /** Begins a policy for what everybody may see. */
  public static HttpCachePolicyBuilder forEverybody() {
    return new HttpCachePolicyBuilder(Audience.PUBLIC);
  }

  /** Begins a policy for what only the one who asks may see, and his browser keep. */
  public static HttpCachePolicyBuilder forOneUser() {
    return new HttpCachePolicyBuilder(Audience.PRIVATE);
  }

  /** Returns the policy for what nobody may keep. */
  public static HttpCachePolicy forNobody() {
    return new HttpCachePolicyBuilder(Audience.NOBODY).build();
  }

  /**
   * Returns this policy with more tags.
   *
   * @param more each 1 to 128 visible ASCII characters without commas
   * @throws IllegalArgumentException if a tag is not as it must be, or all take too many bytes;
   *     split what the page shows, or tag it by something coarser
   */
  public HttpCachePolicy tagged(Collection<String> more) {
    Set<String> all = new LinkedHashSet<>(tags);
    all.addAll(Tags.checked(more));
    return new HttpCachePolicy(this, all);
  }

  /** As {@link #tagged(Collection)}. */
  public HttpCachePolicy tagged(String... more) {
    return tagged(List.of(more));
  }

  /**
   * Tells how to answer a GET or HEAD that was successful.
   *
   * @param method {@code GET} or {@code HEAD}
   * @param request headers of the request
   * @param response headers of the answer that are there already
   * @param tag of the answer, null if it has none; then there is never a 304
   * @throws IllegalArgumentException for another method: what is kept of those is for {@link
   *     #afterWrite}
   */
  public HttpAnswer answer(
      String method, HeaderSource request, HeaderSource response, @Nullable EntityTag tag) {
    if (!method.equals("GET") && !method.equals("HEAD")) {
      throw new IllegalArgumentException("method must be GET or HEAD, was " + method);
    }
    Map<String, String> headers = new LinkedHashMap<>();
    if (audience == Audience.NOBODY) {
      headers.put(CACHE_CONTROL, NO_STORE);
      return new HttpAnswer(HttpAnswer.OK, headers);
    }
    if (isNotToBeStored(response)
        || (audience == Audience.PUBLIC && isOnesOwn(request, response))) {
      // The policy was meant for something else, so nothing of it can be trusted.
      headers.put(CACHE_CONTROL, "private, no-store");
      return new HttpAnswer(HttpAnswer.OK, headers);
    }
    headers.put(CACHE_CONTROL, cacheControl());
    if (audience == Audience.PUBLIC) {
      putShared(headers);
    }
    putVary(headers, response);
    if (tag != null) {
      headers.put("ETag", tag.header());
    }
    boolean known = EntityTag.matches(request.values("If-None-Match"), tag);
    return new HttpAnswer(known ? HttpAnswer.NOT_MODIFIED : HttpAnswer.OK, headers);
  }

  private static boolean isNotToBeStored(HeaderSource response) {
    return response.values(CACHE_CONTROL).stream()
        .anyMatch(value -> value.toLowerCase(Locale.ROOT).contains(NO_STORE));
  }

  private static boolean isOnesOwn(HeaderSource request, HeaderSource response) {
    return !request.values("Authorization").isEmpty()
        || !response.values("Set-Cookie").isEmpty()
        || response.values(CACHE_CONTROL).stream()
            .anyMatch(value -> NOT_SHARED.matcher(value).find())
        || response.values(VARY).stream().anyMatch(value -> ANYTHING.matcher(value).find());
  }

  private String cacheControl() {
    StringBuilder directives =
        new StringBuilder(audience == Audience.PUBLIC ? "public" : "private");
    directives.append(", max-age=").append(browser.fresh());
    if (audience == Audience.PUBLIC) {
      directives.append(", s-maxage=").append(shared.fresh());
    }
    browser.appendStale(directives);
    return directives.append(mustRevalidate ? ", must-revalidate" : "").toString();
  }

  private void putShared(Map<String, String> headers) {
    StringBuilder directives = new StringBuilder("max-age=").append(shared.fresh());
    shared.appendStale(directives);
    headers.put(
        "CDN-Cache-Control",
        directives.append(mustRevalidate ? ", must-revalidate" : "").toString());
    if (!tags.isEmpty()) {
      headers.put(tagHeader.id(), tagHeader.value(tags));
      if (groups) {
        headers.put("Cache-Groups", Tags.structured(tags));
      }
    }
  }

  private void putVary(Map<String, String> headers, HeaderSource response) {
    Map<String, String> names = new LinkedHashMap<>();
    for (String value : response.values(VARY)) {
      for (String name : value.split(",", -1)) {
        names.putIfAbsent(name.strip().toLowerCase(Locale.ROOT), name.strip());
      }
    }
    vary.stream().sorted().forEach(name -> names.putIfAbsent(name.toLowerCase(Locale.ROOT), name));
    names.remove("");
    if (!names.isEmpty()) {
      headers.put(VARY, String.join(", ", names.values()));
    }
  }

  /**
   * Returns the headers for the answer to a POST, PUT, PATCH or DELETE that changed what has these
   * tags: caches that know RFC 9875 forget it, on the way of the answer. It does not take the place
   * of a {@link Purger}: other caches do not see the answer.
   *
   * @throws IllegalArgumentException if a tag is not as it must be
   */
  public static Map<String, String> afterWrite(Collection<String> tags) {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put(CACHE_CONTROL, NO_STORE);
    if (!tags.isEmpty()) {
      headers.put("Cache-Group-Invalidation", Tags.structured(Tags.checked(tags)));
    }
    return headers;
  }

  /** Returns how long a CDN may hand an answer out, stale or not. */
  public Duration longestShared() {
    return audience == Audience.PUBLIC
        ? Duration.ofSeconds(shared.fresh() + Math.max(shared.updating(), shared.failing()))
        : Duration.ZERO;
  }

  @Override
  public String toString() {
    return audience == Audience.NOBODY ? NO_STORE : cacheControl();
  }
}
