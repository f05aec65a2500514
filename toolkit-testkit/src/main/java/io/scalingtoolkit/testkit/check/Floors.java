// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.check;

import java.util.Arrays;

/**
 * What one session must see of each key, for one guarantee. Confined.
 *
 * <p>A floor is firm, or it is soft: then it may be missed after a promotion that lost it. Each has
 * the sequence number of the operation that set it.
 */
final class Floors {
  private final int[] firm;
  private final int[] firmBy;
  private final int[] soft;
  private final int[] softBy;

  Floors(int keys) {
    firm = new int[keys];
    firmBy = new int[keys];
    soft = new int[keys];
    softBy = new int[keys];
  }

  void clear() {
    Arrays.fill(firm, 0);
    Arrays.fill(soft, 0);
  }

  void raise(int key, int version, int by, boolean isFirm) {
    int[] versions = isFirm ? firm : soft;
    if (version > versions[key]) {
      versions[key] = version;
      (isFirm ? firmBy : softBy)[key] = by;
    }
  }

  boolean isSet(int key) {
    return firm[key] > 0 || soft[key] > 0;
  }

  int firm(int key) {
    return firm[key];
  }

  int firmBy(int key) {
    return firmBy[key];
  }

  int soft(int key) {
    return soft[key];
  }

  int softBy(int key) {
    return softBy[key];
  }

  void dropSoft(int key) {
    soft[key] = 0;
  }
}
