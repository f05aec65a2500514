// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.sql;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads pg_proc, pg_class and what hangs on them. */
final class PostgresCatalog {
  /** A function is volatile by itself, or as an aggregate by one of its parts. */
  private static final String VOLATILE =
      """
      with volatile as (
        select p.oid from pg_catalog.pg_proc p where p.provolatile = 'v' or p.prokind = 'p'
        union
        select a.aggfnoid::pg_catalog.oid from pg_catalog.pg_aggregate a
        join pg_catalog.pg_proc part on part.provolatile = 'v' and part.oid in
          (a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggserialfn, a.aggdeserialfn,
           a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn))
      """;

  private static final String FUNCTIONS =
      VOLATILE
          + """
          select p.proname,
            pg_catalog.bool_or(v.oid is not null),
            pg_catalog.bool_or(v.oid is not null and n.nspname <> 'pg_catalog' and not exists (
              select from pg_catalog.pg_depend d where d.objid = p.oid and d.deptype = 'e'
                and d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass))
          from pg_catalog.pg_proc p
          join pg_catalog.pg_namespace n on n.oid = p.pronamespace
          left join volatile v on v.oid = p.oid
          group by p.proname
          """;

  /** A volatile function of one row can be called as if it were a column: t.f for f(t). */
  private static final String ATTRIBUTE_FUNCTIONS =
      """
      select distinct p.proname from pg_catalog.pg_proc p
      join pg_catalog.pg_namespace n on n.oid = p.pronamespace
      join pg_catalog.pg_type t on t.oid = p.proargtypes[0]
      where p.provolatile = 'v' and p.pronargs >= 1 and p.pronargs - p.pronargdefaults <= 1
        and n.nspname not in ('pg_catalog', 'information_schema')
        and (t.typtype in ('c', 'd', 'p'))
      """;

  private static final String OWN_SCHEMAS =
      "n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg\\_toast%'";

  /** Foreign and unlogged tables and all that such a table is a partition or a child of. */
  private static final String SUSPECT_TABLES =
      """
      with recursive suspect as (
        select c.oid from pg_catalog.pg_class c
        where c.relkind = 'f' or c.relpersistence = 'u' and c.relkind in ('r', 'p', 'm', 'S')
        union
        select i.inhparent from pg_catalog.pg_inherits i join suspect s on s.oid = i.inhrelid)
      select c.relname from pg_catalog.pg_class c join suspect s on s.oid = c.oid
      """;

  /** Views that use a volatile function, directly or as an operator. */
  private static final String SUSPECT_VIEWS =
      VOLATILE
          + """
          select distinct c.relname from pg_catalog.pg_class c
          join pg_catalog.pg_rewrite r on r.ev_class = c.oid
          join pg_catalog.pg_depend d
            on d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and d.objid = r.oid
          left join pg_catalog.pg_operator o
            on d.refclassid = 'pg_catalog.pg_operator'::pg_catalog.regclass and o.oid = d.refobjid
          join volatile v on v.oid = o.oprcode
            or d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass and v.oid = d.refobjid
          join pg_catalog.pg_proc p on p.oid = v.oid
          where c.relkind = 'v'
          """;

  private static final String VIEWS =
      """
      select c.relname, pg_catalog.pg_get_viewdef(c.oid)
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where c.relkind = 'v' and\s"""
          + OWN_SCHEMAS;

  private static final String POLICIES =
      """
      select c.relname, 'select ' || pg_catalog.pg_get_expr(p.polqual, p.polrelid)
      from pg_catalog.pg_policy p join pg_catalog.pg_class c on c.oid = p.polrelid
      where c.relrowsecurity and p.polqual is not null
      """;

  private PostgresCatalog() {}

  static FunctionCatalog load(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      Set<String> suspects = new HashSet<>();
      for (String query : List.of(ATTRIBUTE_FUNCTIONS, SUSPECT_TABLES, SUSPECT_VIEWS)) {
        try (ResultSet rows = statement.executeQuery(query)) {
          while (rows.next()) {
            suspects.add(rows.getString(1));
          }
        }
      }
      List<FunctionCatalog.Definition> definitions = new ArrayList<>();
      for (String query : List.of(VIEWS, POLICIES)) {
        try (ResultSet rows = statement.executeQuery(query)) {
          while (rows.next()) {
            definitions.add(new FunctionCatalog.Definition(rows.getString(1), rows.getString(2)));
          }
        }
      }
      return new FunctionCatalog(
          SqlDialect.POSTGRESQL,
          backslashEscapes(statement),
          functions(statement),
          suspects,
          definitions);
    }
  }

  private static Map<String, Boolean> functions(Statement statement) throws SQLException {
    Set<String> harmless = Vocabulary.listed(PostgresWords.HARMLESS_VOLATILE);
    Map<String, Boolean> functions = new HashMap<>();
    try (ResultSet rows = statement.executeQuery(FUNCTIONS)) {
      while (rows.next()) {
        String name = rows.getString(1);
        boolean anyVolatile = rows.getBoolean(2);
        boolean ownVolatile = rows.getBoolean(3);
        boolean safe = !anyVolatile || (harmless.contains(name) && !ownVolatile);
        functions.merge(WordTable.lower(name), safe, Boolean::logicalAnd);
      }
    }
    return functions;
  }

  private static boolean backslashEscapes(Statement statement) throws SQLException {
    try (ResultSet rows = statement.executeQuery("show standard_conforming_strings")) {
      return rows.next() && !rows.getString(1).equals("on");
    }
  }
}
