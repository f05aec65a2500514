// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.web;

import io.micrometer.core.instrument.MeterRegistry;
import io.scalingtoolkit.core.consistency.BookmarkCodec;
import io.scalingtoolkit.core.consistency.BookmarkKey;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Bookmarks signed with a key of this installation, which the processes on one database share. They
 * travel only where there are replicas.
 */
@Configuration(proxyBeanMethods = false)
class BookmarkConfiguration {

  private static final String KEY_ID = "1";

  @Bean
  BookmarkCodec bookmarkCodec(ServerSecret secret, MeterRegistry meters) {
    return BookmarkCodec.builder()
        .discoveredTypes()
        .meterRegistry(meters)
        .signingKey(BookmarkKey.of(KEY_ID, secret.tag("bookmark")))
        .build();
  }
}
