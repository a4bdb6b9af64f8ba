/** Alarms as lines for score.mjs, and those of the trivial systems beside it. */
import { rankOf } from '@anlan/contracts';
import type { SeriesAlarm } from './dataset.js';

export type Detection = Readonly<{ dataset: string; series: string; t: string; level: number; end?: string }>;

/**
 * Alarms of one series that overlap are one alarm of it: raised with the first, over (level 0) with the last. What stands at the end lasts through the last
 * reading of `times`: without an end score.mjs would take it for an instant, and the moment of level 0 is no longer in alarm.
 */
export function detectionsOf(
  dataset: string,
  alarms: readonly SeriesAlarm[],
  times: ReadonlyMap<string, readonly number[]>,
): readonly Detection[] {
  const lines: Detection[] = [];
  for (const [series, own] of bySeries(alarms)) {
    let end = -Infinity;
    const sorted = [...own].sort((a, b) => a.from - b.from);
    sorted.forEach(({ from, to, level }, i) => {
      if (from > end || i === 0) lines.push({ dataset, series, t: iso(from), level: rankOf(level) });
      end = Math.max(end, to ?? Math.max(from, times.get(series)?.at(-1) ?? from) + 1);
      const next = sorted[i + 1];
      if (!next || next.from > end) lines.push({ dataset, series, t: iso(end), level: 0 });
    });
  }
  return lines;
}

/** Each raised alarm as the instant of its raise. */
export function raisesOf(dataset: string, alarms: readonly SeriesAlarm[]): readonly Detection[] {
  return alarms.map(({ series, from, level }) => ({ dataset, series, t: iso(from), level: rankOf(level) }));
}

/** In alarm at every reading, until the next. */
export function alwaysOn(dataset: string, times: ReadonlyMap<string, readonly number[]>): readonly Detection[] {
  return [...times].flatMap(([series, list]) => list.map((t, i) => ({ dataset, series, t: iso(t), level: 2, end: iso(list[i + 1] ?? t) })));
}

/** Calls at the first reading of every `everyMs`, whatever it says. */
export function clock(dataset: string, times: ReadonlyMap<string, readonly number[]>, everyMs: number): readonly Detection[] {
  return [...times].flatMap(([series, list]) =>
    list
      .filter((t, i) => i === 0 || Math.floor(t / everyMs) > Math.floor((list[i - 1] ?? t) / everyMs))
      .map((t) => ({ dataset, series, t: iso(t), level: 2 })),
  );
}

function bySeries(alarms: readonly SeriesAlarm[]): ReadonlyMap<string, readonly SeriesAlarm[]> {
  const groups = new Map<string, SeriesAlarm[]>();
  for (const alarm of alarms) {
    const group = groups.get(alarm.series);
    if (group) group.push(alarm);
    else groups.set(alarm.series, [alarm]);
  }
  return groups;
}

function iso(t: number): string {
  return new Date(t).toISOString();
}
