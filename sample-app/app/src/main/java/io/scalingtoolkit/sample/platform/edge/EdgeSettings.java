// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.edge;

import java.net.URI;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The cache in front of the application. Immutable.
 *
 * @param purger how it is told of changes; without one it may keep nothing longer than 3 seconds
 * @param url address of the nginx or Varnish, or of the interface of a CDN; absent without a purger
 * @param site where users reach the application, for example {@code https://example.org}; needed
 *     for nginx, which forgets by URL
 * @param headers of each call of {@code http}, such as one with a key
 */
@ConfigurationProperties("app.edge")
record EdgeSettings(
    @DefaultValue("NONE") Kind purger,
    @Nullable URI url,
    @Nullable URI site,
    @DefaultValue Map<String, String> headers) {

  /** What stands in front. */
  enum Kind {
    /** Nothing that could be told. */
    NONE,
    NGINX,
    VARNISH,
    /** A CDN that takes tags in the header {@code Surrogate-Key}. */
    HTTP
  }

  EdgeSettings {
    headers = Map.copyOf(headers);
    if ((purger == Kind.NONE) != (url == null)) {
      throw new IllegalArgumentException(
          "app.edge.url must be given exactly if there is an app.edge.purger, which is " + purger);
    }
    if (purger == Kind.NGINX && (site == null || site.getHost() == null)) {
      throw new IllegalArgumentException(
          "app.edge.site must be an address such as https://example.org for nginx, which forgets by"
              + " URL, but is "
              + site);
    }
  }

  /** Does not show the headers, among which are secrets. */
  @Override
  public String toString() {
    return "EdgeSettings[" + purger + " " + url + "]";
  }
}
