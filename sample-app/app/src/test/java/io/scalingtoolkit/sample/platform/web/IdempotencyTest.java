// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.scalingtoolkit.sample.platform.Ids;
import io.scalingtoolkit.sample.platform.sql.SchemaFixture;
import io.scalingtoolkit.sample.platform.sql.Slots;
import io.scalingtoolkit.sample.platform.sql.Transactions;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.http.ResponseEntity;
import org.springframework.mock.web.MockHttpServletRequest;

/** One effect a key, on a real SQLite file. */
final class IdempotencyTest {

  private static final String BODY = "{\"data\":{}}";

  @TempDir Path folder;
  private SchemaFixture database;
  private Idempotency idempotency;
  private IdempotencyCleanup cleanup;
  private final MovableClock clock = new MovableClock();
  private final AtomicInteger effects = new AtomicInteger();

  @BeforeEach
  void open() {
    database = SchemaFixture.open(folder.resolve("app.db"), "V3__idempotency.sql");
    IdempotencyRows rows = new IdempotencyRows(database.jdbc());
    Fingerprints fingerprints = new Fingerprints(new ServerSecret(new byte[32]), JsonTest.mapper());
    idempotency =
        new Idempotency(
            rows,
            fingerprints,
            JsonTest.mapper(),
            clock,
            new Transactions(database.transactions()),
            () -> UUID.randomUUID().toString());
    cleanup = new IdempotencyCleanup(database.databases(), clock);
  }

  @Test
  void run_sameKeyAndBody_replaysWithoutEffect() {
    ResponseEntity<?> first = run("/api/items", "k", BODY);
    ResponseEntity<?> second = run("/api/v1/items", "k", "{ \"data\" : {} }");

    assertThat(effects).hasValue(1);
    assertThat(first.getHeaders().containsHeader("Idempotency-Replayed")).isFalse();
    assertThat(second.getHeaders().getFirst("Idempotency-Replayed")).isEqualTo("true");
    assertThat(second.getStatusCode()).isEqualTo(first.getStatusCode());
    assertThat(second.getHeaders().getLocation()).isEqualTo(first.getHeaders().getLocation());
    assertThat(second.getHeaders().getETag()).isEqualTo(first.getHeaders().getETag());
    assertThat(second.getBody()).isEqualTo(JsonText.stored("{\"n\":1}"));
  }

  @Test
  void run_sameKeyOtherBody_is422() {
    run("/api/items", "k", BODY);

    assertProblem(ProblemType.UNPROCESSABLE_CONTENT, "k", "{\"data\":{\"a\":1}}");
    assertThat(effects).hasValue(1);
  }

  @Test
  void run_otherCallerOrPath_isAnotherKey() {
    run("/api/items", "k", BODY);
    run("/api/users", "k", BODY);
    idempotency.run(request("/api/items", "k", BODY), "someone else", this::effect);

    assertThat(effects).hasValue(3);
  }

  @Test
  void run_effectFails_leavesTheKeyFree() {
    assertThatThrownBy(
            () ->
                idempotency.run(
                    request("/api/items", "k", BODY),
                    "u",
                    () -> {
                      throw Problem.conflict("no");
                    }))
        .isInstanceOf(Problem.class);

    run("/api/items", "k", BODY);
    assertThat(effects).hasValue(1);
  }

  @Test
  void run_whileTheFirstRuns_is409WithRetryAfter() throws Exception {
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    ExecutorService other = Executors.newSingleThreadExecutor();
    try {
      Future<?> first =
          other.submit(
              () ->
                  idempotency.run(
                      request("/api/items", "k", BODY),
                      "u",
                      ids -> {
                        inside.countDown();
                        assertThat(released(go)).isTrue();
                        return ids.next();
                      },
                      id -> id,
                      id -> effect()));
      assertThat(inside.await(10, TimeUnit.SECONDS)).isTrue();

      assertThatThrownBy(() -> run("/api/items", "k", BODY))
          .isInstanceOfSatisfying(
              Problem.class,
              problem -> {
                assertThat(problem.type()).isEqualTo(ProblemType.CONFLICT);
                assertThat(problem.retryAfter()).isEqualTo(Duration.ofSeconds(1));
              });
      go.countDown();
      first.get(10, TimeUnit.SECONDS);
    } finally {
      go.countDown();
      other.shutdownNow();
    }
    assertThat(effects).hasValue(1);
  }

