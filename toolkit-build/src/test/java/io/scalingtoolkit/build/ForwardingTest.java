// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.build;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Array;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLClientInfoException;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ForwardingTest {
  // The only methods of the six that cannot throw SQLException.
  private static final String OWN_VERSIONS =
      """
          @Override public int getDriverMajorVersion() { return 40; }
          @Override public int getDriverMinorVersion() { return 40; }
      """;
  private static final String WRAPPERS =
      """
      package probe;

      import java.sql.*;
      import java.util.concurrent.Callable;

      @io.scalingtoolkit.build.Forwarding({
        Connection.class, Statement.class, PreparedStatement.class,
        CallableStatement.class, ResultSet.class, DatabaseMetaData.class
      })
      final class Wrappers {
      """
          + wrapper("Connection", "")
          + wrapper("Statement", "")
          + wrapper("PreparedStatement", "")
          + wrapper("CallableStatement", "")
          + wrapper("ResultSet", "")
          + wrapper("DatabaseMetaData", OWN_VERSIONS)
          + "}\n";

  @TempDir private static Path shared;
  private static Compilation jdbc;

  private static String wrapper(String name, String members) {
    return """
        public static final class %1$s_ implements Forwarding%1$s {
          private final Callable<%1$s> target;
          public %1$s_(Callable<%1$s> target) { this.target = target; }
          @Override public %1$s delegate() throws SQLException {
            try { return target.call(); }
            catch (SQLException e) { throw e; }
            catch (Exception e) { throw new AssertionError(e); }
          }
          %2$s
        }
        """
        .formatted(name, members);
  }

  @BeforeAll
  static void compileWrappers() throws Exception {
    jdbc = Compilation.of(shared, "probe/Wrappers.java", WRAPPERS);
    assertThat(jdbc.messages()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      classes = {
        Connection.class, Statement.class, PreparedStatement.class,
        CallableStatement.class, ResultSet.class, DatabaseMetaData.class
      })
  void everyMethod_called_reachesTheDelegateWithItsArguments(Class<?> jdbcInterface)
      throws Exception {
    List<Object> calls = new ArrayList<>();
    Object delegate = recording(jdbcInterface, calls);
    Object wrapper = wrapping(jdbcInterface, () -> delegate);
    Set<String> forwarded = declaredSignatures(wrapper.getClass().getInterfaces()[0]);

    for (Method method : jdbcInterface.getMethods()) {
      if (!isForwarded(method, forwarded)) {
        continue;
      }
      Object[] arguments = sampleArguments(method);
      calls.clear();
      Object result = method.invoke(wrapper, arguments);

      assertThat(calls).as(method.toString()).hasSize(1);
      Call call = (Call) calls.get(0);
      assertThat(call.signature()).isEqualTo(signature(method));
      assertThat(call.arguments()).as(method.toString()).containsExactly(arguments);
      assertThat(result).as(method.toString()).isEqualTo(sample(method.getReturnType(), 0));
    }
  }

  @ParameterizedTest
  @ValueSource(
      classes = {
        Connection.class, Statement.class, PreparedStatement.class,
        CallableStatement.class, ResultSet.class, DatabaseMetaData.class
      })
  void everyMethod_delegateThrows_failsWithThatException(Class<?> jdbcInterface) throws Exception {
    SQLException failure = new SQLException("no server", "08001", 17);
    Object wrapper =
        wrapping(
            jdbcInterface,
            () -> {
              throw failure;
            });
    Set<String> forwarded = declaredSignatures(wrapper.getClass().getInterfaces()[0]);

    for (Method method : jdbcInterface.getMethods()) {
      if (!isForwarded(method, forwarded)) {
        continue;
      }
      Throwable thrown = thrownBy(wrapper, method);
      if (method.getName().equals("setClientInfo")) {
        assertThat(thrown).isInstanceOf(SQLClientInfoException.class).hasCause(failure);
        assertThat(thrown).hasMessage("no server");
        assertThat(((SQLException) thrown).getSQLState()).isEqualTo("08001");
        assertThat(((SQLException) thrown).getErrorCode()).isEqualTo(17);
      } else {
        assertThat(thrown).as(method.toString()).isSameAs(failure);
      }
    }
  }

  @Test
  void setClientInfo_delegateThrowsClientInfoException_isNotWrapped() throws Exception {
    SQLClientInfoException failure = new SQLClientInfoException("refused", Map.of());
    Connection wrapper =
        (Connection)
            wrapping(
                Connection.class,
                () -> {
                  throw failure;
                });

    assertThat(
            thrownBy(
                wrapper, Connection.class.getMethod("setClientInfo", String.class, String.class)))
        .isSameAs(failure);
  }

  @Test
  void text_compiledAgain_isTheSame(@TempDir Path again) throws Exception {
    Compilation second = Compilation.of(again, "probe/Wrappers.java", WRAPPERS);

    for (String name : List.of("Connection", "CallableStatement")) {
      String path = "probe/Forwarding" + name + ".java";
      assertThat(second.generated(path)).isEqualTo(jdbc.generated(path));
    }
  }

  @Test
  void text_ofConnection_keepsGenericsDeprecationAndThrows() throws Exception {
    assertThat(jdbc.generated("probe/ForwardingConnection.java"))
        .startsWith("package probe;\n\n@org.jspecify.annotations.NullUnmarked\n")
        .contains("default <T> T unwrap(java.lang.Class<T> arg0) throws java.sql.SQLException {")
        .contains("java.util.Map<java.lang.String,java.lang.Class<?>> arg0)")
        .contains(" throws java.sql.SQLClientInfoException {");
    assertThat(jdbc.generated("probe/ForwardingResultSet.java"))
        .contains(
            "  @java.lang.Deprecated(since=\"1.2\")\n"
                + "  @Override\n"
                + "  default java.math.BigDecimal getBigDecimal(int arg0, int arg1)");
  }

  @Test
  void forwarding_onPackage_writesIntoThatPackage(@TempDir Path folder) throws Exception {
    Compilation compilation =
        Compilation.of(
            folder,
            "probe/package-info.java",
            "@io.scalingtoolkit.build.Forwarding(java.sql.ResultSet.class) package probe;");

    Class<?> type = compilation.load("probe.ForwardingResultSet");
    assertThat(type.isInterface()).isTrue();
    assertThat(Modifier.isPublic(type.getModifiers())).isFalse();
  }

  @Test
  void forwarding_varargsBoundsAndNoSqlException_isCompiled(@TempDir Path folder) throws Exception {
    Compilation compilation =
        Compilation.of(
            folder,
            "probe/Odd.java",
            """
            package probe;
            @io.scalingtoolkit.build.Forwarding(Odd.class)
            interface Odd extends java.util.concurrent.Callable<String> {
              <T extends Comparable<T> & java.io.Serializable> T most(
                  java.util.List<? super T> more, String... all) throws Exception;
              default int quiet() { return 1; }
              static int none() { return 2; }
            }
            """);

    Class<?> type = compilation.load("probe.ForwardingOdd");
    Method most = type.getDeclaredMethod("most", List.class, String[].class);
    assertThat(most.isVarArgs()).isTrue();
    assertThat(most.toGenericString())
        .contains("<T extends java.lang.Comparable<T> & java.io.Serializable>");
    assertThat(Modifier.isAbstract(most.getModifiers())).isFalse();
    assertThat(Modifier.isAbstract(type.getDeclaredMethod("quiet").getModifiers())).isTrue();
    assertThat(Modifier.isAbstract(type.getDeclaredMethod("call").getModifiers())).isFalse();
    assertThat(declaredSignatures(type)).doesNotContain("none[]");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "String.class|java.lang.String is not an interface",
        "int.class|int is not an interface",
        "java.sql.ResultSet[].class|java.sql.ResultSet[] is not an interface",
        "Override.class|java.lang.Override is not an interface",
        "java.util.List.class|java.util.List is generic",
        "{java.sql.Array.class, java.sql.Array.class}"
            + "|probe.ForwardingArray is asked for more than once"
      })
  void forwarding_badValue_isAnErrorThatNamesIt(String row, @TempDir Path folder) throws Exception {
    String value = row.substring(0, row.indexOf('|'));
    String message = row.substring(row.indexOf('|') + 1);

    Compilation compilation =
        Compilation.of(
            folder,
            "probe/Bad.java",
            "package probe; @io.scalingtoolkit.build.Forwarding(" + value + ") class Bad {}");

    assertThat(compilation.messages()).containsExactly("@Forwarding: " + message);
    assertThat(compilation.classes()).isEmpty();
  }

  @Test
  void forwarding_unknownClass_isTheCompilersOwnError(@TempDir Path folder) throws Exception {
    Compilation compilation =
        Compilation.of(
            folder,
            "probe/Bad.java",
            "package probe; @io.scalingtoolkit.build.Forwarding(Missing.class) class Bad {}");

    assertThat(compilation.messages()).hasSize(1).first().asString().contains("cannot find symbol");
  }

  private record Call(String signature, List<Object> arguments) {}

  private static Object recording(Class<?> type, List<Object> calls) {
    InvocationHandler handler =
        (proxy, method, arguments) -> {
          calls.add(
              new Call(
                  signature(method), arguments == null ? List.of() : Arrays.asList(arguments)));
          return sample(method.getReturnType(), 0);
        };
    return proxy(type, handler);
  }

  private static Object proxy(Class<?> type, InvocationHandler handler) {
    return Proxy.newProxyInstance(
        ForwardingTest.class.getClassLoader(), new Class<?>[] {type}, handler);
  }

  private static Object wrapping(Class<?> jdbcInterface, Callable<?> delegate) throws Exception {
    return jdbc.load("probe.Wrappers$" + jdbcInterface.getSimpleName() + "_")
        .getConstructor(Callable.class)
        .newInstance(delegate);
  }

  private static Throwable thrownBy(Object wrapper, Method method) throws IllegalAccessException {
    try {
      method.invoke(wrapper, sampleArguments(method));
    } catch (InvocationTargetException e) {
      return requireNonNull(e.getCause());
    }
    throw new AssertionError(method + " threw nothing");
  }

  private static boolean isForwarded(Method method, Set<String> forwarded) {
    if (method.isDefault() && !forwarded.contains(signature(method))) {
      // A JDK newer than 17 has methods that the compiler could not see.
      assertThat(Runtime.version().feature()).as(method.toString()).isGreaterThan(17);
      return false;
    }
    return !Modifier.isStatic(method.getModifiers())
        && !method.getName().matches("getDriverM..orVersion");
  }

  private static Set<String> declaredSignatures(Class<?> type) {
    return Arrays.stream(type.getDeclaredMethods())
        .map(ForwardingTest::signature)
        .collect(Collectors.toCollection(HashSet::new));
  }

  private static String signature(Method method) {
    return method.getName() + Arrays.toString(method.getParameterTypes());
  }

  private static Object[] sampleArguments(Method method) {
    Object[] arguments = new Object[method.getParameterCount()];
    for (int i = 0; i < arguments.length; i++) {
      arguments[i] = sample(method.getParameterTypes()[i], i + 1);
    }
    return arguments;
  }

  /** A value of the type, another one for each place in the argument list where that can be. */
  private static Object sample(Class<?> type, int place) {
    if (type == boolean.class) {
      return place % 2 == 0;
    } else if (type == void.class) {
      return null;
    } else if (type.isPrimitive()) {
      return Array.get(primitives(type, (byte) (place + 40)), 0);
    } else if (type == String.class) {
      return "value" + place;
    } else if (type.isArray()) {
      return Array.newInstance(type.getComponentType(), place);
    }
    return type == Class.class ? List.of(List.class, Map.class).get(place % 2) : null;
  }

  private static Object primitives(Class<?> type, byte value) {
    Object array = Array.newInstance(type, 1);
    if (type == char.class) {
      Array.setChar(array, 0, (char) value);
    } else {
      Array.setByte(array, 0, value);
    }
    return array;
  }
}
