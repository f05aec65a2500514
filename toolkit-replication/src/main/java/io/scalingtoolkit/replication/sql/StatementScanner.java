// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.sql;

/**
 * Classifies one text. It is no parser: it knows what a statement may start with, which words and
 * variables matter wherever they stand, and which names before a parenthesis call a function. What
 * it does not know is {@link StatementKind#UNCERTAIN}. Confined.
 */
final class StatementScanner {
  private static final int MAX_DEPTH = 250;

  /** What the tokens being read belong to. */
  private enum Mode {
    /** Before the first word of a statement. */
    START,
    /** Between EXPLAIN and the statement it explains. */
    EXPLAIN,
    /** Right after SHOW. */
    SHOW,
    BODY
  }

  // How far a list of common table expressions has come, per depth of parentheses.
  private static final int NO_LIST = 0;
  private static final int BEFORE_NAME = 1;
  private static final int AFTER_NAME = 2;
  private static final int AFTER_COLUMNS = 3;
  private static final int AFTER_AS = 4;
  private static final int AFTER_BODY = 5;
  private static final int LIST_STATE = 7;

  /** Set beside the state: the parenthesis belongs to a call. */
  private static final int OF_CALL = 8;

  private final Lexer lexer;
  private final Vocabulary vocabulary;
  private final boolean mysql;
  private final byte[] depths = new byte[MAX_DEPTH + 1];

  private StatementKind kind = StatementKind.READ;
  private int statements;

  // The statement being read.
  private Mode mode = Mode.START;
  private int statementStart;
  private int depth;

  // The tokens before the current one.
  private int previousToken = Lexer.SEMICOLON;
  private int previousWord;
  private int previousId;
  private int secondId;
  private int qualifier;
  private boolean afterInto;
  private boolean castName;
  private boolean nextOpensCall;
  private boolean closedCall;
  private boolean previousEscapeString;

  StatementScanner(Lexer lexer, Vocabulary vocabulary) {
    this.lexer = lexer;
    this.vocabulary = vocabulary;
    this.mysql = vocabulary.dialect().isMySqlFamily();
  }

  StatementKind scan() {
    for (int token = lexer.next(); token != Lexer.END; token = lexer.next()) {
      if (token == Lexer.SEMICOLON) {
        endStatement();
      } else {
        visit(token);
      }
    }
    endStatement();
    if (statements != 1 || lexer.isDoubtful()) {
      raise(StatementKind.UNCERTAIN);
    }
    return kind;
  }

  private void raise(StatementKind at) {
    if (at.compareTo(kind) > 0) {
      kind = at;
    }
  }

  private void endStatement() {
    boolean started = mode == Mode.BODY || (mode == Mode.EXPLAIN && mysql);
    boolean incomplete = previousToken != Lexer.SEMICOLON && !started;
    if (incomplete || depth != 0) {
      raise(StatementKind.UNCERTAIN);
    }
    mode = Mode.START;
    statementStart = 0;
    depth = 0;
    depths[0] = 0;
    previousToken = Lexer.SEMICOLON;
    previousWord = 0;
    previousId = 0;
    secondId = 0;
    qualifier = 0;
    afterInto = false;
    castName = false;
  }

  private void visit(int token) {
    if (previousToken == Lexer.SEMICOLON) {
      statements++;
    }
    int word = lexer.word();
    if ((lexer.inExecutable() && !(token == Lexer.WORD && Word.has(word, Word.HARMLESS)))
        || (previousToken == Lexer.BRACE && token != Lexer.WORD)) {
      raise(StatementKind.UNCERTAIN);
    }
    if (secondId == Word.LAST_INSERT_ID && previousToken == Lexer.OPEN && token != Lexer.CLOSE) {
      raise(StatementKind.SESSION);
    }
    switch (token) {
      case Lexer.OPEN -> open();
      case Lexer.CLOSE -> close();
      case Lexer.WORD, Lexer.QUOTED -> name(token == Lexer.QUOTED, word);
      default -> other(token);
    }
    closedCall &= token == Lexer.CLOSE;
    castName &= token == Lexer.WORD || token == Lexer.QUOTED || token == Lexer.DOT;
    secondId = previousId;
    previousId = token == Lexer.WORD && previousToken != Lexer.DOT ? Word.id(word) : 0;
    previousWord = word;
    previousToken = token;
  }

