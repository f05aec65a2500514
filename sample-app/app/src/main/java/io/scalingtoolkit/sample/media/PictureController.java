// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.media;

import io.scalingtoolkit.sample.platform.web.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;

/**
 * Pictures for everybody who has the address. A name never gets another content, so it is its own
 * entity tag; the hour bounds how long a shared cache shows a picture that was removed.
 * Thread-safe.
 */
@RestController
final class PictureController {

  private static final CacheControl CACHE = CacheControl.maxAge(Duration.ofHours(1)).cachePublic();

  private final AvatarFiles files;

  PictureController(AvatarFiles files) {
    this.files = files;
  }

  @GetMapping(AvatarOwnership.PATH + "{name}")
  ResponseEntity<byte[]> picture(
      @PathVariable String name,
      @RequestHeader(name = HttpHeaders.IF_NONE_MATCH, required = false)
          @Nullable String ifNoneMatch)
      throws IOException {
    AvatarFiles.Stored file = files.find(name).orElseThrow(Problem::notFound);
    String tag = "\"" + name + "\"";
    if (ifNoneMatch != null && (ifNoneMatch.strip().equals("*") || ifNoneMatch.contains(tag))) {
      return ResponseEntity.status(HttpStatus.NOT_MODIFIED).cacheControl(CACHE).eTag(tag).build();
    }
    byte[] content = read(file);
    return ResponseEntity.ok()
        .cacheControl(CACHE)
        .eTag(tag)
        .header("Content-Security-Policy", "default-src 'none'; sandbox")
        .contentType(MediaType.parseMediaType(file.type().mediaType()))
        .body(content);
  }

  private static byte[] read(AvatarFiles.Stored file) throws IOException {
    try {
      return Files.readAllBytes(file.path());
    } catch (NoSuchFileException removedMeanwhile) {
      throw Problem.notFound();
    }
  }
}
