// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.account;

import io.scalingtoolkit.sample.platform.Micros;
import io.scalingtoolkit.sample.platform.audit.AuditLog;
import io.scalingtoolkit.sample.platform.ops.DataFolder;
import io.scalingtoolkit.sample.platform.privacy.PersonalData;
import io.scalingtoolkit.sample.platform.sql.StorageFullException;
import io.scalingtoolkit.sample.platform.sql.Transactions;
import io.scalingtoolkit.sample.platform.web.Problem;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import org.springframework.util.StreamUtils;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * The document with everything that is stored about a user. It is written to a nameless file on one
 * snapshot of the database and sent from there, so a slow client keeps no connection and a large
 * account no memory. One user has one export at a time, and few are written at once, so that
 * exports leave readers for everybody else. Thread-safe.
 */
@Component
final class AccountExport {

  private static final int WRITTEN_AT_ONCE = 2;
  private static final Duration RETRY_AFTER = Duration.ofSeconds(5);

  private final AccountRepository accounts;
  private final SessionRepository sessions;
  private final AuditLog audit;
  private final Transactions transactions;
  private final List<PersonalData> features;
  private final DataFolder folder;
  private final JsonMapper json;
  private final Clock clock;
  private final Semaphore writers = new Semaphore(WRITTEN_AT_ONCE);
  private final Set<String> served = ConcurrentHashMap.newKeySet();

  AccountExport(
      AccountRepository accounts,
      SessionRepository sessions,
      AuditLog audit,
      Transactions transactions,
      List<PersonalData> features,
      DataFolder folder,
      JsonMapper json,
      Clock clock) {
    this.accounts = accounts;
    this.sessions = sessions;
    this.audit = audit;
    this.transactions = transactions;
    this.features = List.copyOf(features);
    this.folder = folder;
    this.json = json;
    this.clock = clock;
  }

  /**
   * Sends the document of a user; the answer begins only when the document is complete.
   *
   * @throws Problem 429 while another export of this user runs, 503 while too many are written
   * @throws IOException when the client breaks off
   */
  void send(String userId, HttpServletResponse response) throws IOException {
    if (!served.add(userId)) {
      throw Problem.tooManyRequests(RETRY_AFTER);
    }
    try (FileChannel file = open()) {
      writeAlone(userId, file);
      response.setContentType(MediaType.APPLICATION_JSON_VALUE);
      response.setContentLengthLong(file.size());
      response.setHeader(
          HttpHeaders.CONTENT_DISPOSITION, "attachment; filename=\"account-" + userId + ".json\"");
      Channels.newInputStream(file.position(0)).transferTo(response.getOutputStream());
    } finally {
      served.remove(userId);
    }
  }

  private FileChannel open() {
    try {
      return folder.scratch();
    } catch (IOException noSpace) {
      throw new StorageFullException("An export could not be begun.", noSpace);
    }
  }

  private void writeAlone(String userId, FileChannel file) {
    if (!writers.tryAcquire()) {
      throw Problem.unavailable(RETRY_AFTER);
    }
    try {
      transactions.write(
          userId,
          () -> {
            // Takes turns with a deletion, whose audit row is to be the last.
            if (!accounts.lock(userId)) {
              throw Problem.notFound();
            }
            audit.append(userId, "account.exported", userId, "");
            return true;
          });
      transactions.read(userId, () -> write(userId, file));
    } finally {
      writers.release();
    }
  }

  private boolean write(String userId, FileChannel target) {
    AccountRow account = accounts.find(userId).orElseThrow(Problem::notFound);
    ObjectWriter unflushed = json.writer().without(SerializationFeature.FLUSH_AFTER_WRITE_VALUE);
    try (JsonGenerator out =
        unflushed.createGenerator(StreamUtils.nonClosing(Channels.newOutputStream(target)))) {
      Consumer<Object> value = thing -> unflushed.writeValue(out, thing);
      out.writeStartObject();
      out.writeStringProperty("exportedAt", Micros.text(Micros.now(clock)));
      out.writeName("user");
      value.accept(account.view());
      out.writeArrayPropertyStart("sessions");
      sessions.of(userId).forEach(session -> value.accept(session(session)));
      out.writeEndArray();
      out.writeArrayPropertyStart("audit");
      audit.each(userId, value);
      out.writeEndArray();
      for (PersonalData feature : features) {
        out.writeArrayPropertyStart(feature.section());
        feature.export(userId, value);
        out.writeEndArray();
      }
      out.writeEndObject();
    } catch (JacksonException failure) {
      throw hasIoCause(failure)
          ? new StorageFullException("An export could not be written.", failure)
          : failure;
    }
    return true;
  }

  /** Jackson wraps what the file says, at some places twice. */
  private static boolean hasIoCause(Throwable failure) {
    Throwable cause = failure.getCause();
    return cause instanceof IOException || (cause != null && hasIoCause(cause));
  }

  private static Map<String, String> session(SessionRepository.Row session) {
    Map<String, String> shown = new LinkedHashMap<>();
    shown.put("id", session.id());
    shown.put("createdAt", Micros.text(session.createdAt()));
    shown.put("refreshedAt", Micros.text(session.refreshedAt()));
    shown.put("expiresAt", Micros.text(session.expiresAt()));
    return shown;
  }
}
