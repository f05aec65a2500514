// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.mysql;

import java.nio.file.Path;

/**
 * An unpacked or installed server program. Immutable.
 *
 * @param file the program, an absolute path
 * @param home directory that holds program and messages, an absolute path
 * @param share directory with messages, character sets and the statements for new data directories
 * @param identity a text that is different when the program's content is
 */
record ServerProgram(Path file, Path home, Path share, String identity) {}
