// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.gateway;

import java.io.IOException;
import java.io.InputStream;
import java.util.function.IntConsumer;
import org.springframework.boot.context.event.ApplicationEnvironmentPreparedEvent;
import org.springframework.context.ApplicationListener;

/**
 * Ends the gateway in good order when the process that started it is gone, however that ended. With
 * {@code gateway.stop-with-parent=true} the standard input is a pipe from the parent, and the
 * kernel closes it. Without the setting the standard input is left alone.
 */
final class ParentWatch implements ApplicationListener<ApplicationEnvironmentPreparedEvent> {

  private final InputStream pipe;
  private final IntConsumer exit;

  /** Not for callers: Spring instantiates this class from META-INF/spring.factories. */
  ParentWatch() {
    this(System.in, System::exit);
  }

  ParentWatch(InputStream pipe, IntConsumer exit) {
    this.pipe = pipe;
    this.exit = exit;
  }

  @Override
  public void onApplicationEvent(ApplicationEnvironmentPreparedEvent event) {
    if (event.getEnvironment().getProperty("gateway.stop-with-parent", Boolean.class, false)) {
      Thread watch = new Thread(this::exitAtEnd, "parent-watch");
      watch.setDaemon(true);
      watch.start();
    }
  }

  /** Blocks until the pipe ends, then exits, which runs the graceful shutdown. */
  void exitAtEnd() {
    while (hasMore()) {
      // The parent sends nothing; what comes all the same is dropped.
    }
    exit.accept(0);
  }

  private boolean hasMore() {
    try {
      return pipe.read() >= 0;
    } catch (IOException broken) {
      return false;
    }
  }
}
