// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.ops;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.bootstrap.DefaultBootstrapContext;
import org.springframework.boot.context.event.ApplicationEnvironmentPreparedEvent;
import org.springframework.mock.env.MockEnvironment;

final class ParentWatchTest {

  @Test
  void exitAtEnd_pipeWithBytesThenClosed_exitsOnceWithZero() {
    AtomicInteger exits = new AtomicInteger();
    AtomicInteger code = new AtomicInteger(-1);
    ParentWatch watch =
        new ParentWatch(
            new ByteArrayInputStream(new byte[1000]),
            c -> {
              exits.incrementAndGet();
              code.set(c);
            });

    watch.exitAtEnd();

    assertThat(exits).hasValue(1);
    assertThat(code).hasValue(0);
  }

  @Test
  void exitAtEnd_brokenPipe_exits() {
    AtomicInteger exits = new AtomicInteger();
    ParentWatch watch = new ParentWatch(brokenPipe(), code -> exits.incrementAndGet());

    watch.exitAtEnd();

    assertThat(exits).hasValue(1);
  }

  @Test
  void onApplicationEvent_settingOn_exitsWhenThePipeEnds() throws Exception {
    CompletableFuture<Thread> exit = new CompletableFuture<>();
    ParentWatch watch =
        new ParentWatch(
            new ByteArrayInputStream(new byte[0]), code -> exit.complete(Thread.currentThread()));

    watch.onApplicationEvent(
        event(new MockEnvironment().withProperty("app.stop-with-parent", "true")));

    Thread watcher = exit.get(10, TimeUnit.SECONDS);
    assertThat(watcher.isDaemon()).isTrue();
    watcher.join();
  }

  @Test
  void onApplicationEvent_settingAbsent_leavesTheInputAlone() {
    AtomicInteger reads = new AtomicInteger();
    InputStream counting =
        new InputStream() {
          @Override
          public int read() {
            return reads.incrementAndGet();
          }
        };

    new ParentWatch(counting, code -> {}).onApplicationEvent(event(new MockEnvironment()));

    assertThat(Thread.getAllStackTraces().keySet())
        .noneMatch(thread -> thread.getName().equals("parent-watch"));
    assertThat(reads).hasValue(0);
  }

  private static InputStream brokenPipe() {
    return new InputStream() {
      @Override
      public int read() throws IOException {
        throw new IOException("gone");
      }
    };
  }

  private static ApplicationEnvironmentPreparedEvent event(MockEnvironment environment) {
    return new ApplicationEnvironmentPreparedEvent(
        new DefaultBootstrapContext(), new SpringApplication(), new String[0], environment);
  }
}
