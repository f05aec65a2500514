// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.scalingtoolkit.cache.Invalidation;
import io.scalingtoolkit.cache.TieredCache;
import io.scalingtoolkit.core.ratelimit.RateLimit;
import io.scalingtoolkit.core.ratelimit.RateLimiters;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What docs/guide/edge.md shows. */
final class EdgeGuideTest {
  private final MeterRegistry registry = new SimpleMeterRegistry();

  private record Product(long id, long version) {}

  @Test
  void headers_ofTheGuide_areThoseItNames() {
    Purger purger = purge -> CompletableFuture.completedFuture(null);
    Product product = new Product(7, 31);
    Map<String, List<String>> request = Map.of("If-None-Match", List.of("\"1f\""));
    Map<String, List<String>> response = Map.of();
    // snippet:policy
    HttpCachePolicy products =
        HttpCachePolicy.forEverybody()
            .purgedBy(purger) // without it nothing is kept longer than the bound, 3 seconds
            .sharedMaxAge(Duration.ofHours(1))
            .staleWhileRevalidate(Duration.ofSeconds(30))
            .staleIfError(Duration.ofHours(6))
            .tags("shop")
            .build();
    // end
    // snippet:answer
    HttpAnswer answer =
        products
            .tagged("product-" + product.id())
            .answer(
                "GET",
                name -> request.getOrDefault(name, List.of()),
                name -> response.getOrDefault(name, List.of()),
                EntityTag.ofVersion(product.version()));
    // set answer.headers(), and send the body unless answer.isNotModified()
    // end

    assertThat(answer.isNotModified()).isTrue();
    assertThat(answer.headers())
        .containsExactly(
            Map.entry(
                "Cache-Control",
                "public, max-age=0, s-maxage=3600, stale-while-revalidate=3, stale-if-error=3"),
            Map.entry(
                "CDN-Cache-Control",
                "max-age=3600, stale-while-revalidate=30, stale-if-error=21600"),
            Map.entry("Surrogate-Key", "shop product-7"),
            Map.entry("ETag", "\"1f\""));
  }

  @Test
  void purger_ofTheGuide_purgesWhatTheCacheForgot() {
    List<Purge> purges = new CopyOnWriteArrayList<>();
    Purger varnish =
        purge -> {
          purges.add(purge);
          return CompletableFuture.completedFuture(null);
        };
    // snippet:purger
    BatchingPurger purger =
        BatchingPurger.builder(
                "varnish", varnish) // EdgePurger.varnish(URI.create("http://…:6081"))
            .limiter(RateLimiters.local(RateLimit.of(20).per(Duration.ofSeconds(1))))
            .meterRegistry(registry)
            .build();

    TieredCache<Long, Product> cache =
        TieredCache.<Long, Product>builder("products")
            .afterInvalidation(purger.after(EdgeGuideTest::tagsOf))
            .build();
    // end
    cache.invalidate(7L);
    cache.invalidateAll();
    cache.close();
    await().until(() -> purger.stats().done() == 2);
    purger.close();

    assertThat(purges.stream().flatMap(purge -> purge.tags().stream()).distinct())
        .containsExactlyInAnyOrder("product-7", "shop");
    assertThat(purges.stream().flatMap(purge -> purge.tags().stream()))
        .as("each once more, at the latest when it is closed")
        .hasSize(4);
  }

  // snippet:tags
  static Purge tagsOf(Invalidation<Long> what) {
    return what instanceof Invalidation.Key<Long> one
        ? Purge.tags("product-" + one.key())
        : Purge.tags("shop");
  }

  // end

  @Test
  void cdns_ofTheGuide_areAskedAsTheyWant() {
    String zone = "z";
    String token = "t";
    // snippet:cdn
    Purger cloudflare =
        HttpPurger.builder("https://api.cloudflare.com/client/v4/zones/" + zone + "/purge_cache")
            .header("Authorization", "Bearer " + token)
            .tagsInBody("tags")
            .urlsInBody("files")
            .build();
    Purger both =
        Purger.all(
            List.of(
                BatchingPurger.builder("cloudflare", cloudflare).build(),
                BatchingPurger.builder("nginx", EdgePurger.nginx(URI.create("http://10.0.0.5")))
                    .build()));
    // end
    both.close();

    assertThat(cloudflare.toString()).isEqualTo("HttpPurger[POST api.cloudflare.com]");
  }

  @ParameterizedTest
  @ValueSource(strings = {"nginx.conf", "edge.vcl"})
  void configurations_ofTheGuide_areThoseTested(String name) throws IOException {
    String tested =
        EdgeContract.resource(name)
            .replace("${listen}", "80")
            .replace("${origin}", "127.0.0.1:8080")
            .replace("${host}", "127.0.0.1")
            .replace("${port}", "8080")
            .replace("${directory}", "/var/cache/nginx");

    assertThat(Files.readString(Path.of("../docs/guide/edge.md"))).contains(tested);
  }
}
