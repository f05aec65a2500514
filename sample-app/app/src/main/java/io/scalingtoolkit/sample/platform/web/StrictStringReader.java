// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.web;

import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.deser.std.StdDeserializer;

/** Reads a string field: only a JSON string, without NUL and without unpaired surrogates. */
final class StrictStringReader extends StdDeserializer<String> {

  StrictStringReader() {
    super(String.class);
  }

  @Override
  public String deserialize(JsonParser parser, DeserializationContext context) {
    if (parser.currentToken() != JsonToken.VALUE_STRING) {
      throw RejectedValueException.of(parser, "must be a string");
    }
    String text = parser.getString();
    if (text.indexOf('\0') >= 0) {
      throw RejectedValueException.of(parser, "must not contain the character NUL");
    }
    if (UnicodeText.hasLoneSurrogate(text)) {
      throw RejectedValueException.of(parser, "must not contain an unpaired surrogate");
    }
    return text;
  }
}
