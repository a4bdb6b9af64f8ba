import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Database, openDatabase } from './database.js';
import { StoreFault, isDiskFull, errorCode } from './store-fault.js';
import { caught } from './testing/caught.js';

describe('openDatabase', () => {
  let folder: string;
  let file: string;
  const open: Database[] = [];
  const opened = (...args: Parameters<typeof openDatabase>): Database => {
    const db = openDatabase(...args);
    open.push(db);
    return db;
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'anlan-db-'));
    file = join(folder, 'test.db');
  });
  afterEach(() => {
    for (const db of open.splice(0)) db.close();
    rmSync(folder, { recursive: true });
  });

  test('writes ahead with a full sync, and keeps foreign keys', () => {
    const db = opened(file);
    expect(db.prepare('PRAGMA journal_mode').get()).toMatchObject({ journal_mode: 'wal' });
    expect(db.prepare('PRAGMA synchronous').get()).toMatchObject({ synchronous: 2 });
    expect(db.prepare('PRAGMA foreign_keys').get()).toMatchObject({ foreign_keys: 1 });
  });

  test('ruling 41: booleans become 0 and 1, whole numbers integers, and nothing extra comes back', () => {
    const db = opened(':memory:');
    db.exec('CREATE TABLE a (x INTEGER, y REAL, z TEXT, w)');
    db.prepare('INSERT INTO a VALUES (?, ?, ?, ?)').run([true, 7, 7, 7]);
    expect(db.prepare('SELECT x, y, z, w, typeof(w) AS t, w / ? AS half FROM a').all([2])).toEqual([
      { x: 1, y: 7, z: '7', w: 7, t: 'integer', half: 3 },
    ]);
    expect(db.prepare('SELECT x FROM a').get()).toEqual({ x: 1 });
    expect(db.prepare('SELECT x FROM a WHERE x > ?').get([1])).toBeUndefined();
  });

  test.each([NaN, Infinity, -Infinity, undefined, new Date(0), { a: 1 }, [1], new Uint8Array(2), Symbol('s'), () => 1, 2n ** 63n])(
    'ruling 41: %p as a parameter throws before the library sees it',
    (bad) => {
      const db = opened(':memory:');
      for (const call of ['run', 'get', 'all', 'iterate'] as const) expect(() => db.prepare('SELECT ?')[call]([bad])).toThrow(TypeError);
    },
  );

  test.each([[[]], [[1]], [[1, 2, 3]]])('ruling 41: %j for two places throws', (parameters) => {
    const db = opened(':memory:');
    expect(() => db.prepare("SELECT ?, '?', /* ? */ ? -- ?").all(parameters)).toThrow(RangeError);
    expect(() => db.prepare('SELECT ?, ?').all()).toThrow(RangeError);
  });

  test.each(['SELECT ?1', 'SELECT :a', 'SELECT @a', 'SELECT $a'])('ruling 41: %s is not a plain parameter', (sql) => {
    expect(() => opened(':memory:').prepare(sql)).toThrow(SyntaxError);
  });

  test('values come back as they went: text, fractions, -0, large numbers, null', () => {
    const db = opened(':memory:');
    db.exec('CREATE TABLE a (n INTEGER PRIMARY KEY, v)');
    const values = ['七', '', 0.1, 1e300, 5e-324, Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER, null];
    for (const value of values) db.prepare('INSERT INTO a (v) VALUES (?)').run([value]);
    expect(
      db
        .prepare('SELECT v FROM a ORDER BY n')
        .all<{ v: unknown }>()
        .map((row) => row.v),
    ).toEqual(values);
  });

  test('a transaction is all or nothing, also when SQLite itself gave up', () => {
    const db = opened(file);
    db.exec('CREATE TABLE a (x TEXT UNIQUE)');
    const add = (x: string): unknown => db.prepare('INSERT INTO a VALUES (?)').run([x]);
    expect(() => db.transaction(() => [add('1'), add('1')])).toThrow(/UNIQUE/);
    db.exec('PRAGMA max_page_count = 20');
    const full = (): void => db.transaction(() => Array.from({ length: 100 }, (_, i) => add(`${i}`.padEnd(4_000)))) as never;
    expect(full).toThrow(/full/);
    expect(db.inTransaction()).toBe(false);
    expect(db.prepare('SELECT count(*) AS n FROM a').get()).toEqual({ n: 0 });
    db.exec('PRAGMA max_page_count = 2000');
    full();
    expect(db.prepare('SELECT count(*) AS n FROM a').get()).toEqual({ n: 100 });
  });

  test('a statement works again after it failed, and holds no snapshot open', () => {
    const db = opened(file);
    db.exec('CREATE TABLE a (x INTEGER PRIMARY KEY)');
    const add = db.prepare('INSERT INTO a VALUES (?)');
    add.run([1]);
    expect(() => add.run([1])).toThrow(/UNIQUE/);
    add.run([2]);
    expect(db.prepare('SELECT x FROM a ORDER BY x').get()).toEqual({ x: 1 });
    expect(db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()).toMatchObject({ busy: 0, log: 0 });
  });

  test('an iteration goes on while the same statement is used elsewhere', () => {
    const db = opened(':memory:');
    const numbers = db.prepare('WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < ?) SELECT x FROM n');
    const seen: number[] = [];
    for (const { x } of numbers.iterate<{ x: number }>([300])) {
      if (x % 100 === 0) expect(numbers.all([3])).toHaveLength(3);
      seen.push(x);
    }
    expect(seen).toHaveLength(300);
  });

  test('R-37: a file that is no database, or has a broken page, is refused by name', () => {
    writeFileSync(file, 'hello'.repeat(2_000));
    expect(caught(() => openDatabase(file))).toMatchObject({ code: 'corrupt', file });
    rmSync(file);
    const db = openDatabase(file);
    db.exec('CREATE TABLE a (x INTEGER PRIMARY KEY, y TEXT UNIQUE)');
    for (let i = 0; i < 500; i++) db.prepare('INSERT INTO a VALUES (?, ?)').run([i, `row ${i}`]);
    db.close();
    const bytes = readFileSync(file);
    bytes.fill(0x5a, 4096, 4096 + 200);
    writeFileSync(file, bytes);
    expect(caught(() => openDatabase(file))).toMatchObject({ name: 'StoreFault', code: 'corrupt', file });
  });

  test('a folder that is not there is an error with a code', () => {
    expect(() => openDatabase(join(folder, 'none', 'a.db'))).toThrow(StoreFault);
  });

  test('waits for another writer, then says it is locked', () => {
    const [a, b] = [opened(file), opened(file, { busyTimeoutMs: 50 })];
    a.exec('CREATE TABLE a (x)');
    a.exec('BEGIN IMMEDIATE');
    const busy = caught(() => b.transaction(() => undefined));
    expect(errorCode(busy)).toBe('SQLITE_BUSY');
    expect(isDiskFull(busy)).toBe(false);
    a.exec('COMMIT');
    b.transaction(() => b.prepare('INSERT INTO a VALUES (?)').run([1]));
  });
});
