// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.item;

import io.scalingtoolkit.sample.platform.privacy.PersonalData;
import java.util.function.Consumer;
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
  public void export(String userId, Consumer<Object> sink) {
    rows.each(userId, item -> sink.accept(item.view()));
  }

  @Override
  public void erase(String userId) {
    rows.deleteAll(userId);
  }
}
