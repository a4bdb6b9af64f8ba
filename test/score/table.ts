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
  const measured = [...new Set([...Object.keys(measures), ...verdicts.map(({ bar }) => bar.measure)])];
  const lines = measured.map((measure) => {
    const own = verdicts.filter(({ bar }) => bar.measure === measure);
    return [
      measure,
      cell(measures[measure]),
      own.map(barText).join(' and '),
      cell(reference[measure]),
      ...beside.map((one) => cell(one[measure])),
      verdictText(own),
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

function barText({ bar }: Verdict): string {
  return `${bar.op} ${bar.limit}${bar.isGoal ? ' (goal)' : ''}`;
}

/** The worst of the bars of one measure. */
function verdictText(verdicts: readonly Verdict[]): string {
  if (verdicts.length === 0) return '';
  const missed = verdicts.find(({ isMet }) => !isMet);
  if (!missed) return 'ok';
  const by = missed.missedBy === null ? 'not measured' : `by ${Number(missed.missedBy.toFixed(4))}`;
  return `${missed.bar.isGoal ? 'short' : 'MISSED'} ${by}`;
}
