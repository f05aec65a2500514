// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.query;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * SQL with placeholders, and what can be said of it without parsing it.
 *
 * <p>Quotes and comments are blanked out first, so that words in them do not count. Whatever looks
 * as if shards could not answer it one by one is refused unless the caller vouches for it; a word
 * that is harmless may be refused, which costs the caller one call, where a wrong answer would cost
 * more.
 *
 * <p>Immutable.
 */
final class SqlTemplate {
  private static final Pattern PLACEHOLDER =
      Pattern.compile(
          "\\{(slots|limit|after)(?::([A-Za-z_][A-Za-z0-9_]*(?:\\.[A-Za-z_][A-Za-z0-9_]*)*))?}");
  private static final Pattern DOLLAR_QUOTE = Pattern.compile("\\$(?:[A-Za-z_]\\w*)?\\$");
  private static final Pattern WINDOW_OF_ROWS =
      words("(?<!\\{)\\blimit\\b(?!\\s*\\{limit})|\\boffset\\b|\\bfetch\\s+(?:first|next)\\b");
  private static final Pattern SELECT = words("\\bselect\\b");
  private static final Pattern SEVERAL_TABLES =
      words("\\bjoin\\b|\\bapply\\b|\\bfrom\\s+[\\w.]+(?:\\s+(?:as\\s+)?\\w+)?\\s*,");
  private static final Pattern SEVERAL_ROWS =
      words("\\b(?:union|intersect|except|having)\\b|\\bover\\s*\\(|\\bover\\s+\\w");
  private static final Pattern AGGREGATE =
      words(
          "\\bdistinct\\b|\\bgroup\\s+by\\b|\\b(?:count|sum|total|min|max|avg|\\w+_agg"
              + "|group_concat|stddev\\w*|var\\w*|every|bool_\\w+|bit_\\w+|percentile_\\w+)\\s*\\(");
  private static final Pattern NOT_COMBINED =
      words(
          "\\(\\s*distinct\\b|\\bselect\\s+distinct\\b|\\b(?:avg|total|\\w+_agg|group_concat"
              + "|stddev\\w*|var_\\w+|variance|percentile_\\w+)\\s*\\(");

  private static final Pattern COUNTED =
      words("\\(\\s*distinct\\b|\\b(?:count|sum|min|max|avg|\\w+_agg)\\s*\\(");

  private final String sql;
  private final String visible;
  private final List<Placeholder> placeholders;

  /** Where a placeholder is; {@code column} where it names one. */
  private record Placeholder(int start, int end, String name, @Nullable String column) {}

  private SqlTemplate(String sql, String visible, List<Placeholder> placeholders) {
    this.sql = sql;
    this.visible = visible;
    this.placeholders = placeholders;
  }

  private static Pattern words(String pattern) {
    return Pattern.compile(pattern, Pattern.CASE_INSENSITIVE);
  }

  static SqlTemplate parse(String sql) {
    if (sql.contains("\\'") || sql.contains("\\\"")) {
      throw new IllegalArgumentException(
          "a backslash before a quote means different things to different databases; pass the text"
              + " as a parameter");
    }
    String visible = blanked(sql);
    List<Placeholder> found = new ArrayList<>();
    Matcher matcher = PLACEHOLDER.matcher(visible);
    while (matcher.find()) {
      if (matcher.group(2) != null && !matcher.group(1).equals("slots")) {
        throw new IllegalArgumentException(
            "only {slots} can name a column, not " + matcher.group());
      }
      // A comment in MySQL, an operator in PostgreSQL.
      if (visible
          .substring(visible.lastIndexOf('\n', matcher.start()) + 1, matcher.start())
          .contains("#")) {
        throw new IllegalArgumentException(matcher.group() + " must not follow # in its line");
      }
      found.add(
          new Placeholder(matcher.start(), matcher.end(), matcher.group(1), matcher.group(2)));
    }
    if (PLACEHOLDER.matcher(sql).results().count() != found.size()) {
      throw new IllegalArgumentException("a placeholder must not be within quotes or a comment");
    }
    return new SqlTemplate(sql, visible, List.copyOf(found));
  }

  /** The same text with blanks for what is quoted or a comment. */
  private static String blanked(String sql) {
    char[] text = sql.toCharArray();
    int i = 0;
    while (i < text.length) {
      int end = hiddenEnd(sql, i);
      if (end == i) {
        i++;
      }
      for (; i < end; i++) {
        text[i] = text[i] == '\n' ? '\n' : ' ';
      }
    }
    return new String(text);
  }

