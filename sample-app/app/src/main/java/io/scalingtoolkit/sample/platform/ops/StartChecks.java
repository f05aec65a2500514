// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.ops;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.env.Environment;

/**
 * What must be true before anything starts: the port is free and the data folder is ours. Runs
 * before the first bean exists, so that a refusal costs half a second and prints one line.
 */
final class StartChecks implements ApplicationContextInitializer<GenericApplicationContext> {

  private static final List<String> DATABASES = List.of("sqlite", "postgres", "mariadb", "mysql");

  /** Not for callers: Spring instantiates this class from META-INF/spring.factories. */
  StartChecks() {}

  @Override
  public void initialize(GenericApplicationContext context) {
    Environment settings = context.getEnvironment();
    requireFreePort(settings);
    requireKnownDatabase(settings.getProperty("app.database.kind", "sqlite"));
    String root = settings.getProperty("app.data-dir", "data");
    long free = number(settings, "app.min-free-mib", 64, Long.MAX_VALUE);
    DataFolder folder = DataFolder.open(path(root), free);
    context.registerBean(DataFolder.class, () -> folder);
  }

  private static void requireFreePort(Environment settings) {
    int port = (int) number(settings, "server.port", 8080, 65_535);
    if (port == 0) {
      return;
    }
    String address = settings.getProperty("server.address");
    try (ServerSocket probe = new ServerSocket()) {
      probe.setReuseAddress(true);
      probe.bind(
          address == null
              ? new InetSocketAddress(port)
              : new InetSocketAddress(InetAddress.getByName(address), port));
    } catch (IOException e) {
      throw new StartRefusedException(
          "port %d (server.port) cannot be opened: %s".formatted(port, e.getMessage()), e);
    }
  }

  private static void requireKnownDatabase(String kind) {
    if (!DATABASES.contains(kind.toLowerCase(Locale.ROOT))) {
      throw new StartRefusedException(
          "app.database.kind must be one of %s, but is '%s'"
              .formatted(String.join(", ", DATABASES), kind));
    }
  }

  private static long number(Environment settings, String name, long fallback, long largest) {
    String text = settings.getProperty(name);
    if (text == null || text.isBlank()) {
      return fallback;
    }
    try {
      long value = Long.parseLong(text.strip());
      if (value >= 0 && value <= largest) {
        return value;
      }
    } catch (NumberFormatException e) {
      throw notANumber(name, largest, text);
    }
    throw notANumber(name, largest, text);
  }

  private static StartRefusedException notANumber(String name, long largest, String text) {
    return new StartRefusedException(
        "%s must be a whole number from 0 to %d, but is '%s'".formatted(name, largest, text));
  }

  private static Path path(String root) {
    try {
      return Path.of(root);
    } catch (InvalidPathException e) {
      throw new StartRefusedException("app.data-dir is not a path: " + e.getReason(), e);
    }
  }
}
