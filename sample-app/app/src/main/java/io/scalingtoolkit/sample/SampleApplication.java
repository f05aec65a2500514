// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample;

import io.scalingtoolkit.sample.platform.security.KeyRotation;
import io.scalingtoolkit.sample.platform.sql.ServerMove;
import io.scalingtoolkit.sample.platform.sql.ShardMoves;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** Entry point of the sample application; the same jar runs in every phase. */
@SpringBootApplication(proxyBeanMethods = false)
public class SampleApplication {

  /** Not for callers: Spring instantiates this class. */
  SampleApplication() {}

  /**
   * Starts the application and returns once it accepts requests; with {@code --rotate-keys} only
   * adds a signing key to the data folder, and with {@code --add-shards} or {@code --resume-moves}
   * only moves users between shards, with {@code --move-to-server} or {@code --move-back} between
   * the SQLite file and a server.
   *
   * @param args Spring Boot arguments, for example {@code --server.port=8081}
   */
  public static void main(String[] args) {
    if (KeyRotation.isAskedFor(args)) {
      System.exit(KeyRotation.command(args));
    }
    if (ShardMoves.isAskedFor(args)) {
      System.exit(ShardMoves.command(args));
    }
    if (ServerMove.isAskedFor(args)) {
      System.exit(ServerMove.command(args));
    }
    SpringApplication.run(SampleApplication.class, args);
  }
}
