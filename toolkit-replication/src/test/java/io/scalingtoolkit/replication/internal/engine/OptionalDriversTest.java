// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.core.consistency.Position;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The drivers are optional: without their classes a commit is a commit. */
class OptionalDriversTest {
  private final List<String> calls = new ArrayList<>();

  /** Loads our classes anew and knows no driver. */
  private static final class WithoutDrivers extends ClassLoader {
    WithoutDrivers() {
      super(OptionalDriversTest.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (name.startsWith("com.mysql.") || name.startsWith("org.postgresql.")) {
        throw new ClassNotFoundException(name);
      }
      if (!name.startsWith("io.scalingtoolkit.replication.")) {
        return super.loadClass(name, resolve);
      }
      Class<?> loaded = findLoadedClass(name);
      return loaded == null ? define(name) : loaded;
    }

    private Class<?> define(String name) throws ClassNotFoundException {
      String path = name.replace('.', '/') + ".class";
      try (InputStream in = OptionalDriversTest.class.getClassLoader().getResourceAsStream(path)) {
        if (in == null) {
          throw new ClassNotFoundException(name);
        }
        byte[] bytes = in.readAllBytes();
        return defineClass(name, bytes, 0, bytes.length);
      } catch (IOException e) {
        throw new ClassNotFoundException(name, e);
      }
    }
  }

  private Connection connection() {
    return (Connection)
        Proxy.newProxyInstance(
            Connection.class.getClassLoader(),
            new Class<?>[] {Connection.class},
            (proxy, method, args) -> {
              calls.add(method.getName());
              return method.getName().equals("isWrapperFor") ? false : null;
            });
  }

  private static Object call(Class<?> owner, String name, Object... args)
      throws ReflectiveOperationException {
    for (Method method : owner.getDeclaredMethods()) {
      if (method.getName().equals(name) && method.getParameterCount() == args.length) {
        method.setAccessible(true);
        try {
          return method.invoke(null, args);
        } catch (InvocationTargetException e) {
          throw new AssertionError(e.getCause());
        }
      }
    }
    throw new NoSuchMethodException(name);
  }

  @Test
  void commit_withoutConnectorJ_isPlain() throws ReflectiveOperationException {
    Class<?> commit = new WithoutDrivers().loadClass(MySqlCommit.class.getName());

    assertThat(call(commit, "track", connection())).isEqualTo(false);
    assertThat(call(commit, "commit", connection())).isNull();
    assertThat(calls).containsExactly("commit");
  }

  @Test
  void commit_withoutPgjdbc_isPlain() throws ReflectiveOperationException {
    ClassLoader loader = new WithoutDrivers();
    Class<?> commit = loader.loadClass(PostgresCommit.class.getName());
    Class<?> position =
        loader.loadClass(io.scalingtoolkit.replication.postgres.PostgresPosition.class.getName());
    Object before = call(position, "of", 1L, 1, 1L);

    assertThat(before).isInstanceOf(Position.class);
    assertThat(call(commit, "commit", connection(), before)).isNull();
    assertThat(calls).containsExactly("commit");
  }

  @Test
  void engine_withoutConnectorJ_canBeMade() throws ReflectiveOperationException {
    Class<?> engine = new WithoutDrivers().loadClass(MySqlEngine.class.getName());
    Constructor<?> constructor = engine.getDeclaredConstructor(boolean.class);
    constructor.setAccessible(true);

    assertThat(constructor.newInstance(true)).isNotInstanceOf(MySqlEngine.class);
  }
}
