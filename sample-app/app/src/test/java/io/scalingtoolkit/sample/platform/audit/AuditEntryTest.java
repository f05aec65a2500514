// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.audit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AuditEntryTest {

  @Test
  void contentHash_knownEntry_isPinned() {
    AuditEntry entry = entry("user", "session.opened", "session");

    assertThat(entry.contentHash())
        .isEqualTo("bb002fd83f0ace76ed904be86e49fbe40e5cbb67e6586db1417ebbb83e8be870");
  }

  @Test
  void contentHash_textMovedBetweenComponents_differs() {
    assertThat(entry("user", "a.bc", "d").contentHash())
        .isNotEqualTo(entry("user", "a.b", "cd").contentHash());
  }

  private static AuditEntry entry(String user, String action, String subject) {
    return new AuditEntry(user, 1, 1_000_000, user, action, subject, "", AuditEntry.NO_HASH, "");
  }
}
