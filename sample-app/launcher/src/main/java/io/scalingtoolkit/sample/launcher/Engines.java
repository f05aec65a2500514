// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.util.List;
import java.util.Map;

/** The database servers that run beside an application. Thread-safe. */
interface Engines extends AutoCloseable {

  /** No server at all, as with SQLite. */
  Engines NONE =
      new Engines() {
        @Override
        public Map<String, String> environment() {
          return Map.of();
        }

        @Override
        public List<String> report() {
          return List.of();
        }

        @Override
        public void close() {
          // Nothing runs.
        }
      };

  /** Variables that tell the application where they are; passwords among them. */
  Map<String, String> environment();

  /** What runs, for people, one line a fact. */
  List<String> report();

  /** Shuts the servers down in order; their data stay. Closing twice is allowed. */
  @Override
  void close();
}
