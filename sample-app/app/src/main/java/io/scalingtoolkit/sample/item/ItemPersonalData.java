// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.item;

import io.scalingtoolkit.sample.platform.privacy.PersonalData;
import org.springframework.stereotype.Component;

/** All items of a user, for an export and for an erasure. Thread-safe. */
@Component
final class ItemPersonalData implements PersonalData {

  private final ItemRows rows;

  ItemPersonalData(ItemRows rows) {
    this.rows = rows;
  }

  @Override
  public String section() {
    return "items";
  }

  @Override
  public Object export(String userId) {
    return rows.all(userId).stream().map(Item::view).toList();
  }

  @Override
  public void erase(String userId) {
    rows.deleteAll(userId);
  }
}
