// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.http;

/** The header that carries tags to a CDN. */
public enum TagHeader {
  /** Fastly, and the VCL of the guide: {@code Surrogate-Key: a b}. */
  SURROGATE_KEY("Surrogate-Key", " "),
  /** Cloudflare, Akamai (as {@code Edge-Cache-Tag} there) and others: {@code Cache-Tag: a,b}. */
  CACHE_TAG("Cache-Tag", ",");

  private final String id;
  private final String separator;

  TagHeader(String id, String separator) {
    this.id = id;
    this.separator = separator;
  }

  /** Returns the name of the header. */
  public String id() {
    return id;
  }

  String value(Iterable<String> tags) {
    return String.join(separator, tags);
  }
}
