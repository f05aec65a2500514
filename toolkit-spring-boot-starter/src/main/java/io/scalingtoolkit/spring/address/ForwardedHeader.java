// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.address;

/** Which header the trusted proxies write; immutable. */
public enum ForwardedHeader {
  /**
   * Whichever is there. A client can send the one that the proxies do not write; where both are
   * there and say different things, neither is believed.
   */
  AUTO,
  /** {@code X-Forwarded-For}; the other is not looked at. */
  X_FORWARDED_FOR,
  /** {@code Forwarded} of RFC 7239; the other is not looked at. */
  FORWARDED
}
