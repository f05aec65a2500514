// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.util.List;
import java.util.Map;

/**
 * Database servers that are only talked about.
 *
 * @param name of the shard
 * @param log is told what happens
 */
record FakeEngines(String name, List<String> log) implements Engines {

  @Override
  public Map<String, String> environment() {
    return Map.of(
        "APP_DATABASE_KIND",
        "postgres",
        "APP_DATABASE_PASSWORD",
        "secret",
        "APP_DATABASE_PRIMARY_URL",
        "jdbc:" + name + ":primary",
        "APP_DATABASE_REPLICAS_0_URL",
        "jdbc:" + name + ":replica");
  }

  @Override
  public List<String> report() {
    return List.of("engine of " + name);
  }

  @Override
  public void close() {
    log.add("closed " + name);
  }
}
