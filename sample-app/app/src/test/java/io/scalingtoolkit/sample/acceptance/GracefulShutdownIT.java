// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.sample.acceptance.Api.Account;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** SIGTERM while requests are under way. */
final class GracefulShutdownIT {
  private static final int SLOW = 20;
  private static final int BUSY = 8;

  @Test
  void terminate_duringRequests_failsNoneThatWasAccepted() throws Exception {
    RunningApp app = RunningApp.expendable();
    Account account = app.api().newAccount();
    List<RawHttp> slow = new ArrayList<>();
    for (int i = 0; i < SLOW; i++) {
      slow.add(acceptedWithoutBody(app, account));
    }
    ExecutorService threads = Executors.newFixedThreadPool(BUSY);
    CountDownLatch underWay = new CountDownLatch(BUSY * 10);
    List<Future<List<Answer>>> busy =
        IntStream.range(0, BUSY)
            .mapToObj(i -> threads.submit(untilRefused(app.api(), account, underWay)))
            .toList();
    assertThat(underWay.await(30, TimeUnit.SECONDS)).isTrue();

    app.terminate();

    for (Future<List<Answer>> answers : busy) {
      for (Answer answer : answers.get(40, TimeUnit.SECONDS)) {
        answer.expect(201);
      }
    }
    threads.shutdown();
    assertThat(app.isAlive()).as("waits for the slow requests").isTrue();
    for (RawHttp raw : slow) {
      raw.send("{\"data\":{}}");
    }
    for (RawHttp raw : slow) {
      String answer = raw.readHead();
      assertThat(RawHttp.status(answer)).as(answer).isEqualTo(201);
      raw.close();
    }
    int code = app.awaitExit(Duration.ofSeconds(35));
    assertThat(code).as("exit code of an orderly end").isIn(0, 143);
    assertThat(app.standardError()).doesNotContain("Exception");
  }

  /** Sends a request without its body and waits until the server asks for it. */
  private static RawHttp acceptedWithoutBody(RunningApp app, Account account) throws Exception {
    RawHttp raw = RawHttp.connect(app.port());
    raw.send(
        "POST /api/items HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            + "Content-Length: 11\r\nExpect: 100-continue\r\n"
            + "Authorization: Bearer "
            + account.accessToken()
            + "\r\n\r\n");
    assertThat(RawHttp.status(raw.readHead())).isEqualTo(100);
    return raw;
  }

  /** Creates items until the server takes no more requests; every answer there is counts. */
  private static Callable<List<Answer>> untilRefused(
      Api api, Account account, CountDownLatch underWay) {
    return () -> {
      List<Answer> answers = new ArrayList<>();
      try {
        while (!Thread.currentThread().isInterrupted()) {
          answers.add(api.post("/api/items", Api.item("{}")).as(account).send());
          underWay.countDown();
        }
      } catch (UncheckedIOException e) {
        assertThat(underWay.getCount()).as("refused only at the end: %s", e).isZero();
      }
      return answers;
    };
  }
}
