// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.ops;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.SpringBootExceptionReporter;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.web.server.PortInUseException;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/**
 * Tells in one line on standard error why the application did not start, for causes that the person
 * who started it can change. Anything else is left to Spring Boot, which logs the stack trace.
 */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class OneLineReporter implements SpringBootExceptionReporter {

  /** Not for callers: Spring instantiates this class from META-INF/spring.factories. */
  OneLineReporter(@Nullable ConfigurableApplicationContext context) {}

  @Override
  @SuppressWarnings("SystemOut") // the log is JSON for machines; this line is for a person
  public boolean reportException(Throwable failure) {
    String line = line(failure);
    if (line == null) {
      return false;
    }
    System.err.println("sample-app cannot start: " + line);
    return true;
  }

  static @Nullable String line(Throwable failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof StartRefusedException refused) {
        return refused.getMessage();
      }
      if (t instanceof PortInUseException port) {
        return "port %d (server.port) is already in use".formatted(port.getPort());
      }
      if (t instanceof BindException setting) {
        return ofSetting(setting);
      }
    }
    return null;
  }

  private static String ofSetting(BindException setting) {
    Throwable deepest = setting;
    while (deepest.getCause() != null) {
      deepest = deepest.getCause();
    }
    return "a setting under '%s' is wrong: %s"
        .formatted(setting.getName(), String.valueOf(deepest.getMessage()).replace('\n', ' '));
  }
}
