// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.net;

import java.util.function.Consumer;

/** The two directions of one proxy. Confined to the thread of the proxy's loop. */
record Links(Link toServer, Link toClient) {

  Link of(Direction direction) {
    return direction == Direction.TO_SERVER ? toServer : toClient;
  }

  void forEach(Consumer<Link> action) {
    action.accept(toServer);
    action.accept(toClient);
  }

  boolean anyCut() {
    return toServer.isCut() || toClient.isCut();
  }
}
