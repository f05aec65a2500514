// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.limit;

import java.io.Reader;
import java.io.StringReader;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The parser of structured fields that Tomcat reads {@code Priority} with. It is not public, so it
 * is called by reflection; a Tomcat without it is an error.
 */
final class TomcatStructuredFields {
  private static final String PARSER = "org.apache.tomcat.util.http.parser.StructuredField";
  private static final Method PARSE_LIST = method("parseSfList");
  private static final Method PARSE_ITEM = method("parseSfItem");
  private static final Field MEMBERS = field("SfList", "listMembers");
  private static final Field PARAMETERS = field("SfListMember", "parameters");
  private static final Field VALUE = field("SfItem", "value");

  /** An item of a list, with its parameters in their order. */
  record Item(Object value, Map<String, Object> parameters) {}

  private TomcatStructuredFields() {}

  /** Parses a list of items. */
  static List<Item> parseList(String text) throws ReflectiveOperationException {
    List<Item> items = new ArrayList<>();
    for (Object member : (List<?>) MEMBERS.get(parse(PARSE_LIST, text))) {
      Map<String, Object> parameters = new LinkedHashMap<>();
      if (PARAMETERS.get(member) instanceof Map<?, ?> found) {
        for (Map.Entry<?, ?> parameter : found.entrySet()) {
          parameters.put((String) parameter.getKey(), VALUE.get(parameter.getValue()));
        }
      }
      items.add(new Item(VALUE.get(member), parameters));
    }
    return items;
  }

  /** Parses an item without parameters. */
  static Object parseItem(String text) throws ReflectiveOperationException {
    return VALUE.get(parse(PARSE_ITEM, text));
  }

  private static Object parse(Method parser, String text) throws ReflectiveOperationException {
    try {
      return parser.invoke(null, new StringReader(text));
    } catch (InvocationTargetException e) {
      throw new IllegalArgumentException("Tomcat cannot parse " + text, e.getCause());
    }
  }

  private static Method method(String name) {
    try {
      Method method = Class.forName(PARSER).getDeclaredMethod(name, Reader.class);
      method.setAccessible(true);
      return method;
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private static Field field(String type, String name) {
    try {
      Field field = Class.forName(PARSER + "$" + type).getDeclaredField(name);
      field.setAccessible(true);
      return field;
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }
}
