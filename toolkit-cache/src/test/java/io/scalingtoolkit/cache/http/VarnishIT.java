// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.scalingtoolkit.testkit.EngineCluster;
import io.scalingtoolkit.testkit.edge.VarnishServer;
import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** The contract with Varnish, and purges by tags. */
final class VarnishIT extends EdgeContract {
  @BeforeAll
  static void findVarnish() {
    VarnishServer.unavailable()
        .ifPresent(reason -> LoggerFactory.getLogger(VarnishIT.class).warn("skipped: {}", reason));
    assumeTrue(VarnishServer.unavailable().isEmpty(), () -> VarnishServer.unavailable().orElse(""));
  }

  @Override
  EngineCluster start(int originPort) {
    return VarnishServer.start(resource("edge.vcl"), originPort);
  }

  @Override
  URI uri(EngineCluster edge) {
    return ((VarnishServer) edge).uri();
  }

  @Override
  Purger purger(URI node) {
    return EdgePurger.varnish(node);
  }

  @Override
  Purger impatient(URI node) {
    return EdgePurger.varnish(node).withTimeout(Duration.ofMillis(100));
  }

  @Override
  void freeze(EngineCluster cluster) {
    ((VarnishServer) cluster).freeze();
  }

  @Override
  void thaw(EngineCluster cluster) {
    ((VarnishServer) cluster).thaw();
  }

  @Test
  void purge_ofTags_showsNewPagesWithinASecond_andLeavesOthers() {
    get("/a");
    get("/b");
    get("/ab");
    origin.version = 2;
    long before = System.nanoTime();
    done(purger.purge(Purge.tags("page-a", "page-never")));

    assertThat(get("/a").body()).isEqualTo("version 2");
    assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(1));
    assertThat(get("/b").body()).isEqualTo("version 1");
    assertThat(get("/ab").body()).as("a tag that begins alike").isEqualTo("version 1");
    done(purger.purge(Purge.tags("all")));
    assertThat(get("/b").body()).isEqualTo("version 2");
    assertThat(get("/ab").body()).isEqualTo("version 2");
  }

  @Test
  void purge_ofTagsWithSpecialCharacters_concernsTheseAlone() {
    for (String tag : new String[] {"a.c", "x|y", "\"q\"&&\\", "(?i)z", "$"}) {
      origin.version = 1;
      origin.policy = lifetime(3_600, 0, 0).tagged(tag);
      String path = "/" + Integer.toHexString(tag.hashCode());
      get(path);
      origin.version = 2;
      done(purger.purge(Purge.tags("abc", "x", "y", "q", "Z")));
      assertThat(get(path).body()).as(tag).isEqualTo("version 1");
      done(purger.purge(Purge.tags(tag)));
      assertThat(get(path).body()).as(tag).isEqualTo("version 2");
    }
  }

  @Test
  void purge_ofAPageThatVaries_findsAllVariants() {
    origin.policy = HttpCachePolicy.forEverybody().purgedBy(PURGER).vary("Accept-Language").build();
    for (String language : new String[] {"de", "en"}) {
      get("/a", "Accept-Language", language);
      get("/a", "Accept-Language", language);
    }
    assertThat(origin.full).hasValue(2);
    origin.version = 2;
    done(purger.purge(Purge.urls(page("/a"))));

    assertThat(get("/a", "Accept-Language", "de").body()).isEqualTo("version 2");
    assertThat(get("/a", "Accept-Language", "en").body()).isEqualTo("version 2");
  }
}
