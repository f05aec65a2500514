// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.postgres;

import io.scalingtoolkit.core.consistency.Position;
import io.scalingtoolkit.replication.internal.PositionLaws;
import java.util.Random;

final class PostgresPositionLawsTest extends PositionLaws {
  PostgresPositionLawsTest() {
    super(new PostgresPosition.Type());
  }

  @Override
  protected Position random(Random random) {
    boolean usual = random.nextInt(8) != 0;
    int timeline = usual ? 1 : random.nextBoolean() ? 2 : -1;
    // Half of them above 2^63, where a signed comparison gives the other answer.
    long lsn = random.nextInt(40) + (random.nextBoolean() ? Long.MIN_VALUE : 0);
    return PostgresPosition.of(usual ? -7 : 7, timeline, lsn);
  }
}
