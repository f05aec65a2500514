// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.scalingtoolkit.testkit.EngineCluster;
import io.scalingtoolkit.testkit.edge.NginxServer;
import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** The contract with nginx. */
final class NginxIT extends EdgeContract {
  @BeforeAll
  static void findNginx() {
    NginxServer.unavailable()
        .ifPresent(reason -> LoggerFactory.getLogger(NginxIT.class).warn("skipped: {}", reason));
    assumeTrue(NginxServer.unavailable().isEmpty(), () -> NginxServer.unavailable().orElse(""));
  }

  @Override
  EngineCluster start(int originPort) {
    return NginxServer.start(resource("nginx.conf"), originPort);
  }

  @Override
  URI uri(EngineCluster edge) {
    return ((NginxServer) edge).uri();
  }

  @Override
  Purger purger(URI node) {
    return EdgePurger.nginx(node);
  }

  @Override
  Purger impatient(URI node) {
    return EdgePurger.nginx(node).withTimeout(Duration.ofMillis(100));
  }

  @Override
  void freeze(EngineCluster cluster) {
    ((NginxServer) cluster).freeze();
  }

  @Override
  void thaw(EngineCluster cluster) {
    ((NginxServer) cluster).thaw();
  }

  @Test
  void pageThatVaries_whoseVariantsNoPurgeWouldFind_isNotKept() {
    origin.policy = HttpCachePolicy.forEverybody().purgedBy(PURGER).vary("Accept-Language").build();
    get("/a", "Accept-Language", "de");
    get("/a", "Accept-Language", "de");

    assertThat(origin.full).hasValue(2);
  }
}
