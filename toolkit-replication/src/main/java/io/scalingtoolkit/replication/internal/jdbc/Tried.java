// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.jdbc;

import io.scalingtoolkit.replication.internal.node.Node;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Lists of nodes that have failed a read, null while there are none. */
final class Tried {
  private Tried() {}

  static List<Node> and(@Nullable List<Node> before, Node node) {
    List<Node> tried = before == null ? new ArrayList<>(4) : before;
    tried.add(node);
    return tried;
  }
}