  private void open() {
    int outer = index();
    int state =
        switch (depths[outer] & LIST_STATE) {
          case AFTER_NAME -> AFTER_COLUMNS;
          case AFTER_AS -> AFTER_BODY;
          default -> NO_LIST;
        };
    setListState(state);
    depth++;
    depths[index()] = (byte) (nextOpensCall ? OF_CALL : 0);
    nextOpensCall = false;
    if (depth > MAX_DEPTH) {
      raise(StatementKind.UNCERTAIN);
    }
  }

  private void close() {
    closedCall = (depths[index()] & OF_CALL) != 0;
    if (depth == 0) {
      raise(StatementKind.UNCERTAIN);
    } else {
      depth--;
    }
  }

  private int index() {
    return Math.min(depth, MAX_DEPTH);
  }

  private int listState() {
    return depths[index()] & LIST_STATE;
  }

  private void setListState(int state) {
    depths[index()] = (byte) ((depths[index()] & OF_CALL) | state);
  }

  private void other(int token) {
    if (mode == Mode.START || mode == Mode.SHOW) {
      raise(StatementKind.UNCERTAIN);
      mode = Mode.BODY;
    }
    setListState(token == Lexer.COMMA && listState() == AFTER_BODY ? BEFORE_NAME : NO_LIST);
    switch (token) {
      case Lexer.STRING -> {
        // A string that goes on in the next line inherits the escapes of its first part.
        if (previousToken == Lexer.STRING && previousEscapeString) {
          raise(StatementKind.UNCERTAIN);
        }
        previousEscapeString = lexer.isEscapeString();
      }
      case Lexer.USER_VARIABLE ->
          raise(afterInto ? StatementKind.SESSION : StatementKind.UNCERTAIN);
      case Lexer.SYSTEM_VARIABLE -> raise(StatementKind.UNCERTAIN);
      case Lexer.ASSIGN -> {
        if (mysql) {
          raise(StatementKind.SESSION);
        }
      }
      case Lexer.DOT -> dot();
      default -> {
        // Operators and literals change nothing.
      }
    }
  }

  /** What follows a dot is a name, even if it is spelled like a keyword; so the dot must be one. */
  private void dot() {
    qualifier = Word.id(previousWord);
    boolean afterKeyword =
        (previousId != 0 && Word.has(previousWord, Word.BEFORE_PARENTHESIS))
            || previousToken == Lexer.COMMA
            || previousToken == Lexer.OPEN;
    if (afterKeyword) {
      raise(StatementKind.UNCERTAIN);
    }
  }

  private void name(boolean quoted, int word) {
    boolean qualified = previousToken == Lexer.DOT;
    boolean plain = !quoted && !qualified;
    castName = !mysql && (previousToken == Lexer.CAST || (qualified && castName));
    relation(qualified, word);
    if (mode != Mode.BODY) {
      preamble(plain, word);
      return;
    }
    boolean commonTable = list(plain ? Word.id(word) : 0);
    if (plain) {
      keyword(word);
      if (previousToken == Lexer.BRACE && !Word.has(word, Word.JDBC_ESCAPE)) {
        raise(StatementKind.UNCERTAIN);
      }
    }
    if (!commonTable && lexer.opensNext()) {
      parenthesis(quoted, qualified, word);
    }
  }

  /** Moves the list of common table expressions on and tells whether the word names one. */
  private boolean list(int id) {
    if (id == Word.WITH && previousToken == Lexer.OPEN) {
      setListState(BEFORE_NAME);
      return false;
    }
    int state = listState();
    if (state == NO_LIST) {
      return false;
    }
    int next = NO_LIST;
    if (state == BEFORE_NAME) {
      next = id == Word.RECURSIVE && previousId == Word.WITH ? BEFORE_NAME : AFTER_NAME;
    } else if (id == Word.AS && (state == AFTER_NAME || state == AFTER_COLUMNS)) {
      next = AFTER_AS;
    } else if (state == AFTER_AS && (id == Word.NOT || id == Word.MATERIALIZED)) {
      next = AFTER_AS;
    }
    setListState(next);
    return next == AFTER_NAME;
  }

