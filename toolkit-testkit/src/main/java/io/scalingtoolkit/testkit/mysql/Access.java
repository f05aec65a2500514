// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.mysql;

import io.scalingtoolkit.testkit.process.DurableDirectory;
import org.jspecify.annotations.Nullable;

/**
 * The two users of a cluster's servers, valid from every host. Immutable.
 *
 * @param root the administrator, whom {@code read_only} does not bind on MariaDB
 * @param app the application: every right on data and schemas, none on the server
 */
record Access(Credentials root, Credentials app) {
  /** The known passwords of a cluster that passes. */
  static final Access KNOWN =
      new Access(new Credentials("root", "root"), new Credentials("app", "app"));

  /**
   * A user. Immutable.
   *
   * @param user name
   * @param password in clear text
   */
  record Credentials(String user, String password) {
    /** Leaves the password out. */
    @Override
    public String toString() {
      return user;
    }
  }

  /** Returns the users of durable data, or those of a cluster that passes where there are none. */
  static Access of(@Nullable DurableDirectory durable) {
    return durable == null
        ? KNOWN
        : new Access(
            new Credentials("root", durable.secret("root")),
            new Credentials("app", durable.secret("app")));
  }
}