  private static int hiddenEnd(String sql, int start) {
    char first = sql.charAt(start);
    if (first == '\'' || first == '"' || first == '`') {
      return after(sql, String.valueOf(first), start + 1);
    }
    if (sql.startsWith("--", start)) {
      return after(sql, "\n", start);
    }
    if (sql.startsWith("/*", start)) {
      return after(sql, "*/", start + 2);
    }
    if (first == '$') {
      Matcher tag = DOLLAR_QUOTE.matcher(sql).region(start, sql.length());
      if (tag.lookingAt()) {
        return after(sql, tag.group(), tag.end());
      }
    }
    return start;
  }

  private static int after(String sql, String end, int from) {
    int at = sql.indexOf(end, from);
    return at < 0 ? sql.length() : at + end.length();
  }

  /** Refuses the SQL unless it reads owned slots only, or everything on purpose. */
  void requireSlots(boolean everywhere) {
    if (everywhere && count("slots") > 0) {
      throw new IllegalArgumentException(
          "everywhere() reads all rows; the SQL must have no {slots}");
    }
    if (!everywhere && count("slots") == 0) {
      throw new IllegalArgumentException(
          "the SQL must have {slots} in its condition, or a row that is just moving counts twice;"
              + " for tables that do not move say everywhere()");
    }
  }

  /** Refuses what cuts the rows of a shard in another way than by {@code limit {limit}}. */
  void requireNoOtherLimit(boolean limited) {
    Matcher matcher = WINDOW_OF_ROWS.matcher(visible);
    if (matcher.find()) {
      throw new IllegalArgumentException(
          "\""
              + matcher.group()
              + "\" cannot be sent to each shard: write limit {limit} and set limit(n); instead of"
              + " an offset go on after the last key, with page()");
    }
    if (count("limit") > (limited ? 1 : 0)) {
      throw new IllegalArgumentException(
          limited ? "{limit} must be there once" : "{limit} needs limit(n)");
    }
  }

  void requireAfter(boolean paged) {
    if (count("after") != (paged ? 1 : 0)) {
      throw new IllegalArgumentException(
          paged ? "a page needs {after} once in its condition" : "{after} is for page() only");
    }
    if (paged && count("limit") != 1) {
      throw new IllegalArgumentException("a page needs limit {limit}");
    }
  }

  /** Refuses what may need rows of several shards; the rows are put together group by group. */
  void requireGroups() {
    requireOneTable();
    refuse(NOT_COMBINED, "cannot be put together from the shards");
  }

  /** As {@link #requireGroups}, for rows that are only counted. */
  void requireDistinct() {
    requireOneTable();
    refuse(COUNTED, "counts at each shard; select the values themselves");
  }

  /** Refuses what may need rows of several shards; the rows are taken as they are. */
  void requireRows() {
    requireOneTable();
    refuse(AGGREGATE, "needs groupedBy");
  }

  private void requireOneTable() {
    refuse(SEVERAL_TABLES, "may join rows of several shards");
    refuse(SEVERAL_ROWS, "may need rows of several shards");
    if (SELECT.matcher(visible).results().count() > Math.max(1, count("slots"))) {
      throw new IllegalArgumentException(
          "each select must have its own {slots}; if all it needs is at the shard of the row, say"
              + " colocated()");
    }
  }

  private void refuse(Pattern pattern, String why) {
    Matcher matcher = pattern.matcher(visible);
    if (matcher.find()) {
      throw new IllegalArgumentException(
          "\""
              + matcher.group().strip()
              + "\" "
              + why
              + "; if all it needs is at the shard of the row, say colocated()");
    }
  }

  private long count(String name) {
    return placeholders.stream().filter(each -> each.name().equals(name)).count();
  }

  boolean hasLimit() {
    return count("limit") > 0;
  }

  /** How many parameters come before {@code {after}}. */
  int parametersBeforeAfter() {
    int end =
        placeholders.stream()
            .filter(each -> each.name().equals("after"))
            .mapToInt(Placeholder::start)
            .findFirst()
            .orElse(0);
    // A doubled one is an operator of PostgreSQL.
    return (int) visible.substring(0, end).replace("??", "").chars().filter(c -> c == '?').count();
  }

  /** The SQL for a shard. */
  String text(ShardSlice slice, long limit, String after) {
    StringBuilder text = new StringBuilder();
    int from = 0;
    for (Placeholder each : placeholders) {
      text.append(sql, from, each.start());
      switch (each.name()) {
        case "slots" ->
            text.append(
                slice.condition(each.column() == null ? slice.slotColumn() : each.column()));
        case "limit" -> text.append(limit);
        default -> text.append(after);
      }
      from = each.end();
    }
    return text.append(sql, from, sql.length()).toString();
  }
}
