import type { ClockWindow, Millis, Said } from '@anlan/contracts';
import { stretch } from '../../figures.js';

const STATS = {
  mean: { zh: '平均', en: 'mean' },
  median: { zh: '中位数', en: 'median' },
  min: { zh: '最小值', en: 'lowest' },
  max: { zh: '最大值', en: 'highest' },
} as const satisfies Readonly<Record<ClockWindow['stat'], Said>>;

/** What the values are: `每日 02:00–04:00 平均`. */
export function sayWindow(window: ClockWindow | undefined): Said {
  if (!window) return { zh: '读数', en: 'readings' };
  const stat = STATS[window.stat];
  if ('everyMs' in window) return { zh: `每 ${stretch(window.everyMs)} ${stat.zh}`, en: `${stat.en} of each ${stretch(window.everyMs)}` };
  const hours = `${timeOfDay(window.fromMs)}–${timeOfDay(window.toMs)}`;
  return { zh: `每日 ${hours} ${stat.zh}`, en: `daily ${stat.en} of ${hours}` };
}

/** Local time to the minute: `6 月 3 日 02:00`, `06-03 02:00`. */
export function clockOf(t: Millis, zoneOffsetMs: Millis): Said {
  const local = new Date(t + zoneOffsetMs);
  const month = local.getUTCMonth() + 1;
  const day = local.getUTCDate();
  const clock = `${digits(local.getUTCHours())}:${digits(local.getUTCMinutes())}`;
  return { zh: `${month} 月 ${day} 日 ${clock}`, en: `${digits(month)}-${digits(day)} ${clock}` };
}

function digits(n: number): string {
  return n < 10 ? `0${n}` : `${n}`;
}

function timeOfDay(ms: Millis): string {
  return new Date(ms).toISOString().slice(11, 16);
}
