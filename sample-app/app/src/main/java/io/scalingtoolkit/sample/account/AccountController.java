// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.account;

import io.scalingtoolkit.sample.platform.security.Caller;
import io.scalingtoolkit.sample.platform.web.ApiPaths;
import io.scalingtoolkit.sample.platform.web.AttemptLimits;
import io.scalingtoolkit.sample.platform.web.Etags;
import io.scalingtoolkit.sample.platform.web.Idempotency;
import io.scalingtoolkit.sample.platform.web.Problem;
import io.scalingtoolkit.spring.address.ClientAddresses;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Accounts over HTTP: registration for everybody, the rest for the owner. Thread-safe. */
@RestController
@RequestMapping(
    path = {ApiPaths.ROOT + "/users", ApiPaths.VERSIONED + "/users"},
    version = ApiPaths.V1,
    produces = MediaType.APPLICATION_JSON_VALUE)
final class AccountController {

  private static final String ANYBODY = "registration";
  private static final String LIMIT = "registration-account";

  private final AccountService accounts;
  private final AccountDeletion deletion;
  private final AccountExport export;
  private final Idempotency idempotency;
  private final AttemptLimits attempts;
  private final ClientAddresses addresses;
  private final NameClaims claims = new NameClaims();

  AccountController(
      AccountService accounts,
      AccountDeletion deletion,
      AccountExport export,
      Idempotency idempotency,
      AttemptLimits attempts,
      ClientAddresses addresses) {
    this.accounts = accounts;
    this.deletion = deletion;
    this.export = export;
    this.idempotency = idempotency;
    this.attempts = attempts;
    this.addresses = addresses;
  }

  @PostMapping(consumes = MediaType.APPLICATION_JSON_VALUE)
  ResponseEntity<?> register(
      @RequestBody AccountRequests.Registration body, HttpServletRequest request) {
    if (body.email() != null) {
      attempts.check(LIMIT, CaseFolding.foldBounded(body.email()));
    }
    String root = ApiPaths.rootOf(request.getRequestURI());
    try (NameClaims.Claim claim = claims.open()) {
      return idempotency.run(
          request,
          ANYBODY,
          ids -> accounts.prepare(body, claim, ids),
          AccountRow::id,
          prepared -> {
            AccountRow created = accounts.create(prepared, claim);
            return ResponseEntity.created(URI.create(root + "/users/" + created.id()))
                .eTag(Etags.of(created.version()))
                .body(created.view());
          });
    } catch (DuplicateKeyException lostTheRace) {
      throw accounts.whoseNames(body, lostTheRace);
    }
  }

  @GetMapping("/{id}")
  ResponseEntity<AccountView> read(
      @PathVariable String id,
      @AuthenticationPrincipal Caller caller,
      @RequestHeader(name = HttpHeaders.IF_NONE_MATCH, required = false)
          @Nullable String ifNoneMatch) {
    AccountView account = accounts.read(own(id, caller));
    if (Etags.isCurrent(ifNoneMatch, account.version())) {
      return ResponseEntity.status(HttpStatus.NOT_MODIFIED)
          .eTag(Etags.of(account.version()))
          .cacheControl(CacheControl.noCache().cachePrivate())
          .build();
    }
    return answer(account);
  }

  @PutMapping(path = "/{id}", consumes = MediaType.APPLICATION_JSON_VALUE)
  ResponseEntity<AccountView> update(
      @PathVariable String id,
      @AuthenticationPrincipal Caller caller,
      @RequestBody AccountRequests.Update body,
      @RequestHeader(name = HttpHeaders.IF_MATCH, required = false) @Nullable String ifMatch) {
    return answer(accounts.update(own(id, caller), body.checked(), ifMatch).view());
  }

  @PutMapping(path = "/{id}/password", consumes = MediaType.APPLICATION_JSON_VALUE)
  ResponseEntity<Void> changePassword(
      @PathVariable String id,
      @AuthenticationPrincipal Caller caller,
      @RequestBody AccountRequests.PasswordChange body,
      HttpServletRequest request) {
    accounts.changePassword(own(id, caller), body, addresses.address(request));
    return ResponseEntity.noContent().build();
  }

  @DeleteMapping("/{id}")
  ResponseEntity<Void> delete(
      @PathVariable String id,
      @AuthenticationPrincipal Caller caller,
      @RequestHeader(name = HttpHeaders.IF_MATCH, required = false) @Nullable String ifMatch) {
    deletion.delete(own(id, caller), ifMatch);
    return ResponseEntity.noContent().build();
  }

  @GetMapping("/{id}/export")
  void export(
      @PathVariable String id, @AuthenticationPrincipal Caller caller, HttpServletResponse response)
      throws IOException {
    export.send(own(id, caller), response);
  }

  /** Another user's id is answered as one that does not exist. */
  private static String own(String id, Caller caller) {
    if (!id.equals(caller.userId())) {
      throw Problem.notFound();
    }
    return id;
  }

  private static ResponseEntity<AccountView> answer(AccountView account) {
    return ResponseEntity.ok()
        .eTag(Etags.of(account.version()))
        .cacheControl(CacheControl.noCache().cachePrivate())
        .body(account);
  }
}
