// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.mysql;

/**
 * A user of the test servers. Immutable.
 *
 * @param user name, valid from every host
 * @param password in clear text
 */
record Credentials(String user, String password) {
  /** The administrator, whom {@code read_only} does not bind. */
  static final Credentials ROOT = new Credentials("root", "root");

  /** The application: every right on data and schemas, none on the server. */
  static final Credentials APP = new Credentials("app", "app");
}
