// The columns that scripts and templates of a watch ask for, level by level, and the SELECT that gives those of one level.

import { quoteForeignName } from '../elasticsearch/quote.ts';
import type { Group, ScalarType, SqlSymbol } from './symbol.ts';

interface LevelColumn {
  readonly alias: string;
  readonly sql: string;
  readonly groups: readonly Group[];
  readonly over?: Group;
}

export interface Levels {
  /** The column of this expression, made where there is none; `hint`: what it is best called. */
  column(
    hint: string,
    sql: string,
    about: { readonly type: ScalarType; readonly groups: readonly Group[]; readonly over?: Group },
  ): SqlSymbol;
  /** A name that no column and no field has. */
  name(hint: string): string;
  /** Names of the columns of a level, without its groups. */
  names(level: Level): readonly string[];
  /** All rows of the level, of those that the condition takes. */
  select(level: Level, table: string, where: readonly string[]): string;
}

export interface Level {
  readonly groups: readonly Group[];
  readonly over?: Group;
  readonly having?: string;
}

/** `taken`: names that mean something else in the SQL. */
export function createLevels(taken: ReadonlySet<string>): Levels {
  const columns: LevelColumn[] = [];
  const names = new Set(taken);
  function name(hint: string): string {
    const base =
      hint
        .replaceAll(/\W+/g, '_')
        .replace(/^_+|_+$/g, '')
        .slice(0, 60)
        .replace(/^\d/, 'n$&') || 'result';
    let free = base;
    for (let i = 2; names.has(free); i++) free = `${base}_${i}`;
    names.add(free);
    return free;
  }

  function of({ groups, over }: Level): LevelColumn[] {
    return columns.filter((column) => sameGroups(column.groups, groups) && column.over === over);
  }

  return {
    name,
    column(hint, sql, { type, groups, over }) {
      let column = of({ groups, ...(over !== undefined && { over }) }).find((each) => each.sql === sql);
      if (column === undefined) {
        column = { alias: name(hint), sql, groups, ...(over !== undefined && { over }) };
        columns.push(column);
      }
      return { kind: 'sql', sql: quoteForeignName(column.alias), type, groups, ...(over !== undefined && { over }) };
    },
    names: (level) => of(level).map(({ alias }) => alias),
    select(level, table, where) {
      const { groups, over, having } = level;
      const selected = of(level).map(({ alias, sql }) => `${sql} AS ${quoteForeignName(alias)}`);
      if (over === undefined) selected.push('min(p_event_time) AS first_seen', 'max(p_event_time) AS last_seen');
      const inner: Level | undefined = over && { groups: [...groups, over] };
      const keys = groups.map(({ sql, alias }) =>
        over !== undefined || sql === quoteForeignName(alias)
          ? quoteForeignName(alias)
          : `${sql} AS ${quoteForeignName(alias)}`,
      );
      const from = inner === undefined ? quoteForeignName(table) : `(\n${indent(innerSelect(inner, table, where))}\n)`;
      const lines = [`SELECT ${[...keys, ...selected].join(',\n       ')}`, `FROM ${from}`];
      const conditions = [...where, ...presence(groups)];
      if (inner === undefined && conditions.length > 0) lines.push(`WHERE ${conditions.join('\n  AND ')}`);
      if (groups.length > 0) lines.push(`GROUP BY ${groups.map(({ alias }) => quoteForeignName(alias)).join(', ')}`);
      if (having !== undefined) lines.push(`HAVING ${having}`);
      return lines.join('\n');
    },
  };

  function innerSelect(level: Level, table: string, where: readonly string[]): string {
    const keys = level.groups.map(({ sql, alias }) =>
      sql === quoteForeignName(alias) ? sql : `${sql} AS ${quoteForeignName(alias)}`,
    );
    const selected = of(level).map(({ alias, sql }) => `${sql} AS ${quoteForeignName(alias)}`);
    const grouped = level.groups.map(({ alias }) => quoteForeignName(alias)).join(', ');
    return [
      `SELECT ${[...keys, ...selected].join(', ')}`,
      `FROM ${quoteForeignName(table)}`,
      `WHERE ${[...where, ...presence(level.groups)].join(' AND ')}`,
      `GROUP BY ${grouped}`,
    ].join('\n');
  }
}

function sameGroups(a: readonly Group[], b: readonly Group[]): boolean {
  return a.length === b.length && a.every((group, i) => group === b[i]);
}

function presence(groups: readonly Group[]): string[] {
  return groups.flatMap(({ present }) => present ?? []);
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '  ');
}
