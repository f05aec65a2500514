// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.build;

import static java.util.Comparator.comparing;
import static java.util.stream.Collectors.joining;

import java.util.List;
import java.util.stream.IntStream;
import javax.annotation.processing.ProcessingEnvironment;
import javax.lang.model.element.AnnotationMirror;
import javax.lang.model.element.Element;
import javax.lang.model.element.ElementKind;
import javax.lang.model.element.ExecutableElement;
import javax.lang.model.element.Modifier;
import javax.lang.model.element.PackageElement;
import javax.lang.model.element.TypeElement;
import javax.lang.model.element.TypeParameterElement;
import javax.lang.model.type.ArrayType;
import javax.lang.model.type.DeclaredType;
import javax.lang.model.type.ExecutableType;
import javax.lang.model.type.TypeKind;
import javax.lang.model.type.TypeMirror;
import javax.lang.model.util.ElementFilter;
import javax.lang.model.util.Elements;
import javax.lang.model.util.Types;

/** The text of one forwarding interface; the same for the same interface, whatever the JDK. */
final class ForwardingSource {
  static final String SQL_EXCEPTION = "java.sql.SQLException";
  private static final String CLIENT_INFO_EXCEPTION = "java.sql.SQLClientInfoException";

  private final Elements elements;
  private final Types types;
  private final String packageName;
  private final TypeElement target;
  private final String simpleName;

  ForwardingSource(ProcessingEnvironment environment, PackageElement home, TypeElement target) {
    this.elements = environment.getElementUtils();
    this.types = environment.getTypeUtils();
    this.packageName = home.getQualifiedName().toString();
    this.target = target;
    this.simpleName = "Forwarding" + target.getSimpleName();
  }

  String qualifiedName() {
    return packageName.isEmpty() ? simpleName : packageName + "." + simpleName;
  }

  String text() {
    List<ExecutableElement> methods = methods();
    StringBuilder text = new StringBuilder();
    if (!packageName.isEmpty()) {
      text.append("package ").append(packageName).append(";\n\n");
    }
    text.append("@org.jspecify.annotations.NullUnmarked\n");
    text.append("@javax.annotation.processing.Generated(\"")
        .append(ForwardingProcessor.class.getName())
        .append("\")\n");
    if (methods.stream().anyMatch(elements::isDeprecated)) {
      text.append("@SuppressWarnings({\"deprecation\", \"removal\"})\n");
    }
    text.append("interface ").append(simpleName);
    text.append(" extends ").append(target.getQualifiedName()).append(" {\n");
    text.append("  ").append(target.getQualifiedName());
    text.append(" delegate() throws ").append(SQL_EXCEPTION).append(";\n");
    methods.forEach(method -> append(text, method));
    return text.append("}\n").toString();
  }

  /** Instance methods without the ones that another overrides, in the order of their signatures. */
  private List<ExecutableElement> methods() {
    List<ExecutableElement> all =
        ElementFilter.methodsIn(elements.getAllMembers(target)).stream()
            .filter(ForwardingSource::isForwarded)
            .toList();
    return all.stream()
        .filter(
            method -> all.stream().noneMatch(other -> elements.overrides(other, method, target)))
        .sorted(comparing(ForwardingSource::signature))
        .toList();
  }

  // An interface has the members of Object too; a wrapper keeps its own.
  private static boolean isForwarded(ExecutableElement method) {
    Element owner = method.getEnclosingElement();
    return owner != null
        && owner.getKind() == ElementKind.INTERFACE
        && !method.getModifiers().contains(Modifier.STATIC)
        && !method.getModifiers().contains(Modifier.PRIVATE);
  }

  private static String signature(ExecutableElement method) {
    return method.getSimpleName()
        + method.getParameters().stream()
            .map(parameter -> parameter.asType().toString())
            .collect(joining(",", "(", ")"));
  }

