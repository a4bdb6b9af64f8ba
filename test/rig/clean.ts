import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkAll } from '../check/checks.js';
import type { Evidence } from '../check/evidence.js';

const plain = (_key: string, value: unknown): unknown => {
  if (value instanceof Map) return Object.fromEntries(value);
  return value instanceof Set ? [...value] : value;
};

/**
 * Fails with what every check found. The evidence is then kept as a file, named in the message, with every finding in full, because
 * such a run seldom happens twice. `unchecked`: invariants that this evidence cannot show; no more and no fewer.
 */
export function expectClean(what: string, evidence: Evidence, { unchecked }: Readonly<{ unchecked?: readonly string[] }> = {}): void {
  const seen = checkAll(evidence);
  const asExpected = unchecked === undefined || JSON.stringify(seen.unchecked) === JSON.stringify(unchecked);
  if (seen.findings.length === 0 && asExpected) return;
  const file = join(mkdtempSync(join(tmpdir(), 'anlan-evidence-')), 'evidence.json');
  writeFileSync(file, JSON.stringify({ what, ...checkAll(evidence, Number.POSITIVE_INFINITY), evidence }, plain, 1));
  const found = seen.findings.map(({ invariant, says }) => `  ${invariant} ${says}`);
  const missed = asExpected ? [] : [`  not checked: ${seen.unchecked.join(' ')}; expected: ${(unchecked ?? []).join(' ')}`];
  throw new Error([`${what}: the evidence (${file}) breaks`, ...found, ...missed].join('\n'));
}
