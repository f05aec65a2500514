// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.web;

import jakarta.servlet.http.HttpServletRequest;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.json.JsonMapper;

/**
 * Fixed-size names for keys and requests. They are keyed hashes, because the body of a registration
 * holds a password and a plain hash of it could be guessed far faster than Argon2id allows.
 * Thread-safe.
 */
@Component
final class Fingerprints {

  private final ServerSecret secret;
  private final JsonMapper json;

  Fingerprints(ServerSecret secret, JsonMapper json) {
    this.secret = secret;
    this.json = json;
  }

  /** Returns 64 hexadecimal digits for a key of one caller on one path. */
  String ofKey(String caller, String path, String key) {
    return hex(secret.tag("idempotency-key", utf8(caller), utf8(path), utf8(key)));
  }

  /**
   * Returns 64 hexadecimal digits for method, path without version, and body without insignificant
   * white space.
   */
  String ofRequest(HttpServletRequest request) {
    return hex(
        secret.tag(
            "idempotency-request",
            utf8(request.getMethod()),
            utf8(ApiPaths.withoutVersion(request.getRequestURI())),
            canonical(RequestBody.of(request))));
  }

  private byte[] canonical(byte[] body) {
    try (JsonParser parser = json.createParser(body)) {
      return parser.nextToken() == null ? body : utf8(JsonTextReader.copy(parser).text());
    } catch (JacksonException notJson) {
      return body; // the controller refuses such a body; its bytes name it well enough
    }
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String hex(byte[] tag) {
    return HexFormat.of().formatHex(tag);
  }
}
