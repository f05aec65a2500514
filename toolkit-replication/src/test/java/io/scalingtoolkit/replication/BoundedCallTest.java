// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

// In a thread of its own, because a call that is not cut does not heed an interrupt.
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BoundedCallTest {
  private final CountDownLatch aborted = new CountDownLatch(1);
  private final List<String> calls = new ArrayList<>();
  private Runnable onClose = () -> {};

  private DataSource pool() {
    Connection connection =
        (Connection)
            Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {Connection.class},
                (proxy, method, args) -> {
                  calls.add(method.getName());
                  if (method.getName().equals("abort")) {
                    aborted.countDown();
                  }
                  if (method.getName().equals("close")) {
                    onClose.run();
                  }
                  return null;
                });
    return (DataSource)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {DataSource.class},
            (proxy, method, args) -> connection);
  }

  @Test
  void run_answerInTime_isReturnedAndTheConnectionClosed() throws Exception {
    BoundedCall call = new BoundedCall(Duration.ofSeconds(20));
    assertThat(call.<String>run(pool(), connection -> "answer")).isEqualTo("answer");
    call.cut();

    assertThat(calls).containsExactly("close");
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }

  /** By then it may be somebody else's. */
  @Test
  void cut_whileTheConnectionIsGivenBack_leavesItAlone() throws Exception {
    BoundedCall call = new BoundedCall(Duration.ofSeconds(20));
    onClose = call::cut;
    assertThat(call.<String>run(pool(), connection -> "answer")).isEqualTo("answer");

    assertThat(calls).containsExactly("close");
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }

  @Test
  void run_waitsForTheServerDeafToInterrupts_isAborted() {
    BoundedCall call = new BoundedCall(Duration.ofMillis(50));
    assertThatThrownBy(
            () ->
                call.run(
                    pool(),
                    connection -> {
                      // As a driver does, which waits through interrupts until its socket is gone.
                      while (aborted.getCount() > 0) {
                        Thread.onSpinWait();
                      }
                      throw new SQLException("socket closed", "08006");
                    }))
        .isInstanceOf(SQLException.class)
        .hasMessage("no answer within 50 ms");
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }

  @Test
  void run_cutWhileItConnects_doesNotAsk() {
    BoundedCall call = new BoundedCall(Duration.ofSeconds(20));
    DataSource pool = pool();
    call.cut();
    assertThatThrownBy(() -> call.run(pool, connection -> calls.add("asked")))
        .isInstanceOf(SQLException.class);
    assertThat(calls).containsExactly("close");
  }
}
