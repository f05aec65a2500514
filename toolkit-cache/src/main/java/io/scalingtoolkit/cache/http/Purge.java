// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.http;

import java.net.URI;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * What a cache is to forget: all answers with one of the tags, and those of the URLs; immutable.
 *
 * @param tags each 1 to 128 visible ASCII characters without commas
 * @param urls as clients ask for them: {@code http} or {@code https}, with a host, without fragment
 */
public record Purge(Set<String> tags, Set<URI> urls) {
  /**
   * Checks and copies.
   *
   * @throws IllegalArgumentException if a tag or URL is not as it must be
   */
  public Purge {
    tags = Tags.checked(tags);
    urls = Collections.unmodifiableSet(new LinkedHashSet<>(urls));
    urls.forEach(Purge::check);
  }

  private static void check(URI url) {
    String scheme = url.getScheme() == null ? "" : url.getScheme().toLowerCase(Locale.ROOT);
    boolean isHttp = scheme.equals("http") || scheme.equals("https");
    if (!isHttp
        || url.getHost() == null
        || url.getRawUserInfo() != null
        || url.getRawFragment() != null
        || !url.toString().chars().allMatch(each -> each > ' ' && each <= '~')) {
      throw new IllegalArgumentException(
          "a URL to purge must be http or https with a host, in ASCII, without user and fragment, was "
              + url.toASCIIString());
    }
  }

  /** Returns the purge of all answers with one of the tags. */
  public static Purge tags(Collection<String> tags) {
    return new Purge(new LinkedHashSet<>(tags), Set.of());
  }

  /** As {@link #tags(Collection)}. */
  public static Purge tags(String... tags) {
    return tags(List.of(tags));
  }

  /** Returns the purge of the answers of URLs. */
  public static Purge urls(Collection<URI> urls) {
    return new Purge(Set.of(), new LinkedHashSet<>(urls));
  }

  /** As {@link #urls(Collection)}. */
  public static Purge urls(URI... urls) {
    return urls(List.of(urls));
  }

  /** Returns how many tags and URLs there are. */
  public int size() {
    return tags.size() + urls.size();
  }
}