  private void append(StringBuilder text, ExecutableElement method) {
    ExecutableType type = (ExecutableType) types.asMemberOf((DeclaredType) target.asType(), method);
    boolean plain = canThrow(type, SQL_EXCEPTION);
    boolean clientInfo = !plain && canThrow(type, CLIENT_INFO_EXCEPTION);
    text.append('\n');
    deprecation(text, method);
    text.append("  @Override\n  ");
    text.append(plain || clientInfo ? "default " : "");
    text.append(typeParameters(method));
    text.append(type.getReturnType()).append(' ');
    text.append(method.getSimpleName()).append('(').append(parameters(method, type)).append(')');
    if (!type.getThrownTypes().isEmpty()) {
      text.append(" throws ").append(list(type.getThrownTypes()));
    }
    if (plain) {
      text.append(" {\n    ").append(call(method, type, "delegate()")).append("  }\n");
    } else if (clientInfo) {
      text.append(" {\n").append(clientInfoBody(method, type)).append("  }\n");
    } else {
      text.append(";\n");
    }
  }

  private boolean canThrow(ExecutableType method, String exception) {
    TypeMirror thrown = elements.getTypeElement(exception).asType();
    return method.getThrownTypes().stream().anyMatch(type -> types.isSubtype(thrown, type));
  }

  private void deprecation(StringBuilder text, ExecutableElement method) {
    for (AnnotationMirror annotation : method.getAnnotationMirrors()) {
      Element kind = annotation.getAnnotationType().asElement();
      if (((TypeElement) kind).getQualifiedName().contentEquals(Deprecated.class.getName())) {
        text.append("  ").append(annotation).append('\n');
      }
    }
  }

  private String clientInfoBody(ExecutableElement method, ExecutableType type) {
    return "    %s target;\n".formatted(target.getQualifiedName())
        + "    try {\n"
        + "      target = delegate();\n"
        + "    } catch (%s e) {\n".formatted(CLIENT_INFO_EXCEPTION)
        + "      throw e;\n"
        + "    } catch (%s e) {\n".formatted(SQL_EXCEPTION)
        + "      throw new %s(\n".formatted(CLIENT_INFO_EXCEPTION)
        + "          e.getMessage(), e.getSQLState(), e.getErrorCode(), java.util.Map.of(), e);\n"
        + "    }\n    "
        + call(method, type, "target");
  }

  private static String call(ExecutableElement method, ExecutableType type, String receiver) {
    String arguments =
        IntStream.range(0, method.getParameters().size())
            .mapToObj(index -> "arg" + index)
            .collect(joining(", ", "(", ");\n"));
    String keyword = type.getReturnType().getKind() == TypeKind.VOID ? "" : "return ";
    // Written out because not every type argument could be inferred from the parameters.
    String typeArguments =
        method.getTypeParameters().isEmpty()
            ? ""
            : method.getTypeParameters().stream()
                .map(TypeParameterElement::toString)
                .collect(joining(", ", "<", ">"));
    return keyword + receiver + "." + typeArguments + method.getSimpleName() + arguments;
  }

  // Own names: the class path of --release has no parameter names, that of a JDK itself has.
  private static String parameters(ExecutableElement method, ExecutableType type) {
    List<? extends TypeMirror> parameters = type.getParameterTypes();
    int last = parameters.size() - 1;
    return IntStream.rangeClosed(0, last)
        .mapToObj(
            index ->
                index == last && method.isVarArgs()
                    ? ((ArrayType) parameters.get(index)).getComponentType() + "... arg" + index
                    : parameters.get(index) + " arg" + index)
        .collect(joining(", "));
  }

  private static String typeParameters(ExecutableElement method) {
    if (method.getTypeParameters().isEmpty()) {
      return "";
    }
    return method.getTypeParameters().stream()
        .map(ForwardingSource::typeParameter)
        .collect(joining(", ", "<", "> "));
  }

  private static String typeParameter(TypeParameterElement parameter) {
    String bounds =
        parameter.getBounds().stream().map(TypeMirror::toString).collect(joining(" & "));
    return bounds.equals(Object.class.getName())
        ? parameter.toString()
        : parameter + " extends " + bounds;
  }

  private static String list(List<? extends TypeMirror> list) {
    return list.stream().map(TypeMirror::toString).collect(joining(", "));
  }
}
