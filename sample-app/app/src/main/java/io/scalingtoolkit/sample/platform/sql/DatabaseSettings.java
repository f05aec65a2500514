// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.sql;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Which database serves the application, and how much of it. Immutable.
 *
 * @param kind the engine; only {@code SQLITE} in phase 1
 * @param readers connections for reading, 1 to 64
 * @param patience how long a request waits for a connection or for another writer before it is
 *     answered 503, 100 ms to 30 s
 */
@ConfigurationProperties("app.database")
record DatabaseSettings(
    @DefaultValue("SQLITE") Kind kind,
    @DefaultValue("4") int readers,
    @DefaultValue("3s") Duration patience) {

  DatabaseSettings {
    if (readers < 1 || readers > 64) {
      throw new IllegalArgumentException("app.database.readers must be 1 to 64, but is " + readers);
    }
    if (patience.toMillis() < 100 || patience.toSeconds() > 30) {
      throw new IllegalArgumentException(
          "app.database.patience must be 100ms to 30s, but is " + patience.toMillis() + "ms");
    }
  }

  enum Kind {
    SQLITE
  }
}
