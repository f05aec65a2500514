// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.process;

import io.scalingtoolkit.testkit.EngineException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The words put in front of an engine's command line: an own session, death with the JVM, and
 * another user where the engine refuses root. Found out once per JVM. Immutable.
 *
 * <p>A program that refuses root runs in a user name space of its own ({@code unshare -U}), where
 * it sees itself as nobody and its files stay root's. Where that is forbidden, as in most
 * containers, it runs as user 65534, to whom its data is handed over.
 */
final class Privilege {
  static final int NOBODY = 65_534;

  private enum Drop {
    NOT_NEEDED,
    USER_NAMESPACE,
    OTHER_USER,
    IMPOSSIBLE
  }

  private static final String SETTING = "toolkit.engines.root";

  private static @Nullable Privilege current;

  private final List<String> session;
  private final List<String> dieWithParent;
  private final List<String> nameSpaces;
  private final Drop drop;

  private Privilege(
      List<String> session, List<String> dieWithParent, List<String> nameSpaces, Drop drop) {
    this.session = session;
    this.dieWithParent = dieWithParent;
    this.nameSpaces = nameSpaces;
    this.drop = drop;
  }

  static synchronized Privilege current() {
    if (current == null) {
      current = probe();
    }
    return current;
  }

  /** Returns the numeric id of the user that this JVM runs as. */
  static int userId() {
    return idOfThisJvm("unix:uid");
  }

  /** Returns the numeric id of the group that this JVM runs as. */
  static int groupId() {
    return idOfThisJvm("unix:gid");
  }

  private static int idOfThisJvm(String attribute) {
    try {
      return (int) Files.getAttribute(Path.of("/proc/self"), attribute);
    } catch (IOException e) {
      throw new EngineException("test engines need Linux with /proc; cannot read /proc/self", e);
    }
  }

  /** Says whether programs that refuse root run as a user who needs the files handed over. */
  boolean changesUser() {
    return drop == Drop.OTHER_USER;
  }

  /** Returns the words before the program; empty where nothing is needed or to be had. */
  List<String> prefix(boolean refusesRoot) {
    List<String> words = new ArrayList<>(session);
    if (!refusesRoot) {
      words.addAll(dieWithParent);
      return words;
    }
    switch (drop) {
      case NOT_NEEDED, USER_NAMESPACE -> {
        words.addAll(nameSpaces);
        words.addAll(dieWithParent);
      }
      case OTHER_USER -> {
        words.addAll(nameSpaces);
        words.addAll(asNobody());
      }
      default ->
          throw new EngineException(
              "the engine refuses to run as root, and neither 'unshare -U' nor 'setpriv --reuid'"
                  + " works here: run the tests as an ordinary user");
    }
    return words;
  }

  private static List<String> asNobody() {
    return List.of(
        "setpriv",
        "--reuid=" + NOBODY,
        "--regid=" + NOBODY,
        "--clear-groups",
        "--pdeathsig",
        "KILL");
  }

  /** Says whether user 65534 may pass through every directory above {@code path}. */
  static boolean isReachableByOthers(Path path) {
    for (Path at = path.toAbsolutePath().getParent(); at != null; at = at.getParent()) {
      try {
        if (Files.exists(at)
            && !Files.getPosixFilePermissions(at).contains(PosixFilePermission.OTHERS_EXECUTE)) {
          return false;
        }
      } catch (IOException e) {
        return false;
      }
    }
    return true;
  }

  private static Privilege probe() {
    Optional<Path> setsid = Tools.find("setsid");
    List<String> pdeathsig = List.of("setpriv", "--pdeathsig", "KILL");
    Drop drop = userId() == 0 ? probeDrop() : Drop.NOT_NEEDED;
    return new Privilege(
        setsid.map(file -> List.of(file.toString())).orElse(List.of()),
        works(pdeathsig) ? pdeathsig : List.of(),
        nameSpaces(drop),
        drop);
  }

  /**
   * Adds a name space for System V shared memory where that is allowed, also for ordinary users: a
   * segment of a killed server then goes with its last process instead of staying until a reboot.
   */
  private static List<String> nameSpaces(Drop drop) {
    boolean ofUsers = drop != Drop.OTHER_USER;
    List<String> withMemory = ofUsers ? List.of("unshare", "-U", "-i") : List.of("unshare", "-i");
    if (works(withMemory)) {
      return withMemory;
    }
    return drop == Drop.USER_NAMESPACE ? List.of("unshare", "-U") : List.of();
  }

  private static Drop probeDrop() {
    String wanted = System.getProperty(SETTING, "auto");
    return switch (wanted) {
      case "unshare" -> works(List.of("unshare", "-U")) ? Drop.USER_NAMESPACE : Drop.IMPOSSIBLE;
      case "setpriv" -> works(asNobody()) ? Drop.OTHER_USER : Drop.IMPOSSIBLE;
      case "auto" -> {
        if (works(List.of("unshare", "-U"))) {
          yield Drop.USER_NAMESPACE;
        }
        yield works(asNobody()) ? Drop.OTHER_USER : Drop.IMPOSSIBLE;
      }
      default ->
          throw new EngineException(
              "system property "
                  + SETTING
                  + " must be 'auto', 'unshare' or 'setpriv'; got '"
                  + wanted
                  + "'");
    };
  }

  private static boolean works(List<String> prefix) {
    List<String> argv = new ArrayList<>(prefix);
    argv.add("true");
    return Tools.succeeds(argv);
  }
}
