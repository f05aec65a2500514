// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.redis;

/**
 * An error that a Redis server gave as its answer to a command. Immutable.
 *
 * <p>The message names the node and the command's first word, and ends with the server's own text.
 */
public final class RedisCommandException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String error;

  RedisCommandException(String node, String command, String error) {
    super(node + " answered " + command + " with: " + error);
    this.error = error;
  }

  /** The server's text, for example {@code MOVED 3999 127.0.0.1:6381}. */
  public String error() {
    return error;
  }

  /** The first word of the server's text, for example {@code MOVED}. */
  public String code() {
    int space = error.indexOf(' ');
    return space < 0 ? error : error.substring(0, space);
  }
}
