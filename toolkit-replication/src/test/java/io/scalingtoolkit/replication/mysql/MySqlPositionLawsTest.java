// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.mysql;

import io.scalingtoolkit.core.consistency.Position;
import io.scalingtoolkit.replication.internal.PositionLaws;
import java.util.Random;
import java.util.StringJoiner;

final class MySqlPositionLawsTest extends PositionLaws {
  private static final String[] SOURCES = {
    "00000000-0000-0000-0000-000000000001",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "ffffffff-ffff-ffff-ffff-ffffffffffff:a",
    "ffffffff-ffff-ffff-ffff-ffffffffffff:a_longer_tag"
  };

  MySqlPositionLawsTest() {
    super(new MySqlPosition.Type());
  }

  @Override
  protected Position random(Random random) {
    if (random.nextInt(2000) == 0) {
      return manySources(random);
    }
    StringJoiner text = new StringJoiner(",");
    for (int i = random.nextInt(4); i > 0; i--) {
      long first = 1 + random.nextInt(8);
      if (random.nextInt(8) == 0) {
        first = Intervals.MAX_NUMBER - 4;
      }
      String source = SOURCES[random.nextInt(SOURCES.length)];
      text.add(source + ":" + first + "-" + (first + random.nextInt(5)));
    }
    return MySqlPosition.parse(text.toString());
  }

  /** More than half the bound, so that a merge of two is on either side of it. */
  private static Position manySources(Random random) {
    StringJoiner text = new StringJoiner(",");
    int from = random.nextInt(1000);
    for (int i = 0; i < 600; i++) {
      text.add(String.format("00000000-0000-0000-0000-%012x:1-3", from + i));
    }
    return MySqlPosition.parse(text.toString());
  }
}
