// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.schema;

/** How far a step is at a shard. */
public enum SchemaProgress {
  /** Begun; by a process that is at it now, or died there. */
  RUNNING,
  /** Through. */
  DONE,
  /** It threw; the table {@code tk_schema} has the message. */
  FAILED
}