  private void relation(boolean qualified, int word) {
    boolean foreign =
        (Word.has(word, Word.UNCERTAIN_NAME) && !lexer.opensNext())
            || (Word.has(word, Word.SERVER_SCHEMA) && lexer.dotNext())
            || (mysql
                && qualified
                && qualifier == Word.INFORMATION_SCHEMA
                && !Word.has(word, Word.SHARED_RELATION));
    if (foreign) {
      raise(StatementKind.UNCERTAIN);
    }
    if (Word.id(word) == Word.PG_TEMP) {
      raise(
          kind.compareTo(StatementKind.WRITE) >= 0
              ? StatementKind.SESSION
              : StatementKind.UNCERTAIN);
    }
    if (Word.id(word) == Word.SEQUENCE_NEXT && !lexer.opensNext()) {
      raise(StatementKind.WRITE);
    }
    if (Word.id(word) == Word.SEQUENCE_LAST && !lexer.opensNext()) {
      raise(StatementKind.UNCERTAIN);
    }
  }

  private void preamble(boolean plain, int word) {
    int id = plain ? Word.id(word) : 0;
    switch (mode) {
      case START -> start(plain ? word : 0);
      case EXPLAIN -> {
        if (id == Word.FOR || id == Word.INTO) {
          raise(id == Word.FOR ? StatementKind.UNCERTAIN : StatementKind.SESSION);
          mode = Mode.BODY;
        } else if (plain && Word.start(word) != 0 && !Word.has(word, Word.EXPLAIN_OPTION)) {
          start(word);
        }
      }
      default -> {
        boolean goesOn = id == Word.CREATE || (plain && Word.has(word, Word.EXPLAIN_OPTION));
        if (!goesOn) {
          mode = Mode.BODY;
          boolean showsSchema = plain && Word.has(word, Word.SHOWS_SCHEMA);
          if (!showsSchema && previousId != Word.CREATE) {
            raise(StatementKind.UNCERTAIN);
          }
        }
      }
    }
  }

  private void start(int word) {
    mode = Mode.BODY;
    statementStart = Word.start(word);
    switch (statementStart) {
      case Word.STARTS_QUERY -> {
        if (Word.id(word) == Word.WITH) {
          setListState(BEFORE_NAME);
        }
      }
      case Word.STARTS_WRITE, Word.STARTS_START, Word.STARTS_FLUSH -> raise(StatementKind.WRITE);
      case Word.STARTS_SESSION, Word.STARTS_PREPARE -> raise(StatementKind.SESSION);
      case Word.STARTS_TRANSACTION -> raise(StatementKind.TRANSACTION);
      case Word.STARTS_EXPLAIN -> mode = Mode.EXPLAIN;
      case Word.STARTS_SHOW -> {
        mode = mysql ? Mode.SHOW : Mode.BODY;
        if (!mysql) {
          raise(StatementKind.UNCERTAIN);
        }
      }
      default -> raise(StatementKind.UNCERTAIN);
    }
  }

  /** Words that matter wherever they stand, unless they are quoted or qualified. */
  private void keyword(int word) {
    switch (Word.id(word)) {
      case Word.DML -> raise(StatementKind.WRITE);
      case Word.INSERT -> raiseIf(!mysql || !lexer.opensNext(), StatementKind.WRITE);
      case Word.INTO -> {
        raise(StatementKind.WRITE);
        afterInto = true;
      }
      case Word.SHARE ->
          raiseIf(previousId == Word.FOR || previousId == Word.KEY, StatementKind.WRITE);
      case Word.LOCK -> {
        raiseIf(mysql, StatementKind.WRITE);
        raiseIf(statementStart == Word.STARTS_FLUSH, StatementKind.SESSION);
      }
      case Word.EXPORT -> raiseIf(statementStart == Word.STARTS_FLUSH, StatementKind.SESSION);
      case Word.PROCEDURE -> raiseIf(mysql, StatementKind.UNCERTAIN);
      case Word.FOUND_ROWS -> raise(StatementKind.SESSION);
      case Word.VALUE -> {
        raiseIf(mysql && previousId == Word.NEXT, StatementKind.WRITE);
        raiseIf(mysql && previousId == Word.PREVIOUS, StatementKind.UNCERTAIN);
      }
      case Word.TEMPORARY -> raiseIf(makesTemporary(previousId), StatementKind.SESSION);
      case Word.PREPARE -> raiseIf(previousId == Word.DROP, StatementKind.SESSION);
      case Word.TRANSACTION ->
          raiseIf(
              Word.start(previousWord) == Word.STARTS_PREPARE
                  || Word.start(previousWord) == Word.STARTS_START,
              StatementKind.TRANSACTION);
      case Word.FROM ->
          raiseIf(statementStart == Word.STARTS_COPY && depth == 0, StatementKind.WRITE);
      case Word.PROGRAM -> raiseIf(statementStart == Word.STARTS_COPY, StatementKind.WRITE);
      case Word.CALL -> raiseIf(previousToken == Lexer.BRACE, StatementKind.UNCERTAIN);
      default -> {
        // The other words matter as context only.
      }
    }
  }

