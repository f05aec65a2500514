// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.docs;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Who may use whom, and how much of each module the outside can see. */
class ArchitectureTest {
  /**
   * Public top-level types each published module may have, in percent of its top-level types. A
   * module that needs more raises its figure here, where a reviewer sees it.
   */
  private static final Map<String, Integer> PUBLIC_SHARE_PERCENT =
      Map.of(
          "toolkit-core", 60,
          "toolkit-testkit", 60,
          "toolkit-replication", 50,
          "toolkit-sharding", 50,
          "toolkit-cache", 50,
          "toolkit-spring-boot-starter", 35);

  private static final Map<String, JavaClasses> MODULES = new TreeMap<>();

  @BeforeAll
  static void importClasses() {
    for (String module :
        List.of(
            "toolkit-core",
            "toolkit-testkit",
            "toolkit-replication",
            "toolkit-sharding",
            "toolkit-cache",
            "toolkit-spring-boot-starter",
            "sample-app/app",
            "sample-app/gateway",
            "sample-app/launcher")) {
      MODULES.put(
          module,
          new ClassFileImporter().importPath(Tree.ROOT.resolve(module).resolve("target/classes")));
    }
  }

  @Test
  void modules_all_haveBeenImported() {
    MODULES.forEach((module, imported) -> assertThat(imported).as(module).isNotEmpty());
  }

  @Test
  void core_whole_usesNoOtherModuleAndNoFramework() {
    noClasses()
        .that()
        .resideInAPackage("io.scalingtoolkit.core..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "io.scalingtoolkit.testkit..", "io.scalingtoolkit.sample..", "org.springframework..")
        .check(MODULES.get("toolkit-core"));
  }

  @Test
  void testkit_whole_usesNothingOfOurs() {
    noClasses()
        .that()
        .resideInAPackage("io.scalingtoolkit.testkit..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "io.scalingtoolkit.core..", "io.scalingtoolkit.sample..", "org.springframework..")
        .check(MODULES.get("toolkit-testkit"));
  }

  @Test
  void cache_whole_usesCoreAndNoOtherModuleAndNoFramework() {
    noClasses()
        .that()
        .resideInAPackage("io.scalingtoolkit.cache..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "io.scalingtoolkit.replication..",
            "io.scalingtoolkit.spring..",
            "io.scalingtoolkit.testkit..",
            "io.scalingtoolkit.sample..",
            "org.springframework..")
        .check(MODULES.get("toolkit-cache"));
  }

  @Test
  void sharding_whole_usesCoreAndNoOtherModuleAndNoFramework() {
    noClasses()
        .that()
        .resideInAPackage("io.scalingtoolkit.sharding..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "io.scalingtoolkit.replication..",
            "io.scalingtoolkit.cache..",
            "io.scalingtoolkit.spring..",
            "io.scalingtoolkit.testkit..",
            "io.scalingtoolkit.sample..",
            "org.springframework..")
        .check(MODULES.get("toolkit-sharding"));
  }

  @Test
  void starter_whole_usesWhatThePartsShow() {
    noClasses()
        .that()
        .resideInAPackage("io.scalingtoolkit.spring..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "io.scalingtoolkit..internal..",
            "io.scalingtoolkit.testkit..",
            "io.scalingtoolkit.sample..")
        .check(MODULES.get("toolkit-spring-boot-starter"));
  }

  @Test
  void time_inCore_isReadThroughTheClockTypesOnly() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.scalingtoolkit.core.time")
        .should()
        .callMethod(System.class, "nanoTime")
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .callMethod(java.time.Instant.class, "now")
        .check(MODULES.get("toolkit-core"));
  }

  @Test
  void time_inTheCache_isReadThroughTheClockTypesOnly() {
    noClasses()
        .should()
        .callMethod(System.class, "nanoTime")
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .callMethod(java.time.Instant.class, "now")
        .check(MODULES.get("toolkit-cache"));
  }

  @Test
  void time_inSharding_isReadThroughTheClockTypesOnly() {
    noClasses()
        .should()
        .callMethod(System.class, "nanoTime")
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .callMethod(java.time.Instant.class, "now")
        .check(MODULES.get("toolkit-sharding"));
  }

  @Test
  void features_ofTheSampleApp_meetOnlyThroughPlatform() {
    noClasses()
        .that()
        .resideInAPackage("io.scalingtoolkit.sample.platform..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "io.scalingtoolkit.sample.account..",
            "io.scalingtoolkit.sample.item..",
            "io.scalingtoolkit.sample.media..")
        .check(MODULES.get("sample-app/app"));
    slices()
        .matching("io.scalingtoolkit.sample.(*)..")
        .should()
        .beFreeOfCycles()
        .check(MODULES.get("sample-app/app"));
  }

  @Test
  void packages_ofTheLibraries_haveNoCycles() {
    for (String module : PUBLIC_SHARE_PERCENT.keySet()) {
      slices()
          .matching("io.scalingtoolkit.(**)")
          .should()
          .beFreeOfCycles()
          .check(MODULES.get(module));
    }
  }

  @Test
  void internalTypes_ofTheLibraries_areNotInPublicSignatures() {
    for (String module : PUBLIC_SHARE_PERCENT.keySet()) {
      classes()
          .that()
          .arePublic()
          .and()
          .resideOutsideOfPackage("..internal..")
          .should(new NoInternalTypesInSignatures())
          .check(MODULES.get(module));
    }
  }

  @Test
  void publicSurface_ofEachLibrary_staysSmall() {
    PUBLIC_SHARE_PERCENT.forEach(
        (module, limit) -> {
          List<JavaClass> topLevel =
              MODULES.get(module).stream()
                  .filter(JavaClass::isTopLevelClass)
                  .filter(type -> !type.getSimpleName().equals("package-info"))
                  .toList();
          List<String> open =
              topLevel.stream()
                  .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
                  .filter(type -> !type.getPackageName().contains(".internal"))
                  .map(JavaClass::getName)
                  .sorted()
                  .toList();

          assertThat(open.size() * 100 / topLevel.size())
              .as("public share of %s in percent: %s", module, open)
              .isLessThanOrEqualTo(limit);
        });
  }
}
