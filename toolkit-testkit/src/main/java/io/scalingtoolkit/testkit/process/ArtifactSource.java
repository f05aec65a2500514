// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.process;

import io.scalingtoolkit.testkit.EngineException;
import java.net.URL;

/**
 * Where in the class path the files of an engine lie. Immutable.
 *
 * <p>Each variant names the Maven artifact that brings it, for the message when it is missing.
 */
public sealed interface ArtifactSource {
  /**
   * A tar archive, compressed with xz ({@code .txz}, {@code .tar.xz}) or gzip ({@code .tgz}, {@code
   * .tar.gz}).
   */
  record Archive(String resource, String artifact) implements ArtifactSource {}

  /** All files below a directory of a jar, unpacked without the directory's own path. */
  record Tree(String resource, String artifact) implements ArtifactSource {}

  /** One file, unpacked under the name given. */
  record SingleFile(String resource, String artifact, String fileName) implements ArtifactSource {}

  /** Returns the path of the resource, without a leading slash. */
  String resource();

  /** Returns the coordinates of the artifact that brings the resource. */
  String artifact();

  /** Says whether the resource is on the class path. */
  default boolean isPresent() {
    return ArtifactSource.class.getClassLoader().getResource(resource()) != null;
  }

  /**
   * Returns the place of the resource.
   *
   * @throws EngineException if it is not on the class path
   */
  default URL locate() {
    URL url = ArtifactSource.class.getClassLoader().getResource(resource());
    if (url == null) {
      throw new EngineException(
          "the class path must have "
              + artifact()
              + " for its resource "
              + resource()
              + "; it was not found");
    }
    return url;
  }
}
