// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.route;

import io.scalingtoolkit.replication.internal.engine.Role;
import java.util.Locale;

/** Why a statement went where it went. */
public enum Reason {
  /** A replica that qualifies. */
  READ(Role.REPLICA),
  /** A replica, after the session or the read had waited for it. */
  WAITED(Role.REPLICA),
  /** A replica, after the same read had failed on another node. */
  RETRIED(Role.REPLICA),
  /** A replica that is being tried again after failures. */
  TRIAL(Role.REPLICA),
  /** The statement writes or locks. */
  WRITE(Role.PRIMARY),
  /** The statement might write, or its text does not tell. */
  UNCERTAIN(Role.PRIMARY),
  /** The transaction is not declared read-only, or is serializable. */
  TRANSACTION(Role.PRIMARY),
  /** The connection has state of its own on the primary. */
  SESSION_STATE(Role.PRIMARY),
  /** A feature of JDBC that binds early or writes: streams, batches, generated keys, calls. */
  FEATURE(Role.PRIMARY),
  /** A hint in the statement, a scope or the settings ask for the primary. */
  ASKED(Role.PRIMARY),
  /** The consistency asked for is strong. */
  STRONG(Role.PRIMARY),
  /** The position of what the session has written or seen is not known yet. */
  PENDING(Role.PRIMARY),
  /** No replica has got as far as the session has seen. */
  BEHIND(Role.PRIMARY),
  /** No replica is as current as the bound asks. */
  STALE(Role.PRIMARY),
  /** No replica can be used. */
  NO_REPLICA(Role.PRIMARY),
  /** The read failed on the replicas. */
  REPLICAS_FAILED(Role.PRIMARY),
  /** A replica refused the statement. */
  HEALED(Role.PRIMARY),
  /** The session's position is of another cluster or of a history that was cut off. */
  FOREIGN(Role.PRIMARY);

  private final Role role;
  private final String tag;

  Reason(Role role) {
    this.role = role;
    this.tag = name().toLowerCase(Locale.ROOT);
  }

  /** Returns the role of the node that was chosen. */
  public Role role() {
    return role;
  }

  /** Returns the reason as metrics and events show it. */
  public String tag() {
    return tag;
  }
}
