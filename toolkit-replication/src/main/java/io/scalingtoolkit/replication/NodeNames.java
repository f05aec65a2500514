// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication;

import java.util.Objects;
import java.util.regex.Pattern;

/** The rule for names of nodes and data sources, which is that of bookmarks. */
final class NodeNames {
  static final int MAX_LENGTH = 64;

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1," + MAX_LENGTH + "}");

  private NodeNames() {}

  static boolean isName(String text) {
    return NAME.matcher(text).matches();
  }

  static String check(String name) {
    Objects.requireNonNull(name, "name");
    if (!isName(name)) {
      throw new IllegalArgumentException(
          "a name must be 1 to 64 characters of letters, digits, dot, dash and underscore, was \""
              + name
              + "\"");
    }
    return name;
  }
}
