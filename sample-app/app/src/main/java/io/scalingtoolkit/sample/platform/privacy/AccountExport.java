// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.privacy;

import tools.jackson.core.JsonGenerator;

/**
 * The part of a feature that tells a user everything it has stored about that user. Implement it as
 * a Spring bean in every feature that stores rows or files of users; implementations are
 * thread-safe.
 */
public interface AccountExport {

  /**
   * The name of this feature's member in the export document, for example {@code items}.
   *
   * @return a JSON member name, unique among the implementations
   */
  String section();

  /**
   * Writes exactly one JSON value (usually an array) with everything stored about the user. Runs in
   * a read-only transaction shared by all features, so that the document is one snapshot. Large
   * data is written piece by piece, because the document goes to a file and not to memory.
   *
   * @param userId id of the user
   * @param out generator of the document, positioned where a value is expected
   */
  void writeTo(String userId, JsonGenerator out);
}
