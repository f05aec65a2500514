// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.consistency;

import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** Base64 with the URL-safe alphabet and no padding (RFC 4648, section 5), read strictly. */
final class Base64Url {
  // The last character of a text carries 2 or 4 bits that no byte uses. The JDK ignores them, so
  // several texts would mean the same bytes; only these characters leave them zero.
  private static final String FOUR_BITS_ZERO = "AQgw";
  private static final String TWO_BITS_ZERO = "AEIMQUYcgkosw048";

  private Base64Url() {}

  static String encode(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /** Returns the bytes, or null if {@link #encode} gives this text for no bytes at all. */
  static byte @Nullable [] decode(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '.' || !SourceName.isNameChar(c)) {
        return null;
      }
    }
    char last = text.isEmpty() ? 'A' : text.charAt(text.length() - 1);
    boolean canonical =
        switch (text.length() % 4) {
          case 0 -> true;
          case 2 -> FOUR_BITS_ZERO.indexOf(last) >= 0;
          case 3 -> TWO_BITS_ZERO.indexOf(last) >= 0;
          default -> false;
        };
    return canonical ? Base64.getUrlDecoder().decode(text) : null;
  }
}
