// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.edge;

import io.micrometer.core.instrument.MeterRegistry;
import io.scalingtoolkit.cache.http.BatchingPurger;
import io.scalingtoolkit.cache.http.EdgePurger;
import io.scalingtoolkit.cache.http.HttpPurger;
import io.scalingtoolkit.cache.http.Purger;
import java.net.URI;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Wires the cache in front of the application, if there is one. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(EdgeSettings.class)
class EdgeConfiguration {

  @Bean
  Edge edge(EdgeSettings settings, MeterRegistry meters) {
    boolean byUrl = settings.purger() == EdgeSettings.Kind.NGINX;
    return new Edge(purger(settings, meters), byUrl ? settings.site() : null);
  }

  private static @Nullable Purger purger(EdgeSettings settings, MeterRegistry meters) {
    URI url = settings.url();
    if (url == null) {
      return null;
    }
    Purger cache =
        switch (settings.purger()) {
          case NGINX -> EdgePurger.nginx(url);
          case VARNISH -> EdgePurger.varnish(url);
          case HTTP -> http(settings, url);
          case NONE -> throw new IllegalStateException("there is nothing to purge");
        };
    String name = settings.purger().name().toLowerCase(Locale.ROOT);
    return BatchingPurger.builder(name, cache).meterRegistry(meters).build();
  }

  private static Purger http(EdgeSettings settings, URI url) {
    HttpPurger.Builder builder =
        HttpPurger.builder(url.toString()).tagsInHeader("Surrogate-Key", " ");
    settings.headers().forEach(builder::header);
    return builder.build();
  }
}
