// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.item;

import io.scalingtoolkit.sample.platform.Micros;
import io.scalingtoolkit.sample.platform.web.JsonText;
import io.swagger.v3.oas.annotations.media.Schema;

/**
 * One row of application data. Immutable.
 *
 * @param id identifier of the row
 * @param userId the owner
 * @param data the checked JSON object
 * @param createdAt microseconds since the epoch
 * @param updatedAt microseconds since the epoch, not before {@code createdAt}
 * @param version from 1, one more with every replacement; the entity tag
 */
record Item(String id, String userId, JsonText data, long createdAt, long updatedAt, long version) {

  /** The item as the API shows it. */
  @Schema(name = "Item")
  record View(String id, String userId, JsonText data, String createdAt, String updatedAt) {}

  View view() {
    return new View(id, userId, data, Micros.text(createdAt), Micros.text(updatedAt));
  }

  Item replaced(JsonText newData, long nowMicros) {
    return new Item(id, userId, newData, createdAt, Math.max(createdAt, nowMicros), version + 1);
  }
}
