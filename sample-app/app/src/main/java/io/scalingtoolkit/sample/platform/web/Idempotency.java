// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.web;

import io.scalingtoolkit.sample.platform.Micros;
import io.scalingtoolkit.sample.platform.sql.Transactions;
import jakarta.servlet.http.HttpServletRequest;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/**
 * Runs a POST at most once per Idempotency-Key. The row of the key, the effect and the stored
 * answer share one transaction: after a crash either all are there or none, and a repeated request
 * then replays or runs for the first time. Only successful answers are stored; an attempt that
 * ended in a problem leaves no trace and its key is free. Thread-safe.
 *
 * <p>Two requests with one key: in this process the second is told to wait (409); in another
 * process on the same database its insert waits for the first transaction, fails as a duplicate,
 * and is answered from the stored row.
 */
@Component
public class Idempotency {

  /** How long an answer can be replayed. */
  static final Duration KEPT = Duration.ofHours(24);

  private static final String REPLAYED = "Idempotency-Replayed";
  private static final Duration RETRY = Duration.ofSeconds(1);

  private final IdempotencyRows rows;
  private final Fingerprints fingerprints;
  private final JsonMapper json;
  private final Clock clock;
  private final Transactions transactions;
  private final Set<String> running = Collections.newSetFromMap(new ConcurrentHashMap<>());

  Idempotency(
      IdempotencyRows rows,
      Fingerprints fingerprints,
      JsonMapper json,
      Clock clock,
      Transactions transactions) {
    this.rows = rows;
    this.fingerprints = fingerprints;
    this.json = json;
    this.clock = clock;
    this.transactions = transactions;
  }

  /**
   * What an effect produced.
   *
   * @param response a 2xx answer whose body Jackson can write; of its headers Location and ETag are
   *     kept for a replay
   * @param ownerId the user whose erasure also erases the stored answer
   */
  public record Answer(ResponseEntity<?> response, String ownerId) {}

  /**
   * Runs the effect in a write transaction, once per key of this caller and path.
   *
   * @param request the request; its Idempotency-Key header may be absent, then the effect just runs
   * @param caller whom the key belongs to: a user id, or a fixed word for calls without a user
   * @param effect runs inside the transaction, again in a new one when the database gave another
   *     transaction precedence; a problem thrown from it rolls everything back
   * @return the effect's answer, or the stored one with {@code Idempotency-Replayed: true}
   * @throws Problem 400 bad key, 422 key used with another body, 409 first request still running
   */
  public ResponseEntity<?> run(HttpServletRequest request, String caller, Supplier<Answer> effect) {
    return run(request, caller, () -> Boolean.TRUE, ready -> effect.get());
  }

  /**
   * As {@link #run(HttpServletRequest, String, Supplier)}, with slow preparation (hashing a
   * password) that runs before the transaction and not at all for a replay.
   *
   * @param <P> what preparation hands to the effect
   * @param request as above
   * @param caller as above
   * @param prepare runs outside any transaction
   * @param effect runs inside the transaction
   * @return as above
   */
  public <P> ResponseEntity<?> run(
      HttpServletRequest request, String caller, Supplier<P> prepare, Function<P, Answer> effect) {
    String key = key(request);
    if (key == null) {
      P prepared = prepare.get();
      return transactions.write(() -> effect.apply(prepared)).response();
    }
    String id = fingerprints.ofKey(caller, ApiPaths.withoutVersion(request.getRequestURI()), key);
    String fingerprint = fingerprints.ofRequest(request);
    if (!running.add(id)) {
      throw Problem.conflict("The first request with this Idempotency-Key still runs.", RETRY);
    }
    try {
      Optional<ResponseEntity<?>> stored = replay(id, fingerprint);
      if (stored.isPresent()) {
        return stored.get();
      }
      P prepared = prepare.get();
      return firstTime(id, fingerprint, () -> effect.apply(prepared));
    } finally {
      running.remove(id);
    }
  }

  /**
   * Erases the stored answers that belong to a user; to be called in the erasing transaction.
   *
   * @param ownerId the user's identifier
   */
  public void forget(String ownerId) {
    rows.deleteOwnedBy(ownerId);
  }

  private ResponseEntity<?> firstTime(String id, String fingerprint, Supplier<Answer> effect) {
    try {
      return transactions.write(
          () -> {
            long now = Micros.now(clock);
            rows.deleteIfOlder(id, now - Micros.of(KEPT));
            rows.insert(id, fingerprint, now);
            Answer answer = effect.get();
            store(id, answer);
            return answer.response();
          });
    } catch (DuplicateKeyException elsewhere) {
      // Looked up where the write was refused, because a copy may not have the row yet.
      return transactions.write(() -> replay(id, fingerprint)).orElseThrow(() -> elsewhere);
    }
  }

  private Optional<ResponseEntity<?>> replay(String id, String fingerprint) {
    long oldest = Micros.now(clock) - Micros.of(KEPT);
    Optional<IdempotencyRows.Row> row = transactions.read(() -> rows.find(id, oldest));
    return row.map(
        found -> {
          if (!found.fingerprint().equals(fingerprint)) {
            throw Problem.unprocessable(
                "This Idempotency-Key was used with another body; take a new key.");
          }
          return toResponse(found);
        });
  }

  private void store(String id, Answer answer) {
    ResponseEntity<?> response = answer.response();
    if (!response.getStatusCode().is2xxSuccessful()) {
      throw new IllegalStateException(
          "Only 2xx answers are stored; refuse with a Problem instead of status "
              + response.getStatusCode());
    }
    Object body = response.getBody();
    rows.complete(
        id,
        new IdempotencyRows.Row(
            "",
            response.getStatusCode().value(),
            response.getHeaders().getFirst(HttpHeaders.LOCATION),
            response.getHeaders().getETag(),
            body == null ? null : json.writeValueAsString(body)),
        answer.ownerId());
  }

  private static ResponseEntity<?> toResponse(IdempotencyRows.Row row) {
    HttpHeaders headers = new HttpHeaders();
    headers.set(REPLAYED, "true");
    if (row.location() != null) {
      headers.setLocation(URI.create(row.location()));
    }
    if (row.etag() != null) {
      headers.setETag(row.etag());
    }
    String body = row.body();
    return ResponseEntity.status(HttpStatus.valueOf(row.status()))
        .headers(headers)
        .body(body == null ? null : JsonText.stored(body));
  }

  private static @Nullable String key(HttpServletRequest request) {
    List<String> keys = Collections.list(request.getHeaders("Idempotency-Key"));
    if (keys.isEmpty()) {
      return null;
    }
    String key = keys.get(0);
    if (keys.size() > 1
        || key.isEmpty()
        || key.length() > 255
        || !key.chars().allMatch(c -> c > 0x20 && c < 0x7f)) {
      throw Problem.badRequest(
          "The header Idempotency-Key must be sent once, as 1 to 255 visible ASCII characters.");
    }
    return key;
  }
}
