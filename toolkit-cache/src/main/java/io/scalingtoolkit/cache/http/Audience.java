// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.http;

/** Who may keep an answer. */
enum Audience {
  /** Everybody. */
  PUBLIC,
  /** The browser of the one who asked. */
  PRIVATE,
  /** Nobody. */
  NOBODY
}
