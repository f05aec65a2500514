// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.web;

import java.io.StringWriter;
import java.util.regex.Pattern;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.deser.std.StdDeserializer;

/**
 * Reads an object field as text, token by token, so that a number keeps the digits it was sent
 * with. Cost: linear in the input, no recursion.
 */
final class JsonTextReader extends StdDeserializer<JsonText> {

  /** An exponent that no decimal type of the usual languages holds. */
  private static final Pattern ABSURD = Pattern.compile("[eE][-+]?0*[1-9][0-9]{9,}$");

  private static final JsonFactory FACTORY = new JsonFactory();

  JsonTextReader() {
    super(JsonText.class);
  }

  @Override
  public JsonText deserialize(JsonParser parser, DeserializationContext context) {
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      throw RejectedValueException.of(parser, "must be an object");
    }
    return copy(parser);
  }

  /** Copies the value the parser stands on, without insignificant white space. */
  static JsonText copy(JsonParser parser) {
    StringWriter out = new StringWriter();
    int depth = 0;
    int deepest = 0;
    try (JsonGenerator target = FACTORY.createGenerator(ObjectWriteContext.empty(), out)) {
      do {
        JsonToken token = parser.currentToken();
        depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
        deepest = Math.max(deepest, depth);
        copyToken(parser, token, target);
        if (depth > 0) {
          parser.nextToken();
        }
      } while (depth > 0);
    }
    return new JsonText(out.toString(), deepest);
  }

  private static void copyToken(JsonParser parser, JsonToken token, JsonGenerator target) {
    switch (token) {
      case START_OBJECT -> target.writeStartObject();
      case END_OBJECT -> target.writeEndObject();
      case START_ARRAY -> target.writeStartArray();
      case END_ARRAY -> target.writeEndArray();
      case PROPERTY_NAME -> target.writeName(text(parser));
      case VALUE_STRING -> target.writeString(text(parser));
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> target.writeNumber(number(parser));
      case VALUE_TRUE -> target.writeBoolean(true);
      case VALUE_FALSE -> target.writeBoolean(false);
      case VALUE_NULL -> target.writeNull();
      default -> throw RejectedValueException.of(parser, "must be plain JSON");
    }
  }

  private static String text(JsonParser parser) {
    String text = parser.getString();
    if (UnicodeText.hasLoneSurrogate(text)) {
      throw RejectedValueException.of(parser, "must not contain an unpaired surrogate");
    }
    return text;
  }

  private static String number(JsonParser parser) {
    String digits = parser.getString();
    if (digits.length() > 10 && ABSURD.matcher(digits).find()) {
      throw RejectedValueException.of(
          parser, "must not contain a number whose exponent has more than nine digits");
    }
    return digits;
  }
}
