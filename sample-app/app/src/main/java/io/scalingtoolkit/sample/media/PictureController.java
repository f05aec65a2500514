// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.media;

import io.scalingtoolkit.sample.platform.web.Problem;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpHeaders;
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
  void picture(
      @PathVariable String name,
      @RequestHeader(name = HttpHeaders.IF_NONE_MATCH, required = false)
          @Nullable String ifNoneMatch,
      HttpServletResponse response)
      throws IOException {
    AvatarFiles.Stored file = files.find(name).orElseThrow(Problem::notFound);
    String tag = "\"" + name + "\"";
    try (FileChannel content = open(file)) {
      response.setHeader(HttpHeaders.CACHE_CONTROL, CACHE.getHeaderValue());
      response.setHeader(HttpHeaders.ETAG, tag);
      if (ifNoneMatch != null && (ifNoneMatch.strip().equals("*") || ifNoneMatch.contains(tag))) {
        response.setStatus(HttpServletResponse.SC_NOT_MODIFIED);
        return;
      }
      response.setHeader("Content-Security-Policy", "default-src 'none'; sandbox");
      response.setContentType(file.type().mediaType());
      response.setContentLengthLong(content.size());
      Channels.newInputStream(content).transferTo(response.getOutputStream());
    }
  }

  private static FileChannel open(AvatarFiles.Stored file) throws IOException {
    try {
      return FileChannel.open(file.path());
    } catch (NoSuchFileException removedMeanwhile) {
      throw Problem.notFound();
    }
  }
}
