import type { Measures, Verdict } from './judge.js';

export type TableInput = Readonly<{
  name: string;
  measures: Measures;
  verdicts: readonly Verdict[];
  reference: Measures;
  /** Always on, silent, clock. */
  beside: readonly Measures[];
}>;

/** One line a measure: ours, the bar, and what others reach. */
export function tableText({ name, measures, verdicts, reference, beside }: TableInput): string {
  const byMeasure = new Map(verdicts.map((verdict) => [verdict.bar.measure, verdict]));
  const measured = [...new Set([...Object.keys(measures), ...byMeasure.keys()])];
  const lines = measured.map((measure) => {
    const verdict = byMeasure.get(measure);
    return [
      measure,
      cell(measures[measure]),
      barText(verdict),
      cell(reference[measure]),
      ...beside.map((one) => cell(one[measure])),
      verdictText(verdict),
    ];
  });
  const rows = [['measure', 'ours', 'bar', 'reference', 'always on', 'silent', 'clock', ''], ...lines];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length))) ?? [];
  return [
    `\n${name}`,
    ...rows.map(
      (row) =>
        `  ${row
          .map((text, i) => text.padEnd(widths[i] ?? 0))
          .join('  ')
          .trimEnd()}`,
    ),
  ].join('\n');
}

function cell(value: number | string | null | undefined): string {
  return value === undefined ? '' : String(value ?? '-');
}

function barText(verdict: Verdict | undefined): string {
  return verdict ? `${verdict.bar.op} ${verdict.bar.limit}${verdict.bar.isGoal ? ' (goal)' : ''}` : '';
}

function verdictText(verdict: Verdict | undefined): string {
  if (!verdict) return '';
  if (verdict.isMet) return 'ok';
  const by = verdict.missedBy === null ? 'not measured' : `by ${Number(verdict.missedBy.toFixed(4))}`;
  return `${verdict.bar.isGoal ? 'short' : 'MISSED'} ${by}`;
}