  @Test
  void run_afterADay_runsAgain() {
    run("/api/items", "k", BODY);
    clock.advance(Duration.ofHours(24).plusMillis(1));

    run("/api/items", "k", BODY);

    assertThat(effects).hasValue(2);
  }

  @Test
  void cleanup_deletesOnlyExpiredRows() {
    for (int i = 0; i < IdempotencyCleanup.BATCH + 5; i++) {
      run("/api/items", "old" + i, BODY);
    }
    clock.advance(Duration.ofHours(24).plusMillis(1));
    run("/api/items", "new", BODY);

    assertThat(cleanup.run()).isEqualTo(IdempotencyCleanup.BATCH + 5);
    assertThat(cleanup.run()).isZero();
    assertThat(run("/api/items", "new", BODY).getHeaders().getFirst("Idempotency-Replayed"))
        .isEqualTo("true");
  }

  @Test
  void forget_owner_deletesTheStoredAnswer() {
    run("/api/items", "k", BODY);

    idempotency.forget("u");

    run("/api/items", "k", BODY);
    assertThat(effects).hasValue(2);
  }

  @Test
  void run_makesAUser_placesItWithTheAnswer() {
    String[] made = new String[1];
    ResponseEntity<?> first = register("k", made);

    assertThat(database.jdbc().sql("SELECT slot_id FROM idempotency").query(Integer.class).single())
        .isEqualTo(Slots.of(made[0]));
    assertThat(register("k", made).getHeaders().getFirst("Idempotency-Replayed")).isEqualTo("true");
    assertThat(first.getHeaders().containsHeader("Idempotency-Replayed")).isFalse();
  }

  private ResponseEntity<?> register(String key, String[] made) {
    return idempotency.run(
        request("/api/users", key, BODY),
        "registration",
        Ids::next,
        id -> id,
        id -> {
          made[0] = id;
          return effect();
        });
  }

  @Test
  void run_badKey_is400() {
    for (String key : new String[] {"", "a b", "\u00fc", "x".repeat(256), "a\tb"}) {
      assertProblem(ProblemType.BAD_REQUEST, key, BODY);
    }
    assertThat(effects).hasValue(0);
  }

  private static boolean released(CountDownLatch latch) {
    try {
      return latch.await(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private void assertProblem(ProblemType type, String key, String body) {
    assertThatThrownBy(() -> run("/api/items", key, body))
        .isInstanceOfSatisfying(
            Problem.class, problem -> assertThat(problem.type()).isEqualTo(type));
  }

  private ResponseEntity<?> run(String path, String key, String body) {
    return idempotency.run(request(path, key, body), "u", this::effect);
  }

  private ResponseEntity<?> effect() {
    int n = effects.incrementAndGet();
    return ResponseEntity.created(URI.create("/api/items/" + n)).eTag("\"1\"").body(Map.of("n", n));
  }

  private static RequestBody request(String path, String key, String body) {
    MockHttpServletRequest request = new MockHttpServletRequest("POST", path);
    request.addHeader("Idempotency-Key", key);
    return new RequestBody(request, body.getBytes(StandardCharsets.UTF_8));
  }

  private static final class MovableClock extends Clock {
    private Instant now = Instant.parse("2026-11-21T07:00:00Z");

    void advance(Duration step) {
      now = now.plus(step);
    }

    @Override
    public Instant instant() {
      return now;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      throw new UnsupportedOperationException("One zone is enough here.");
    }
  }
}