  private void raiseIf(boolean condition, StatementKind at) {
    if (condition) {
      raise(at);
    }
  }

  private static boolean makesTemporary(int previousId) {
    return previousId == Word.CREATE
        || previousId == Word.REPLACE
        || previousId == Word.LOCAL
        || previousId == Word.DROP
        || previousId == Word.INTO;
  }

  /** A name with a parenthesis after it: a keyword, a type, an alias with columns, or a call. */
  private void parenthesis(boolean quoted, boolean qualified, int word) {
    boolean plain = !quoted && !qualified;
    if (castName || (!qualified && previousId == Word.AS)) {
      return;
    }
    if (plain && Word.has(word, Word.BEFORE_PARENTHESIS)) {
      nextOpensCall = Word.id(word) == Word.GROUP;
      return;
    }
    nextOpensCall = true;
    if (plain && !Word.has(word, Word.OVERRIDES) && isKeywordHere(Word.id(word))) {
      return;
    }
    switch (effect(quoted, qualified, word)) {
      case Word.SAFE -> {
        // Reads only.
      }
      case Word.WRITES -> raise(StatementKind.WRITE);
      case Word.CHANGES_SESSION -> raise(StatementKind.SESSION);
      default -> raise(StatementKind.UNCERTAIN);
    }
  }

  /** Tells whether a word that may name a function is a keyword in this place. */
  private boolean isKeywordHere(int id) {
    return switch (id) {
      case Word.MATERIALIZED -> listState() == AFTER_AS;
      case Word.ZONE -> previousId == Word.TIME;
      case Word.BY -> previousId == Word.GROUP || previousId == Word.ORDER;
      case Word.COMPARISON -> hasLeftOperand();
      case Word.VARYING -> previousId == Word.CHARACTER;
      case Word.QUANTIFIER -> previousToken == Lexer.OTHER;
      case Word.SETS -> previousId == Word.GROUPING;
      case Word.GROUPING_SET -> previousId == Word.BY && secondId == Word.GROUP;
      case Word.COLUMNS -> previousToken == Lexer.STRING;
      case Word.OF -> previousId == Word.MEMBER;
      case Word.SAMPLE_METHOD -> previousId == Word.TABLESAMPLE;
      case Word.FIRST, Word.NEXT -> previousId == Word.FETCH;
      case Word.AFTER_CALL -> closedCall || previousId == Word.NULLS;
      default -> false;
    };
  }

  /** An operator that may also name a function is one where a value stands before it. */
  private boolean hasLeftOperand() {
    return switch (previousToken) {
      case Lexer.CLOSE, Lexer.QUOTED, Lexer.STRING, Lexer.NUMBER -> true;
      case Lexer.WORD -> !Word.has(previousWord, Word.BEFORE_PARENTHESIS);
      default -> false;
    };
  }

  private int effect(boolean quoted, boolean qualified, int word) {
    int effect = Word.effect(word);
    if (Word.has(word, Word.ALLOWED)) {
      return effect;
    }
    if (Word.id(word) == Word.LAST_INSERT_ID && quoted) {
      return Word.CHANGES_SESSION;
    }
    boolean known = !qualified || (!mysql && isTrusted(qualifier));
    boolean misread = Word.has(word, Word.TIGHT) && (quoted || !lexer.isTight());
    return known && !misread ? effect : Math.max(effect, Word.UNCERTAIN);
  }

  private boolean isTrusted(int schema) {
    return vocabulary.isCatalogued() || schema == Word.PG_CATALOG;
  }
}
