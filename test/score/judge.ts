/** Runs score.mjs on detections and holds its measures against the bars. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BARS, type Bar, type DatasetName } from './bars.js';
import type { Detection } from './detections.js';

export type Measures = Readonly<Record<string, number | string | null>>;
export type Scored = Readonly<{ measures: Measures; reference: Measures }>;

/** What score.mjs makes of the lines, by dataset. Throws when it could not use one of them. */
export function scored(data: string, names: readonly string[], lines: readonly Detection[]): ReadonlyMap<string, Scored> {
  const place = mkdtempSync(join(tmpdir(), 'anlan-score-'));
  try {
    const input = join(place, 'detections.jsonl');
    const output = join(place, 'score.json');
    writeFileSync(input, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    const { status, stderr } = spawnSync(
      process.execPath,
      [join(data, 'score.mjs'), '--datasets', names.join(','), '--json', output, input],
      {
        encoding: 'utf8',
        maxBuffer: 64 * 1024 * 1024,
      },
    );
    if (status !== 0 || stderr.includes('series not in')) throw new Error(`score.mjs ended with ${status}: ${stderr.slice(0, 2_000)}`);
    const { results } = JSON.parse(readFileSync(output, 'utf8')) as { results: readonly (Scored & Readonly<{ dataset: string }>)[] };
    return new Map(results.map(({ dataset, measures, reference }) => [dataset, { measures, reference }]));
  } finally {
    rmSync(place, { recursive: true });
  }
}

export type Verdict = Readonly<{ bar: Bar; value: number | null; isMet: boolean; missedBy: number | null }>;

export function judged(name: DatasetName, measures: Measures): readonly Verdict[] {
  return BARS[name].map((bar) => {
    const value = measures[bar.measure];
    if (typeof value !== 'number') return { bar, value: null, isMet: false, missedBy: null };
    const missedBy = bar.op === '>=' ? bar.limit - value : value - bar.limit;
    return { bar, value, isMet: missedBy <= 0, missedBy: Math.max(0, missedBy) };
  });
}
