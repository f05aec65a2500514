// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.build;

import java.io.IOException;
import java.io.Writer;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.annotation.processing.AbstractProcessor;
import javax.annotation.processing.RoundEnvironment;
import javax.lang.model.SourceVersion;
import javax.lang.model.element.AnnotationMirror;
import javax.lang.model.element.AnnotationValue;
import javax.lang.model.element.Element;
import javax.lang.model.element.ElementKind;
import javax.lang.model.element.PackageElement;
import javax.lang.model.element.TypeElement;
import javax.lang.model.type.DeclaredType;
import javax.lang.model.type.TypeKind;
import javax.lang.model.type.TypeMirror;
import javax.tools.Diagnostic;

/** Writes the interfaces that {@link Forwarding} asks for; <em>confined</em> to one compilation. */
public final class ForwardingProcessor extends AbstractProcessor {
  private final Set<String> written = new HashSet<>();

  /** For {@link java.util.ServiceLoader}. */
  public ForwardingProcessor() {}

  @Override
  public Set<String> getSupportedAnnotationTypes() {
    return Set.of(Forwarding.class.getName());
  }

  @Override
  public SourceVersion getSupportedSourceVersion() {
    return SourceVersion.latestSupported();
  }

  @Override
  public boolean process(Set<? extends TypeElement> annotations, RoundEnvironment round) {
    for (TypeElement annotation : annotations) {
      for (Element element : round.getElementsAnnotatedWith(annotation)) {
        for (AnnotationMirror mirror : element.getAnnotationMirrors()) {
          if (mirror.getAnnotationType().asElement().equals(annotation)) {
            forward(element, mirror);
          }
        }
      }
    }
    return false;
  }

  private void forward(Element element, AnnotationMirror mirror) {
    for (AnnotationValue value : mirror.getElementValues().values()) {
      if (value.getValue() instanceof List<?> classes) {
        for (Object each : classes) {
          forward(element, mirror, (AnnotationValue) each);
        }
      }
    }
  }

  private void forward(Element element, AnnotationMirror mirror, AnnotationValue value) {
    Object literal = value.getValue();
    if (!(literal instanceof TypeMirror type) || type.getKind() == TypeKind.ERROR) {
      return; // an unknown class, which javac itself reports
    }
    if (type.getKind() == TypeKind.DECLARED
        && ((DeclaredType) type).asElement() instanceof TypeElement target) {
      if (target.getKind() != ElementKind.INTERFACE) {
        error(element, mirror, value, target + " is not an interface");
      } else if (!target.getTypeParameters().isEmpty()) {
        error(element, mirror, value, target + " is generic");
      } else {
        write(element, mirror, value, target);
      }
    } else {
      error(element, mirror, value, type + " is not an interface");
    }
  }

  private void write(
      Element element, AnnotationMirror mirror, AnnotationValue value, TypeElement target) {
    PackageElement home = processingEnv.getElementUtils().getPackageOf(element);
    TypeElement failure =
        processingEnv.getElementUtils().getTypeElement(ForwardingSource.SQL_EXCEPTION);
    if (failure == null) {
      error(element, mirror, value, "module java.sql is not readable here");
      return;
    }
    ForwardingSource source = new ForwardingSource(processingEnv, home, target);
    if (!written.add(source.qualifiedName())) {
      error(element, mirror, value, source.qualifiedName() + " is asked for more than once");
      return;
    }
    try (Writer out =
        processingEnv.getFiler().createSourceFile(source.qualifiedName(), element).openWriter()) {
      out.write(source.text());
    } catch (IOException e) {
      error(element, mirror, value, "cannot write " + source.qualifiedName() + ": " + e);
    }
  }

  private void error(
      Element element, AnnotationMirror mirror, AnnotationValue value, String reason) {
    processingEnv
        .getMessager()
        .printMessage(Diagnostic.Kind.ERROR, "@Forwarding: " + reason, element, mirror, value);
  }
}
