// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.media;

import io.scalingtoolkit.cache.http.EntityTag;
import io.scalingtoolkit.sample.platform.edge.Edge;
import io.scalingtoolkit.sample.platform.web.Problem;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/**
 * Pictures for everybody who has the address. A name never gets another content, so it is its own
 * entity tag; a cache in front is told when a picture is removed. Thread-safe.
 */
@RestController
final class PictureController {

  private final AvatarFiles files;
  private final Edge edge;

  PictureController(AvatarFiles files, Edge edge) {
    this.files = files;
    this.edge = edge;
  }

  @GetMapping(AvatarOwnership.PATH + "{name}")
  void picture(@PathVariable String name, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    AvatarFiles.Stored file = files.find(name).orElseThrow(Problem::notFound);
    try (FileChannel content = open(file)) {
      if (edge.answer(
          request, response, EntityTag.ofVersion(name), AvatarOwnership.edgeTag(name))) {
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
