// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.account;

import java.text.Normalizer;
import java.util.Locale;

/**
 * Caseless form of text: NFKC, then lower, upper and lower case without regard to the locale of the
 * machine, repeated until nothing changes. This is close to the compatibility caseless matching of
 * the Unicode Standard §3.13 (D146) with what the JDK has; going through upper case makes "ß" and
 * "SS" equal, and a single pass is not enough for characters such as "ẞ".
 */
final class CaseFolding {

  /** Passes after which text is taken as it is; two suffice for all of Unicode 15. */
  private static final int MOST_PASSES = 5;

  private static final int LONGEST_INPUT = 600;
  private static final int LONGEST = 300;

  private CaseFolding() {}

  /**
   * As {@link #fold}, for what anybody may send: bounded in length and without spaces around it.
   */
  static String foldBounded(String text) {
    String key =
        fold(text.length() > LONGEST_INPUT ? text.substring(0, LONGEST_INPUT) : text.strip());
    return key.length() > LONGEST ? key.substring(0, LONGEST) : key;
  }

  static String fold(String text) {
    String folded = text;
    for (int pass = 0; pass < MOST_PASSES; pass++) {
      String next = foldOnce(folded);
      if (next.equals(folded)) {
        break;
      }
      folded = next;
    }
    return folded;
  }

  private static String foldOnce(String text) {
    String folded =
        Normalizer.normalize(text, Normalizer.Form.NFKC)
            .toLowerCase(Locale.ROOT)
            .toUpperCase(Locale.ROOT)
            .toLowerCase(Locale.ROOT);
    // A sigma at the end of a word becomes another letter than one inside it.
    return Normalizer.normalize(folded.replace('ς', 'σ'), Normalizer.Form.NFKC);
  }
}
