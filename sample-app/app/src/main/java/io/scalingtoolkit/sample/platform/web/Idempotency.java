// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.web;

import io.scalingtoolkit.sample.platform.Ids;
import io.scalingtoolkit.sample.platform.Micros;
import io.scalingtoolkit.sample.platform.sql.Slots;
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
  private final Ids ids;
  private final Set<String> running = Collections.newSetFromMap(new ConcurrentHashMap<>());

  Idempotency(
      IdempotencyRows rows,
      Fingerprints fingerprints,
      JsonMapper json,
      Clock clock,
      Transactions transactions,
      Ids ids) {
    this.rows = rows;
    this.fingerprints = fingerprints;
    this.json = json;
    this.clock = clock;
    this.transactions = transactions;
    this.ids = ids;
  }

  /**
   * Runs the effect in a write transaction, once per key of this caller and path.
   *
   * @param request the request; its Idempotency-Key header may be absent, then the effect just runs
   * @param userId the user whom the key belongs to, and whose erasure erases the stored answer
   * @param effect runs inside the transaction, again in a new one when the database gave another
   *     transaction precedence; a problem thrown from it rolls everything back. It gives a 2xx
   *     answer whose body Jackson can write; of its headers Location and ETag are kept for a replay
   * @return the effect's answer, or the stored one with {@code Idempotency-Replayed: true}
   * @throws Problem 400 bad key, 422 key used with another body, 409 first request still running
   */
  public ResponseEntity<?> run(
      HttpServletRequest request, String userId, Supplier<ResponseEntity<?>> effect) {
    return run(new Call<>(request, userId, ids -> userId, id -> id, id -> effect.get()), userId);
  }

  /**
   * As {@link #run(HttpServletRequest, String, Supplier)} for a call that makes a user, with slow
   * preparation (hashing a password) that runs before the transaction and not at all for a replay.
   *
   * @param <P> what preparation hands to the effect
   * @param request as above
   * @param caller a fixed word for calls without a user
   * @param prepare runs outside any transaction; gets where the id of the new user is to be taken
   *     from, which places the user where the answer is stored
   * @param owner says which id that was
   * @param effect as above
   * @return as above
   */
  public <P> ResponseEntity<?> run(
      HttpServletRequest request,
      String caller,
      Function<Ids, P> prepare,
      Function<P, String> owner,
      Function<P, ResponseEntity<?>> effect) {
    return run(new Call<>(request, caller, prepare, owner, effect), null);
  }

  /** What is asked for. */
  private record Call<P>(
      HttpServletRequest request,
      String caller,
      Function<Ids, P> prepare,
      Function<P, String> owner,
      Function<P, ResponseEntity<?>> effect) {}

  private <P> ResponseEntity<?> run(Call<P> call, @Nullable String userId) {
    HttpServletRequest request = call.request();
    String key = key(request);
    if (key == null) {
      P prepared = call.prepare().apply(ids);
      return transactions.write(call.owner().apply(prepared), () -> call.effect().apply(prepared));
    }
    String id =
        fingerprints.ofKey(call.caller(), ApiPaths.withoutVersion(request.getRequestURI()), key);
    String place = userId == null ? id : userId;
    Stored stored = new Stored(id, fingerprints.ofRequest(request), place);
    if (!running.add(id)) {
      throw Problem.conflict("The first request with this Idempotency-Key still runs.", RETRY);
    }
    try {
      Optional<ResponseEntity<?>> replayed = replay(stored);
      if (replayed.isPresent()) {
        return replayed.get();
      }
      P prepared = call.prepare().apply(ids.in(Slots.of(place)));
      return firstTime(stored, call.owner().apply(prepared), () -> call.effect().apply(prepared));
    } finally {
      running.remove(id);
    }
  }

  /** Which answer, for which request, and what rows it is placed with. */
  private record Stored(String id, String fingerprint, String place) {}

  /**
   * Erases the stored answers that belong to a user; to be called in the erasing transaction.
   *
   * @param ownerId the user's identifier
   */
  public void forget(String ownerId) {
    rows.deleteOwnedBy(ownerId);
  }

  private ResponseEntity<?> firstTime(
      Stored stored, String owner, Supplier<ResponseEntity<?>> effect) {
    try {
      return transactions.write(
          stored.place(),
          () -> {
            long now = Micros.now(clock);
            rows.deleteIfOlder(stored.id(), now - Micros.of(KEPT));
            rows.insert(stored.id(), owner, stored.fingerprint(), now);
            ResponseEntity<?> answer = effect.get();
            store(stored.id(), answer);
            return answer;
          });
    } catch (DuplicateKeyException elsewhere) {
      // Looked up where the write was refused, because a copy may not have the row yet.
      return transactions.write(stored.place(), () -> replay(stored)).orElseThrow(() -> elsewhere);
    }
  }

  private Optional<ResponseEntity<?>> replay(Stored stored) {
    long oldest = Micros.now(clock) - Micros.of(KEPT);
    Optional<IdempotencyRows.Row> row =
        transactions.read(stored.place(), () -> rows.find(stored.id(), oldest));
    return row.map(
        found -> {
          if (!found.fingerprint().equals(stored.fingerprint())) {
            throw Problem.unprocessable(
                "This Idempotency-Key was used with another body; take a new key.");
          }
          return toResponse(found);
        });
  }

  private void store(String id, ResponseEntity<?> response) {
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
            body == null ? null : json.writeValueAsString(body)));
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
