// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.account;

import io.scalingtoolkit.sample.platform.security.Caller;
import io.scalingtoolkit.sample.platform.web.ApiPaths;
import io.scalingtoolkit.sample.platform.web.AttemptLimits;
import io.scalingtoolkit.sample.platform.web.FieldError;
import io.scalingtoolkit.sample.platform.web.Problem;
import io.scalingtoolkit.spring.address.ClientAddresses;
import jakarta.servlet.http.HttpServletRequest;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Sessions over HTTP. Thread-safe. */
@RestController
@RequestMapping(
    path = {ApiPaths.ROOT + "/sessions", ApiPaths.VERSIONED + "/sessions"},
    version = ApiPaths.V1,
    produces = MediaType.APPLICATION_JSON_VALUE)
final class SessionController {

  private static final String LIMIT = "login-account";

  private final SessionService sessions;
  private final AttemptLimits attempts;
  private final ClientAddresses addresses;

  SessionController(SessionService sessions, AttemptLimits attempts, ClientAddresses addresses) {
    this.sessions = sessions;
    this.attempts = attempts;
    this.addresses = addresses;
  }

  /** The body of a log-in. */
  record Login(@Nullable String login, @Nullable String password) {

    @Override
    public String toString() {
      return "Login[…]";
    }
  }

  /** The body of a refresh. */
  record Refresh(@Nullable String refreshToken) {

    @Override
    public String toString() {
      return "Refresh[…]";
    }
  }

  @PostMapping(consumes = MediaType.APPLICATION_JSON_VALUE)
  ResponseEntity<SessionService.Tokens> logIn(@RequestBody Login body, HttpServletRequest request) {
    List<FieldError> errors = new ArrayList<>();
    if (body.login() == null) {
      errors.add(new FieldError("login", "is required"));
    }
    if (body.password() == null) {
      errors.add(new FieldError("password", "is required"));
    }
    if (body.login() == null || body.password() == null) {
      throw Problem.unprocessable(errors);
    }
    attempts.check(LIMIT, CaseFolding.foldBounded(body.login()));
    return answer(
        HttpStatus.CREATED,
        sessions.open(body.login(), body.password(), addresses.address(request)));
  }

  @PostMapping(path = "/refresh", consumes = MediaType.APPLICATION_JSON_VALUE)
  ResponseEntity<SessionService.Tokens> refresh(@RequestBody Refresh body) {
    if (body.refreshToken() == null) {
      throw Problem.unprocessable("refreshToken", "is required");
    }
    return answer(HttpStatus.OK, sessions.refresh(body.refreshToken()));
  }

  @DeleteMapping("/current")
  ResponseEntity<Void> logOut(@AuthenticationPrincipal Caller caller) {
    sessions.close(caller);
    return ResponseEntity.noContent().build();
  }

  private static ResponseEntity<SessionService.Tokens> answer(
      HttpStatus status, SessionService.Tokens tokens) {
    return ResponseEntity.status(status).cacheControl(CacheControl.noStore()).body(tokens);
  }
}
