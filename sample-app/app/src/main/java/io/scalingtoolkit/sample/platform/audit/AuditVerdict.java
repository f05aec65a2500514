// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.audit;

/** What checking the chain of one account found. */
public sealed interface AuditVerdict {

  /**
   * Every row is as it was written and none is missing; immutable.
   *
   * @param rows number of rows
   */
  record Intact(long rows) implements AuditVerdict {}

  /**
   * Something has been changed after it was written; immutable.
   *
   * @param seq number of the first row that is wrong or missing
   * @param reason what is wrong with it, for an operator
   */
  record Broken(long seq, String reason) implements AuditVerdict {}
}
