// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.ratelimit.redis;

import java.util.List;
import java.util.concurrent.CompletionStage;

/** Redis, as far as limits need it; thread-safe. Nothing here blocks. */
interface Store extends AutoCloseable {

  /** Runs a script on one key; fails at once when there is no connection. */
  CompletionStage<List<Long>> run(Script script, String key, List<String> arguments);

  /** Asks whoever has a key for a sign of life. */
  CompletionStage<?> probe(String key);

  /** Sees to it that there will be a connection; does nothing while one is being made. */
  void connect(boolean evenIfOpen);

  /** Tells whether there is a connection as far as is known. */
  boolean isOpen();

  @Override
  void close();
}
