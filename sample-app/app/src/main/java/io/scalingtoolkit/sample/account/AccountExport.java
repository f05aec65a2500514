// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.account;

import io.scalingtoolkit.sample.platform.Micros;
import io.scalingtoolkit.sample.platform.audit.AuditLog;
import io.scalingtoolkit.sample.platform.privacy.PersonalData;
import io.scalingtoolkit.sample.platform.sql.Transactions;
import io.scalingtoolkit.sample.platform.web.Problem;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.json.JsonMapper;

/**
 * The document with everything that is stored about a user. It is written to a temporary file on
 * one snapshot of the database and sent from there, so a slow client keeps no connection and a
 * large account no memory. Thread-safe.
 */
@Component
final class AccountExport {

  private final AccountRepository accounts;
  private final SessionRepository sessions;
  private final AuditLog audit;
  private final Transactions transactions;
  private final List<PersonalData> features;
  private final JsonMapper json;
  private final Clock clock;

  AccountExport(
      AccountRepository accounts,
      SessionRepository sessions,
      AuditLog audit,
      Transactions transactions,
      List<PersonalData> features,
      JsonMapper json,
      Clock clock) {
    this.accounts = accounts;
    this.sessions = sessions;
    this.audit = audit;
    this.transactions = transactions;
    this.features = List.copyOf(features);
    this.json = json;
    this.clock = clock;
  }

  /** Sends the document of a user; the answer begins only when the document is complete. */
  void send(String userId, HttpServletResponse response) throws IOException {
    transactions.write(
        () -> {
          audit.append(userId, "account.exported", userId, "");
          return true;
        });
    Path file = Files.createTempFile("export", ".json");
    try {
      try (OutputStream out = Files.newOutputStream(file)) {
        transactions.read(() -> write(userId, out));
      }
      response.setContentType(MediaType.APPLICATION_JSON_VALUE);
      response.setContentLengthLong(Files.size(file));
      response.setHeader(
          HttpHeaders.CONTENT_DISPOSITION, "attachment; filename=\"account-" + userId + ".json\"");
      Files.copy(file, response.getOutputStream());
    } finally {
      Files.delete(file);
    }
  }

  private boolean write(String userId, OutputStream target) {
    AccountRow account = accounts.find(userId).orElseThrow(Problem::notFound);
    try (JsonGenerator out = json.createGenerator(target)) {
      out.writeStartObject();
      out.writeStringProperty("exportedAt", Micros.text(Micros.now(clock)));
      section(out, "user", account.view());
      section(out, "sessions", sessions.of(userId).stream().map(AccountExport::session).toList());
      section(out, "audit", audit.rows(userId));
      for (PersonalData feature : features) {
        section(out, feature.section(), feature.export(userId));
      }
      out.writeEndObject();
    }
    return true;
  }

  private void section(JsonGenerator out, String name, Object content) {
    out.writeName(name);
    json.writeValue(out, content);
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
