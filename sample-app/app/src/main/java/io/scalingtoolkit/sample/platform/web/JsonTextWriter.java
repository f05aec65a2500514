// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.web;

import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ser.std.StdSerializer;

/** Writes checked JSON text as it stands. */
final class JsonTextWriter extends StdSerializer<JsonText> {

  JsonTextWriter() {
    super(JsonText.class);
  }

  @Override
  public void serialize(JsonText value, JsonGenerator target, SerializationContext context) {
    target.writeRawValue(value.text());
  }
}
