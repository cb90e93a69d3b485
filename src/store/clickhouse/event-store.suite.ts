// What every event store must do, called with a way to open one: embedded or by URL.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventStore } from '../../core/event-store.ts';
import { fixedTables, signalTable } from '../../core/fixed-tables.ts';
import type { Table, TableRows } from '../../core/table.ts';
import { column, encodeBlock, event, eventColumns, now, rowsOf, table } from './native.suite.ts';

export interface Place {
  /** Opens the same store again after `close`. */
  open(): Promise<EventStore>;
  /** Releases what `open` needs; the store is closed. */
  remove(): Promise<void>;
}

export function eventStoreSuite(createPlace: () => Promise<Place>): void {
  describe('as an event store', () => {
    let place: Place;
    let store: EventStore;

    beforeAll(async () => {
      place = await createPlace();
      store = await place.open();
    });
    afterAll(async () => {
      await store.close();
      await place.remove();
    });

    const value = async (sql: string, parameters = {}): Promise<unknown> =>
      Object.values((await store.query(sql, parameters)).rows[0] ?? {})[0];
    const refusal = async (sql: string, parameters = {}): Promise<string> =>
      await store.query(sql, parameters).then(
        () => 'was not refused',
        (error: unknown) => (error instanceof Error ? `${error.name}: ${error.message}` : 'not an error'),
      );
    const append = async (token: string, ...tables: TableRows[]): Promise<void> =>
      await store.append({ token, tables });

    it('keeps every kind of column as it was written', async () => {
      const all = table('kinds', [
        ...eventColumns,
        column('text'),
        column('low', 'low'),
        column('small', 'smallint'),
        column('int', 'int', { nullable: true }),
        column('big', 'bigint'),
        column('float', 'float', { nullable: true }),
        column('flag', 'boolean', { nullable: true }),
        column('object', 'object'),
        column('strings', 'strings', { index: 'bloom' }),
        column('ints', 'ints'),
        column('floats', 'floats'),
        column('booleans', 'booleans'),
        column('timestamps', 'timestamps'),
        column('objects', 'objects'),
      ]);
      await store.ensureTable(all);
      const full = {
        text: 'naïve \'quoted\' "text"\n\t\\',
        low: 'tcp',
        small: -32_768,
        int: 2_147_483_647,
        big: 9_007_199_254_740_993n,
        float: 1.5,
        flag: true,
        object: '{"a":{"b":1,"when":"2026-01-01T00:00:00Z"},"s":"x"}',
        strings: ['10.0.0.1', '10.0.0.2'],
        ints: [1, -1],
        floats: [0.5],
        booleans: [true, false],
        timestamps: [now],
        objects: ['{"x":1}', '{"x":"y"}'],
      };
      await append('t', rowsOf(all, [event('1', full), event('2', { int: null, float: null, flag: null })]));
      const { rows, columns } = await store.query('SELECT * FROM kinds ORDER BY p_row_id');
      const time = '2026-05-01T12:00:00.000000Z';
      expect(rows[0]).toEqual({
        p_event_time: time,
        p_parse_time: time,
        p_row_id: '1',
        ...full,
        big: '9007199254740993',
        object: { a: { b: 1, when: '2026-01-01T00:00:00Z' }, s: 'x' },
        timestamps: [time],
        objects: [{ x: 1 }, { x: 'y' }],
      });
      expect(rows[1]).toMatchObject({ text: '', int: null, float: null, flag: null, object: {}, strings: [] });
      expect(columns.find((one) => one.name === 'int')?.type).toBe('Nullable(Int32)');
    });

    it('takes several blocks and tables in one append', async () => {
      const [one, two] = [table('one', eventColumns), table('two', eventColumns)];
      await store.ensureTable(one);
      await store.ensureTable(two);
      const blocks = ['a', 'b', 'c'].map((id) => encodeBlock(one.columns, [event(id)]));
      await append('t', { table: one, rows: 3, blocks }, rowsOf(two, [event('d')]), {
        table: two,
        rows: 0,
        blocks: [],
      });
      expect(await value('SELECT groupArray(p_row_id) FROM (SELECT p_row_id FROM one ORDER BY 1)')).toEqual([
        'a',
        'b',
        'c',
      ]);
      expect(await value('SELECT count() FROM two')).toBe(1);
    });

    it('keeps an object that is no object as unparsed text', async () => {
      const odd = table('odd', [...eventColumns, column('o', 'object')]);
      await store.ensureTable(odd);
      const objects = [
        '{"big":184467440737095516150}',
        '[1]',
        `${'{"a":'.repeat(2_000)}1${'}'.repeat(2_000)}`,
        '{"a":1,"a":2}',
        '{"a":1,"a.b":2,"":{"":3}}',
        '{"__proto__":{"x":1}}',
        'not json "at" all\u0000',
      ];
      await append(
        't',
        rowsOf(
          odd,
          objects.map((o, index) => event(String(index), { o })),
        ),
      );
      const { rows } = await store.query('SELECT o FROM odd ORDER BY p_row_id');
      expect(rows.slice(0, 3)).toEqual(objects.slice(0, 3).map((unparsed) => ({ o: { unparsed } })));
      expect(rows[3]).toEqual({ o: { a: 1 } });
      expect(rows[6]).toEqual({ o: { unparsed: objects[6] } });
      expect(Object.prototype).not.toHaveProperty('x');
    });

    it('has aliases for columns, mapped values and constants', async () => {
      const columns = [...eventColumns, column('id.orig_h'), column('result', 'low'), column('p_ecs', 'object')];
      const login = table('login', columns, [
        { name: 'p_ecs.source.ip', column: 'id.orig_h' },
        { name: 'p_ecs.event.outcome', column: 'result', values: { Accepted: 'success', "Fail'ed": 'failure' } },
        { name: 'p_ecs.event.category', constant: "authen'tication" },
      ]);
      await store.ensureTable(login);
      await store.ensureTable(login);
      const rows = [event('1', { 'id.orig_h': '::1', result: 'Accepted' }), event('2', { result: 'other' })];
      await append('t', rowsOf(login, rows));
      const names = '`p_ecs.source.ip` AS ip, p_ecs.event.outcome AS outcome, p_ecs.event.category AS category';
      expect((await store.query(`SELECT ${names} FROM login ORDER BY p_row_id`)).rows).toEqual([
        { ip: '::1', outcome: 'success', category: "authen'tication" },
        { ip: '', outcome: 'other', category: "authen'tication" },
      ]);
      await store.ensureTable({ ...login, aliases: [{ name: 'p_ecs.source.ip', column: 'result' }] });
      expect(await value('SELECT p_ecs.source.ip FROM login WHERE p_row_id = {id:String}', { id: '2' })).toBe('other');
    });

    it('takes any name for a table and a column', async () => {
      const name = "t`; DROP TABLE signals; -- '\\";
      const names = [
        'back`tick',
        "quo'te",
        'double"quote',
        'back\\slash',
        'dot.ted',
        'select',
        'ünïcode',
        'new\nline',
        '$',
        '{x:String}',
      ];
      const odd = table(name, [
        ...eventColumns,
        ...names.map((one) => column(one, 'string', { index: 'bloom', comment: one })),
      ]);
      await store.ensureTable(odd);
      await store.ensureTable(odd);
      await append("tok'en\\", rowsOf(odd, [event('1', Object.fromEntries(names.map((one) => [one, one])))]));
      const { rows } = await store.query(`SELECT * FROM \`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``);
      expect(rows[0]).toMatchObject(Object.fromEntries(names.map((one) => [one, one])));
      expect(await value('SELECT count() FROM signals WHERE title != {t:String}', { t: '' })).toBe(0);
    });

    it('adds columns, indexes and optional values to a table', async () => {
      await store.ensureTable(table('grow', [...eventColumns, column('n', 'int')]));
      await append('1', rowsOf(table('grow', [...eventColumns, column('n', 'int')]), [event('1', { n: 1 })]));
      const grown = table('grow', [
        ...eventColumns,
        column('n', 'int', { nullable: true }),
        column('ips', 'strings', { index: 'bloom' }),
        column('seen', 'timestamp', { index: 'minmax' }),
      ]);
      await store.ensureTable(grown);
      await append('2', rowsOf(grown, [event('2', { n: null, ips: ['::1'] })]));
      await append('3', rowsOf(table('grow', eventColumns), [event('3')]));
      expect((await store.query('SELECT p_row_id AS id, n, ips FROM grow ORDER BY id')).rows).toEqual([
        { id: '1', n: 1, ips: [] },
        { id: '2', n: null, ips: ['::1'] },
        { id: '3', n: null, ips: [] },
      ]);
      const indexes = "SELECT arrayStringConcat(arraySort(groupArray(name)), ' ') FROM system.data_skipping_indices";
      expect(await value(`${indexes} WHERE table = 'grow'`)).toBe('bloom_ips minmax_seen');
      await store.ensureTable(table('grow', [...eventColumns, column('n', 'int')]));
    });

    it('refuses a column whose type changed and a name that is taken', async () => {
      const ensure = async (one: Table): Promise<string> =>
        await store.ensureTable(one).then(
          () => 'done',
          (error: unknown) => String(error),
        );
      await store.ensureTable(table('typed', [...eventColumns, column('n', 'int')]));
      const changed = await ensure(table('typed', [...eventColumns, column('n', 'string')]));
      expect(changed).toMatch(
        /UserError: Test.typed: column n of table typed is stored as Int32 and cannot become String/,
      );
      expect(await ensure(table('signals', eventColumns))).toMatch(/UserError: .*signals is taken/);
      expect(await ensure(table('arrays', [...eventColumns, column('a.x', 'ints')]))).toMatch(
        /UserError: .*a\.x is an array/,
      );
      expect(await ensure(table('twice', [...eventColumns, column('n'), column('n')]))).toMatch(
        /UserError: .*two fields/,
      );
      await store.ensureTable(signalTable);
    });

    it('appends a token once', async () => {
      const once = table('once', eventColumns);
      await store.ensureTable(once);
      await append('t', rowsOf(once, [event('1'), event('2')]));
      await append('t', rowsOf(once, [event('1'), event('2')]));
      await append('u', rowsOf(once, [event('1'), event('2')]));
      expect(await value('SELECT count() FROM once')).toBe(4);
      await store.close();
      store = await place.open();
      await append('t', rowsOf(once, [event('1'), event('2')]));
      await append('u', rowsOf(once, [event('1'), event('2')]));
      expect(await value('SELECT count() FROM once')).toBe(4);
    });

    it('completes an append of which only some partitions and tables were written', async () => {
      const [half, whole] = [table('half', eventColumns), table('whole', eventColumns)];
      await store.ensureTable(half);
      await store.ensureTable(whole);
      const weeks = Array.from({ length: 110 }, (_, week) =>
        event(String(week), { p_parse_time: now + week * 604_800_000 }),
      );
      await append('t', rowsOf(half, weeks.slice(0, 70)));
      await append('t', rowsOf(half, weeks), rowsOf(whole, weeks));
      await append('t', rowsOf(half, weeks), rowsOf(whole, weeks));
      for (const name of ['half', 'whole']) {
        expect(await value(`SELECT count() FROM ${name}`)).toBe(110);
        expect(await value(`SELECT uniqExact(p_row_id) FROM ${name}`)).toBe(110);
      }
    });

    it('makes one partition of events whose clocks are wrong', async () => {
      const clocks = table('clocks', eventColumns);
      await store.ensureTable(clocks);
      const rows = Array.from({ length: 5_000 }, (_, index) =>
        event(String(index), { p_event_time: Date.UTC(1970, 0, 1 + index * 10) }),
      );
      await append('t', rowsOf(clocks, rows));
      expect(await value("SELECT uniqExact(partition) FROM system.parts WHERE table = 'clocks' AND active")).toBe(1);
    });

    it('fills the fixed tables as their columns are listed', async () => {
      for (const fixed of fixedTables) {
        await append('t', rowsOf(fixed, [{}]));
        expect(await value(`SELECT count() FROM ${fixed.name}`)).toBe(1);
      }
    });

    it('binds parameters', async () => {
      const text = "x' OR 1=1 -- \\ \n\t{y:String} ü";
      const sql =
        'SELECT {text:String} AS text, {n:Int64} AS n, {list:Array(String)} AS list, {time:DateTime64(3)} AS time';
      const { rows } = await store.query(sql, { text, n: 5, list: ["a'b", 'c'], time: '2026-01-01 00:00:00.000' });
      expect(rows).toEqual([{ text, n: 5, list: ["a'b", 'c'], time: '2026-01-01T00:00:00.000Z' }]);
      expect(await refusal('SELECT {absent:String}')).toMatch(/^UserError: .*absent/);
    });

    it('loses no digit and no name', async () => {
      const sql = `SELECT 9223372036854775807 AS a, number, number, toUInt64(18446744073709551615) AS b, [9007199254740993, 1] AS c,
        5.5 AS f, nan AS n, map('k', 9007199254740993) AS m, toDate('2026-01-02') AS d, '1234567890123456789' AS s, 1 AS \`__proto__\`
        FROM numbers(1)`;
      expect((await store.query(sql)).rows).toEqual([
        Object.fromEntries([
          ['a', '9223372036854775807'],
          ['b', '18446744073709551615'],
          ['c', ['9007199254740993', 1]],
          ['number', 0],
          ['number (2)', 0],
          ['f', 5.5],
          ['n', 'nan'],
          ['m', { k: '9007199254740993' }],
          ['d', '2026-01-02'],
          ['s', '1234567890123456789'],
          ['__proto__', 1],
        ]),
      ]);
    });

    it('shows that there are more rows than asked for', async () => {
      const ten = 'SELECT number FROM numbers(10)';
      expect(await store.query(ten, {}, { maxRows: 3 })).toMatchObject({
        rows: [{ number: 0 }, { number: 1 }, { number: 2 }],
        truncated: true,
      });
      const endless = 'SELECT number FROM numbers(1000000000000)';
      expect((await store.query(endless, {}, { maxRows: 3, timeoutMs: 2_000 })).rows).toHaveLength(3);
      expect(await store.query(ten, {}, { maxRows: 10 })).toMatchObject({ truncated: false });
      expect(
        await store.query('SELECT count() FROM (SELECT number FROM numbers(10))', {}, { maxRows: 1 }),
      ).toMatchObject({
        rows: [{ 'count()': 10 }],
        truncated: false,
      });
      expect((await store.query(`${ten} UNION ALL ${ten}`, {}, { maxRows: 3 })).rows).toHaveLength(3);
    });

    it('stops what takes too long, too much memory or gives too much', async () => {
      const slow = 'SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1';
      const big = 'SELECT number, count() FROM numbers(100000000) GROUP BY number';
      await expect(store.query(slow, {}, { timeoutMs: 300 })).rejects.toThrow(/^Timeout exceeded/);
      await expect(store.query(big, {}, { maxMemoryBytes: 50_000_000 })).rejects.toThrow(/memory limit/i);
      await expect(store.query('SELECT repeat(toString(number % 10), 1000000) FROM numbers(100)')).rejects.toThrow(
        /Limit for result/,
      );
      expect(await value('SELECT 1')).toBe(1);
    });

    it('tells what is wrong with a query in the words of the engine', async () => {
      expect(await refusal('SELEC 1')).toMatch(/^UserError: Syntax error: failed at position 7 \(1\)/);
      expect(await refusal('SELECT nope FROM signals')).toMatch(/^UserError: Unknown expression identifier `nope`/);
      expect(await refusal('SELECT 1 FROM nope')).toMatch(/^UserError: Unknown table expression identifier 'nope'/);
      expect(await refusal('SELECT 1 FROM nope')).not.toMatch(/DB::|Code:|version|\(UNKNOWN/);
    });

    it('refuses to write files before the engine sees the statement', async () => {
      for (const sql of ["SELECT 1 INTO OUTFILE '/tmp/out.txt'", "EXPLAIN AST SELECT 1 INTO OUTFILE '/tmp/out.txt'"])
        expect(await refusal(sql)).toBe('UserError: the query is refused: INTO OUTFILE is not allowed');
    });

    it.each([
      'SHOW TABLES',
      'DESCRIBE signals',
      'EXPLAIN SELECT 1',
      'SHOW CREATE TABLE signals',
      '(SELECT 1) UNION ALL (SELECT 2)',
      'WITH 1 AS x SELECT x;',
      'FROM signals SELECT count() -- done',
      "SELECT 'file(1) INTO OUTFILE', format('{}', 1) AS file, url FROM (SELECT 1 AS url)",
      "SELECT count() FROM merge(currentDatabase(), '^signals$')",
    ])('allows %s', async (sql) => {
      expect(await refusal(sql)).toBe('was not refused');
    });

    it.each([
      "SELECT * FROM file('/etc/passwd', LineAsString)",
      "SELECT * FROM file('/etc/passwd')",
      "SELECT file('/etc/passwd')",
      "SELECT `file`('/etc/passwd')",
      "SELECT file/**/('/etc/passwd')",
      "SELECT * APPLY(file) FROM (SELECT '/etc/passwd')",
      "SELECT * APPLY(x -> file(x)) FROM (SELECT '/etc/passwd')",
      "SELECT arrayMap(x -> file(x), ['/etc/passwd'])",
      'SELECT * FROM `/etc/passwd`',
      "SELECT * FROM url('http://127.0.0.1:1/', LineAsString)",
      "DESCRIBE url('http://127.0.0.1:1/x', CSV)",
      "DESCRIBE TABLE file('/etc/passwd', CSV)",
      'DESCRIBE `/etc/passwd`',
      "SELECT * FROM s3('http://127.0.0.1:1/aaaa/b')",
      "SELECT * FROM remote('127.0.0.1', system.one)",
      "SELECT * FROM executable('id', TSV, 'a String')",
      "SELECT * FROM mysql('127.0.0.1:1', 'a', 'b', 'c', 'd')",
      "SELECT * FROM dictionary('x')",
      "SELECT * FROM (SELECT 1 AS a) WHERE a IN file('/etc/passwd')",
      'SELECT 1 FORMAT CSV',
      'SELECT 1; DROP TABLE signals',
      'SELECT 1 SETTINGS max_memory_usage = 0',
      'SELECT 1 SETTINGS readonly = 0',
      'SELECT * FROM (SELECT 1 SETTINGS max_execution_time = 0)',
      'SET readonly = 0',
      'USE system',
      'DROP TABLE signals',
      'INSERT INTO signals (title) VALUES (1)',
      'WITH 1 AS x INSERT INTO signals (title) SELECT 1',
      'ALTER TABLE signals DELETE WHERE 1',
      'CREATE TABLE x (a Int8) ENGINE = Memory',
      "CREATE DICTIONARY x (a Int8) PRIMARY KEY a SOURCE(FILE(path '/etc/passwd' format CSV)) LAYOUT(FLAT()) LIFETIME(0)",
      'KILL QUERY WHERE 1',
      'SYSTEM FLUSH LOGS',
      "BACKUP TABLE signals TO File('/tmp/x')",
      'EXISTS TABLE signals',
      '',
    ])('refuses %s', async (sql) => {
      expect(await refusal(sql)).toMatch(/^UserError: /);
      expect(await value('SELECT count() FROM signals WHERE title != {t:String}', { t: '' })).toBe(0);
    });
  });
}
