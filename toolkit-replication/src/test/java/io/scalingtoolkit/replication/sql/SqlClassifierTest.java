// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class SqlClassifierTest {
  private static SqlClassifier.Builder postgres() {
    return SqlClassifier.builder(SqlDialect.POSTGRESQL);
  }

  private static StatementKind kind(SqlClassifier classifier, String sql) {
    return classifier.classify(sql).kind();
  }

  @Test
  void classify_twice_returnsTheSharedInstance() {
    SqlClassifier classifier = postgres().build();

    assertThat(classifier.classify("select 1"))
        .isSameAs(classifier.classify("select 1"))
        .isSameAs(Classification.of(StatementKind.READ, RouteHint.NONE));
  }

  @Test
  void learnWrite_statement_isAWriteFromThenOn() {
    SqlClassifier classifier = postgres().build();
    assertThat(kind(classifier, "select * from v where a = 1")).isEqualTo(StatementKind.READ);

    classifier.learnWrite("select * from v where a = 1");

    assertThat(kind(classifier, "select * from v where a = 1")).isEqualTo(StatementKind.WRITE);
    assertThat(kind(classifier, "select * from w where a = 1")).isEqualTo(StatementKind.READ);
  }

  @Test
  void learnWrite_statement_coversItsShape() {
    SqlClassifier classifier = postgres().build();
    kind(classifier, "select * from v where a = 2");

    classifier.learnWrite("select * from v where a = 1");

    assertThat(
            List.of(
                "select * from v where a = 2",
                "SELECT * FROM V\nWHERE a = 'x' /* c */",
                "select * from v where a = ?",
                "select * from v where a = $1"))
        .allMatch(sql -> kind(classifier, sql) == StatementKind.WRITE);
    assertThat(
            List.of(
                "select * from v where b = 1",
                "select * from v where a = b",
                "select * from v where a > 1",
                "select * from v"))
        .allMatch(sql -> kind(classifier, sql) == StatementKind.READ);
  }

  @Test
  void learnWrite_statement_keepsItsHintAndAStrongerKind() {
    SqlClassifier classifier = postgres().build();
    classifier.learnWrite("/*@replica*/ select f(1)");
    classifier.learnWrite("set a = 1");

    assertThat(classifier.classify("/*@replica*/ select f(1)"))
        .isEqualTo(new Classification(StatementKind.WRITE, RouteHint.REPLICA));
    assertThat(kind(classifier, "set a = 2")).isEqualTo(StatementKind.SESSION);
  }

  @Test
  void learnWrite_thenAFloodOfOthers_isStillKnown() {
    SqlClassifier classifier = postgres().cacheSize(64).build();
    classifier.learnWrite("select * from v");

    for (int i = 0; i < 100_000; i++) {
      kind(classifier, "select a" + i + " from t");
    }

    assertThat(kind(classifier, "select * from v")).isEqualTo(StatementKind.WRITE);
  }

  @Test
  void learnWrite_tenThousandShapes_areAllKnown() {
    SqlClassifier classifier = postgres().build();
    for (int i = 0; i < 10_000; i++) {
      classifier.learnWrite("select * from v" + i);
    }

    for (int i = 0; i < 10_000; i++) {
      assertThat(kind(classifier, "select * from v" + i)).isEqualTo(StatementKind.WRITE);
    }
  }

  /** A thread that classified before the refusal comes to the cache after it. */
  @Test
  void learnWrite_betweenClassificationAndCache_isNotForgotten() {
    SqlClassifier classifier = postgres().build();
    String sql = "select * from v";
    Classification before = classifier.classify("select * from w");

    classifier.learnWrite(sql);

    assertThat(classifier.keep(sql, classifier.shape(sql), before).kind())
        .isEqualTo(StatementKind.WRITE);
    assertThat(kind(classifier, sql)).isEqualTo(StatementKind.WRITE);
  }

  @Test
  void classify_floodOfDistinctStatements_doesNotEvictTheHotOnes() {
    ClassificationCache cache = new ClassificationCache(1024);
    Classification read = Classification.of(StatementKind.READ, RouteHint.NONE);
    List<String> hot = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      hot.add("select " + i + " from hot");
    }
    int misses = 0;

    for (int i = 0; i < 1_000_000; i++) {
      String flood = "select * from t where id = " + i;
      if (cache.get(flood) == null) {
        cache.put(flood, i, read);
      }
      String used = hot.get(i % hot.size());
      if (cache.get(used) == null) {
        misses++;
        cache.put(used, -i, read);
      }
    }

    assertThat(misses).isLessThan(1_000);
  }

  @Test
  void classify_newHotStatements_findTheirWayIn() {
    ClassificationCache cache = new ClassificationCache(64);
    Classification read = Classification.of(StatementKind.READ, RouteHint.NONE);
    for (int generation = 0; generation < 20; generation++) {
      int misses = 0;
      for (int i = 0; i < 4_000; i++) {
        String sql = "select " + i % 16 + " from generation" + generation;
        if (cache.get(sql) == null) {
          misses++;
          cache.put(sql, i, read);
        }
      }
      assertThat(misses).isLessThan(2_000);
    }
  }

  @Test
  void classify_withoutACache_works() {
    SqlClassifier classifier = postgres().cacheSize(0).build();

    assertThat(kind(classifier, "select 1")).isEqualTo(StatementKind.READ);
    classifier.learnWrite("select 1");
    assertThat(kind(classifier, "select 1")).isEqualTo(StatementKind.WRITE);
  }

  @Test
  void classify_veryLongText_isReadUpToTheBound() {
    SqlClassifier classifier = postgres().build();
    String list = "1, ".repeat(100_000) + "1";

    assertThat(kind(classifier, "select * from t where a in (" + list + ")"))
        .isEqualTo(StatementKind.READ);
    assertThat(kind(classifier, "select * from t where a in (" + list + ") for update"))
        .isEqualTo(StatementKind.WRITE);
    assertThat(kind(classifier, "select '" + "x".repeat(1 << 20) + "'"))
        .isEqualTo(StatementKind.UNCERTAIN);
    assertThat(kind(classifier, "select " + "(".repeat(100_000) + "1" + ")".repeat(100_000)))
        .isEqualTo(StatementKind.UNCERTAIN);
    assertThat(kind(classifier, "/*".repeat(100_000))).isEqualTo(StatementKind.UNCERTAIN);
  }

  @Test
  void builder_functionLists_outrankWhatIsBuiltIn() {
    SqlClassifier classifier =
        postgres()
            .allowFunction("Current_Setting")
            .allowFunction("mine")
            .allowFunction("both")
            .denyFunction("both")
            .denyFunction("UPPER")
            .denyFunction("coalesce")
            .denyRelation("v")
            .build();

    assertThat(
            List.of(
                "select current_setting('a')",
                "select mine(1)",
                "select s.mine(1)",
                "select \"mine\"(1)",
                "select lower('a')"))
        .allMatch(sql -> kind(classifier, sql) == StatementKind.READ);
    assertThat(
            List.of(
                "select both(1)",
                "select upper('a')",
                "select coalesce(1)",
                "select * from v",
                "select * from s.\"v\""))
        .allMatch(sql -> kind(classifier, sql) == StatementKind.UNCERTAIN);
  }

  @Test
  void builder_deniedKeyword_isACall() {
    SqlClassifier classifier = postgres().denyFunction("filter").denyFunction("like").build();

    assertThat(kind(classifier, "select count(*) filter (where true)"))
        .isEqualTo(StatementKind.UNCERTAIN);
    assertThat(kind(classifier, "select like('a', 'b')")).isEqualTo(StatementKind.UNCERTAIN);
  }

  @Test
  void builder_badSettings_areRefusedByName() {
    SqlClassifier.Builder builder = postgres();

    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.cacheSize(-1))
        .withMessage("cacheSize must be 0 to 1048576: -1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.cacheSize((1 << 20) + 1))
        .withMessageContaining("1048577");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.allowFunction("s.f"))
        .withMessage("allowFunction must be a name without blanks, dots and quotes: \"s.f\"");
    assertThatIllegalArgumentException().isThrownBy(() -> builder.denyFunction(""));
    assertThatIllegalArgumentException().isThrownBy(() -> builder.denyRelation("a b"));
    FunctionCatalog other =
        new FunctionCatalog(SqlDialect.MYSQL, true, Map.of(), Set.of(), List.of());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.catalog(other))
        .withMessage("catalog must be of dialect POSTGRESQL: MYSQL");
  }

  @Test
  void catalog_viewsOverViews_areSuspectThroughAllLevels() {
    FunctionCatalog catalog =
        new FunctionCatalog(
            SqlDialect.POSTGRESQL,
            false,
            Map.of("mine", true, "yours", false),
            Set.of("remote"),
            List.of(
                new FunctionCatalog.Definition("top", "select * from middle"),
                new FunctionCatalog.Definition("middle", "select * from bottom"),
                new FunctionCatalog.Definition("bottom", "select yours(1)"),
                new FunctionCatalog.Definition("good", "select mine(1) from t"),
                new FunctionCatalog.Definition("far", "select * from remote"),
                new FunctionCatalog.Definition("hidden", "")));
    SqlClassifier classifier = postgres().catalog(catalog).build();

    assertThat(List.of("top", "middle", "bottom", "remote", "far", "hidden"))
        .allMatch(name -> kind(classifier, "select * from " + name) == StatementKind.UNCERTAIN);
    assertThat(kind(classifier, "select * from good")).isEqualTo(StatementKind.READ);
    assertThat(kind(postgres().catalog(catalog).allowFunction("yours").build(), "table top"))
        .isEqualTo(StatementKind.READ);
  }

  @Test
  void catalog_backslashesThatMayEscape_areUncertainBeforeAQuote() {
    FunctionCatalog catalog =
        new FunctionCatalog(SqlDialect.POSTGRESQL, true, Map.of(), Set.of(), List.of());
    SqlClassifier classifier = postgres().catalog(catalog).build();

    assertThat(kind(classifier, "select 'a\\'")).isEqualTo(StatementKind.UNCERTAIN);
    assertThat(kind(classifier, "select 'a\\\\'")).isEqualTo(StatementKind.READ);
  }
}
