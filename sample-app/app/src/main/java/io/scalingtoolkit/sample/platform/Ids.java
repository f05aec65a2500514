// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform;

import io.scalingtoolkit.sample.platform.sql.Slots;
import java.util.regex.Pattern;

/**
 * Source of identifiers for rows. Identifiers are UUIDs of version 7 in their 36-character text
 * form, so they sort by creation time. Implementations are thread-safe.
 */
@FunctionalInterface
public interface Ids {

  /** The text form that {@link #next()} produces; anything else cannot name a row. */
  Pattern FORM = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

  /**
   * Returns a new identifier, greater than every earlier one of this source.
   *
   * @return 36 characters, lower case
   */
  String next();

  /**
   * Returns a source of identifiers whose rows are in one slot, that of a row they belong with. One
   * takes some 4,096 attempts, which is a millisecond.
   *
   * @param slot 0 to 4,095
   */
  default Ids in(int slot) {
    return () -> {
      String id = next();
      while (Slots.of(id) != slot) {
        id = next();
      }
      return id;
    };
  }

  /**
   * Tells whether a text has the form of an identifier; it may still name nothing.
   *
   * @param text any text, for example a path segment
   * @return true when the text could be an identifier
   */
  static boolean isId(String text) {
    return text.length() == 36 && FORM.matcher(text).matches();
  }
}
