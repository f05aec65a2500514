// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.account;

import java.text.Normalizer;
import java.util.Locale;

/**
 * Caseless form of text: NFKC, upper case, lower case, NFKC again, without regard to the locale of
 * the machine. This is close to the compatibility caseless matching of the Unicode Standard §3.13
 * (D146) with what the JDK has; going through upper case makes "ß" and "SS" equal.
 */
final class CaseFolding {

  private CaseFolding() {}

  static String fold(String text) {
    String nfkc = Normalizer.normalize(text, Normalizer.Form.NFKC);
    String folded = nfkc.toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT);
    // A sigma at the end of a word becomes another letter than one inside it.
    return Normalizer.normalize(folded.replace('ς', 'σ'), Normalizer.Form.NFKC);
  }
}
