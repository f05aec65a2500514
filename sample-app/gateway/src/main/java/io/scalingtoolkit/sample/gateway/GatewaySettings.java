// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.gateway;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * What can be set. Immutable.
 *
 * @param instancesFile file with one {@code host:port} a line; null for no instances at all
 * @param maxBody largest body of a request, at least 1 byte
 * @param connectTimeout longest wait for a connection to an instance, at least 1 ms
 * @param responseTimeout longest silence of an instance while a client waits, at least 1 ms
 * @param probePath where an instance says that it is ready
 * @param probeInterval time between two questions to one instance, at least 1 ms
 * @param probeTimeout longest wait for that answer, at least 1 ms
 */
@ConfigurationProperties(GatewaySettings.PREFIX)
record GatewaySettings(
    @Nullable Path instancesFile,
    @DefaultValue("2MB") DataSize maxBody,
    @DefaultValue("1s") Duration connectTimeout,
    @DefaultValue("30s") Duration responseTimeout,
    @DefaultValue("/actuator/health/readiness") String probePath,
    @DefaultValue("1s") Duration probeInterval,
    @DefaultValue("1s") Duration probeTimeout) {

  static final String PREFIX = "gateway";

  GatewaySettings {
    if (maxBody.toBytes() < 1) {
      throw new IllegalArgumentException(
          PREFIX + ".max-body must be at least 1 byte; got " + maxBody.toBytes());
    }
    requirePositive("connect-timeout", connectTimeout);
    requirePositive("response-timeout", responseTimeout);
    requirePositive("probe-interval", probeInterval);
    requirePositive("probe-timeout", probeTimeout);
    if (!probePath.startsWith("/")) {
      throw new IllegalArgumentException(
          PREFIX + ".probe-path must begin with a slash; got " + probePath);
    }
  }

  private static void requirePositive(String name, Duration value) {
    if (value.toMillis() < 1) {
      throw new IllegalArgumentException(
          PREFIX + "." + name + " must be at least 1 ms; got " + value);
    }
  }
}
