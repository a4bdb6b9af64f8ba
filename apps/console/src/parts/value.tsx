import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Quality } from '@anlan/contracts';
import { clockText, listTime, momentText, spanOf } from '../data/server-clock.js';

/** At most six figures and three places: more is noise on a duty screen. The full number is in the tooltip. */
export function figure(v: number): string {
  if (!Number.isFinite(v)) return '—';
  const size = Math.abs(v);
  if (size >= 1e6 || (size > 0 && size < 1e-3)) return v.toExponential(2);
  const places = size >= 1_000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : 3;
  return String(Number(v.toFixed(places)));
}

/** The only way a reading is printed: with unit, and with time and quality where they are not as they should be. */
export function Value({
  v,
  unit,
  t,
  q,
  stale = false,
}: Readonly<{ v: number; unit: string; t: number; q: Quality; stale?: boolean }>): ReactNode {
  const { t: say } = useTranslation();
  return (
    <span className={stale ? 'value value-stale hatch' : 'value'} title={`${v} ${unit} · ${momentText(t)} · ${say(`quality.${q}`)}`}>
      <span className="num strong">{figure(v)}</span> <span className="value-unit">{unit}</span>
      {q !== 'good' && <span className="tag">{say(`quality.${q}`)}</span>}
      {stale && <span className="dim"> {say('time.asOf', { time: clockText(t).slice(0, 5) })}</span>}
    </span>
  );
}

/** A moment in a list, in Shanghai time; the whole of it in the tooltip. */
export function Moment({ at, now }: Readonly<{ at: number; now: number }>): ReactNode {
  const { t } = useTranslation();
  return (
    <time className="num" dateTime={new Date(at).toISOString()} title={momentText(at)}>
      {listTime(at, now, t('time.yesterday'))}
    </time>
  );
}

/** A length of time in words: `24 秒`, `12 分`, `2 小时 14 分`, `3 天 4 小时`. */
export function useSpanText(): (ms: number) => string {
  const { t } = useTranslation();
  return (ms) => {
    const { unit, a, b } = spanOf(ms);
    return t(`span.${unit}`, { a, b });
  };
}
