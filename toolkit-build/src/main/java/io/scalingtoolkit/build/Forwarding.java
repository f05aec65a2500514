// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.build;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Asks for forwarding interfaces in the package of the annotated element.
 *
 * <p>For each interface {@code X} the compiler writes a package-private {@code interface
 * ForwardingX extends X} with {@code X delegate() throws SQLException} and a default method for
 * every instance method of {@code X} and its superinterfaces, which calls the same method of {@code
 * delegate()}. A wrapper implements it and writes only the methods that differ; being an interface,
 * it leaves the wrapper free to inherit those from a class that several wrappers share. Two cases
 * follow from {@code delegate()} throwing SQLException:
 *
 * <ul>
 *   <li>a method that declares only {@link java.sql.SQLClientInfoException} gets the failure of
 *       {@code delegate()} as the cause of one, with the same message, state and code;
 *   <li>a method that cannot throw SQLException at all stays abstract, a default method too.
 * </ul>
 *
 * <p>The methods are those of the class path being compiled against, so with {@code --release 17}
 * those of Java 17. A default method that a later run time adds is not forwarded.
 */
@Retention(RetentionPolicy.SOURCE)
@Target({ElementType.PACKAGE, ElementType.TYPE})
public @interface Forwarding {
  /**
   * The interfaces to forward; each once in a package, none of them generic. Anything else is an
   * error of the compiler.
   *
   * @return class literals of interfaces
   */
  Class<?>[] value();
}
