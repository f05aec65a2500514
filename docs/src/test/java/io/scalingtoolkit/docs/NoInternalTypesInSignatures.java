// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.docs;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.stream.Stream;

/** Public and protected members show no type from an {@code internal} package. */
final class NoInternalTypesInSignatures extends ArchCondition<JavaClass> {
  NoInternalTypesInSignatures() {
    super("show no internal type in a public signature");
  }

  @Override
  public void check(JavaClass type, ConditionEvents events) {
    type.getCodeUnits().stream()
        .filter(NoInternalTypesInSignatures::visible)
        .filter(
            unit ->
                Stream.concat(
                        Stream.of(unit.getRawReturnType()), unit.getRawParameterTypes().stream())
                    .anyMatch(used -> used.getPackageName().contains(".internal")))
        .forEach(unit -> events.add(SimpleConditionEvent.violated(unit, unit.getFullName())));
  }

  private static boolean visible(JavaCodeUnit unit) {
    return unit.getModifiers().contains(JavaModifier.PUBLIC)
        || unit.getModifiers().contains(JavaModifier.PROTECTED);
  }
}
