// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.media;

import io.scalingtoolkit.sample.account.AccountView;
import io.scalingtoolkit.sample.platform.web.ApiPaths;
import io.scalingtoolkit.sample.platform.web.Etags;
import io.scalingtoolkit.sample.platform.web.Problem;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.security.Principal;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Upload and removal of the caller's own picture. Thread-safe. */
@RestController
@RequestMapping(
    path = {ApiPaths.ROOT + "/users/{id}/avatar", ApiPaths.VERSIONED + "/users/{id}/avatar"},
    version = ApiPaths.V1)
final class AvatarController {

  private final AvatarService avatars;
  private final AvatarFiles files;

  AvatarController(AvatarService avatars, AvatarFiles files) {
    this.avatars = avatars;
    this.files = files;
  }

  @PutMapping(produces = MediaType.APPLICATION_JSON_VALUE)
  ResponseEntity<AccountView> upload(
      @PathVariable String id,
      Principal caller,
      HttpServletRequest request,
      @RequestHeader(name = HttpHeaders.IF_MATCH, required = false) @Nullable String ifMatch)
      throws IOException {
    requireOwn(id, caller);
    if (request.getContentLengthLong() > AvatarFiles.LIMIT_BYTES) {
      throw Problem.tooLarge(AvatarFiles.LIMIT_BYTES);
    }
    String name = files.store(request.getInputStream());
    boolean linked = false;
    try {
      AccountView account = avatars.replace(id, name, ifMatch);
      linked = true;
      return ResponseEntity.ok().eTag(Etags.of(account.version())).body(account);
    } finally {
      if (!linked) {
        files.delete(name);
      }
    }
  }

  @DeleteMapping
  ResponseEntity<Void> remove(
      @PathVariable String id,
      Principal caller,
      @RequestHeader(name = HttpHeaders.IF_MATCH, required = false) @Nullable String ifMatch) {
    requireOwn(id, caller);
    avatars.remove(id, ifMatch);
    return ResponseEntity.noContent().build();
  }

  private static void requireOwn(String id, Principal caller) {
    if (!id.equals(caller.getName())) {
      throw Problem.notFound();
    }
  }
}
