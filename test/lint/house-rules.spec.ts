import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

type Result = Readonly<{ name: string; expected: string | null; found: readonly string[] }>;

describe('house rules', () => {
  const results = JSON.parse(
    execFileSync(process.execPath, [join(import.meta.dirname, 'breaches.mjs')], {
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '', NX_DAEMON: 'false' },
      maxBuffer: 10_000_000,
    }),
  ) as readonly Result[];

  test.each(results.map((result) => [result.name, result] as const))('%s', (_name, { expected, found }) => {
    if (expected === null) expect(found).toEqual([]);
    else expect(found).toContain(expected);
  });
});
