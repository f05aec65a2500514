// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.mysql;

import io.scalingtoolkit.core.consistency.Position;
import io.scalingtoolkit.replication.internal.PositionLaws;
import java.util.Random;

final class MariaDbPositionLawsTest extends PositionLaws {
  MariaDbPositionLawsTest() {
    super(new MariaDbPosition.Type());
  }

  @Override
  protected Position random(Random random) {
    if (random.nextInt(200) == 0) {
      return manyDomains(random);
    }
    Position position = MariaDbPosition.empty();
    for (int i = random.nextInt(4); i > 0; i--) {
      int domain = random.nextInt(4) - 1; // -1 is the largest
      long sequence = random.nextInt(4) + (random.nextInt(4) == 0 ? Long.MIN_VALUE : 0);
      position = position.merge(MariaDbPosition.of(domain, sequence));
    }
    return position;
  }

  /** Two thirds of the bound, so that a merge of two is on either side of it. */
  private static Position manyDomains(Random random) {
    Position position = MariaDbPosition.empty();
    int from = random.nextInt(60);
    for (int i = 0; i < 42; i++) {
      position = position.merge(MariaDbPosition.of(from + i, 1 + random.nextInt(3)));
    }
    return position;
  }
}
