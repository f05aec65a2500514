// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.web;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Entity tags made from the version number of a row, and the preconditions of RFC 9110, section 13,
 * against them. Immutable.
 */
public final class Etags {

  private static final Pattern TAG = Pattern.compile("(W/)?\"([\\x21\\x23-\\x7e\\x80-\\xff]*)\"");

  private Etags() {}

  /**
   * Returns the strong entity tag of a version.
   *
   * @param version the row's version, from 1
   * @return the tag with its quotation marks
   */
  public static String of(long version) {
    return "\"" + version + "\"";
  }

  /**
   * Checks If-Match by strong comparison; to be called inside the transaction that writes.
   *
   * @param ifMatch the header as received (several joined by commas), null when absent
   * @param version the version that is stored now
   * @throws Problem 412 when the header is there and names another version, a weak tag or no tag
   */
  public static void requireMatch(@Nullable String ifMatch, long version) {
    if (ifMatch == null || ifMatch.strip().equals("*")) {
      return;
    }
    if (!contains(ifMatch, of(version), false)) {
      throw Problem.preconditionFailed();
    }
  }

  /**
   * Tells whether If-None-Match spares the caller the body, by weak comparison.
   *
   * @param ifNoneMatch the header as received, null when absent
   * @param version the version that is stored now
   * @return true when the answer is 304
   */
  public static boolean isCurrent(@Nullable String ifNoneMatch, long version) {
    return ifNoneMatch != null
        && (ifNoneMatch.strip().equals("*") || contains(ifNoneMatch, of(version), true));
  }

  private static boolean contains(String header, String tag, boolean weak) {
    Matcher found = TAG.matcher(header);
    while (found.find()) {
      boolean isWeak = found.group(1) != null;
      if ((weak || !isWeak) && tag.equals("\"" + found.group(2) + "\"")) {
        return true;
      }
    }
    return false;
  }
}
