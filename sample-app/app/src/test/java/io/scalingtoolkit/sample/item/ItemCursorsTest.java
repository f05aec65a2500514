// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.item;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.scalingtoolkit.sample.platform.web.Problem;
import io.scalingtoolkit.sample.platform.web.ServerSecretFixture;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

final class ItemCursorsTest {

  private static final String USER = "01a1fcf9-ddd8-7000-b814-71efd1f7893c";
  private static final String ID = "01a1fcff-5b71-7000-9046-40e466575e79";

  private final ItemCursors cursors = new ItemCursors(ServerSecretFixture.zero());

  @Property(tries = 500)
  void read_written_isTheSame(@ForAll @LongRange(min = 0) long createdAt) {
    ItemCursor cursor = new ItemCursor(createdAt, ID);

    String text = cursors.write(cursor, USER);

    assertThat(cursors.read(text, USER)).isEqualTo(cursor);
    assertThat(text).hasSizeLessThanOrEqualTo(200).matches("[A-Za-z0-9_-]+");
  }

  @Property(tries = 1_000)
  void read_anyOtherText_isRefused(@ForAll String text) {
    assertThatThrownBy(() -> cursors.read(text, USER)).isInstanceOf(Problem.class);
  }

  @Test
  void read_anyCharacterChanged_isRefused() {
    String text = cursors.write(new ItemCursor(1_000_000, ID), USER);

    for (int i = 0; i < text.length() - 1; i++) {
      char other = text.charAt(i) == 'A' ? 'B' : 'A';
      String changed = text.substring(0, i) + other + text.substring(i + 1);
      assertThatThrownBy(() -> cursors.read(changed, USER)).isInstanceOf(Problem.class);
    }
  }

  @Test
  void read_ofAnotherUser_isRefused() {
    String text = cursors.write(new ItemCursor(1_000_000, ID), USER);

    assertThatThrownBy(() -> cursors.read(text, ID)).isInstanceOf(Problem.class);
  }
}
