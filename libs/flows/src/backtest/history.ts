import type { Millis, Reading } from '@anlan/contracts';
import type { Series } from '@anlan/ports';

export type HistoryOrder = Readonly<{ points: readonly Readonly<{ pointId: string; intervalMs: Millis }>[]; from: Millis; to: Millis }>;
/** Readings in the order of their times, and up to where the history has been read. */
export type HistoryChunk = Readonly<{ readings: readonly Reading[]; readTo: Millis }>;

/** About so many readings in memory at once. */
const CHUNK = 5_000;
const PAGE = 10_000;

/** What the series holds of some points, all of them together in the order of time, a window at a time. Rejects with SeriesUnavailable. */
export async function* history(series: Pick<Series, 'read'>, { points, from, to }: HistoryOrder): AsyncGenerator<HistoryChunk> {
  const perMs = points.reduce((sum, { intervalMs }) => sum + 1 / intervalMs, 0);
  const windowMs = Math.max(1, Math.ceil(CHUNK / Math.max(perMs, Number.MIN_VALUE)));
  for (let start = from; start < to; start += windowMs) {
    const window = { from: start, to: Math.min(start + windowMs, to) };
    const readings: Reading[] = [];
    for (const { pointId } of points) await readAll(series, { pointId, window }, readings);
    readings.sort((a, b) => a.t - b.t);
    yield { readings, readTo: window.to };
  }
}

type One = Readonly<{ pointId: string; window: Readonly<{ from: Millis; to: Millis }> }>;

async function readAll(series: Pick<Series, 'read'>, { pointId, window }: One, into: Reading[]): Promise<void> {
  let after: Millis | undefined;
  for (;;) {
    const page = await series.read(pointId, window, PAGE, after);
    for (const { t, v, q } of page) into.push({ pointId, t, v, q });
    if (page.length < PAGE) return;
    after = page.at(-1)?.t;
  }
}
