// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.security.SecureRandom;
import java.util.HexFormat;

/** Passwords between processes of ours, which nobody has to remember. */
final class Password {

  private static final int BYTES = 24;

  private Password() {}

  /** A new one: 48 hexadecimal digits, which need no quoting anywhere. */
  static String fresh() {
    byte[] random = new byte[BYTES];
    new SecureRandom().nextBytes(random);
    return HexFormat.of().formatHex(random);
  }
}
