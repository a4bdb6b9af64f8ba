/** Why a cumulative sum called, in words and as lines. */
import type { Evidence, Millis, Said } from '@anlan/contracts';
import type { About } from '../../detector.js';
import { amountOf } from '../../estimate/cusum.js';
import { brief, stretch } from '../../figures.js';
import { leadingRun, type CusumMemory, type CusumRule } from './cusum-memory.js';
import { clockOf, sayWindow } from './say-window.js';

/** `自 6 月 3 日 02:00 起抬升约 12 m³/h（每日 02:00–04:00 平均，常值约 105 m³/h，累积和 6.2，判限 5）；持续 8 d 后以新水平为常值`. */
export function sayCusum(rule: CusumRule, memory: CusumMemory, about: About): Said {
  const run = leadingRun(rule, memory.cusum);
  const { last } = memory;
  const score = brief(about.score);
  // A peak or an end of which only the score was kept.
  if (run.c === 0 || !last) return { zh: `累积偏离为判限的 ${score} 倍`, en: `cumulative departure ${score} times the limit` };
  const unit = about.pointUnit;
  const amount = amountOf(run);
  const by = `${brief(Math.abs(amount))} ${unit}`;
  const since = clockOf(run.since, rule.season.zoneOffsetMs);
  const what = sayWindow(rule.window);
  const usual = `${brief(last.usual)} ${unit}`;
  const limit = about.limit === undefined ? '' : brief(about.limit);
  const stands = stretch(rule.rebaseMs);
  return {
    zh: `自 ${since.zh} 起${amount > 0 ? '抬升' : '下降'}约 ${by}（${what.zh}，常值约 ${usual}；累积偏离为判限的 ${score} 倍${limit && `，限 ${limit}`}）；持续 ${stands} 后以新水平为常值`,
    en: `${amount > 0 ? 'up' : 'down'} by about ${by} since ${since.en} (${what.en}, usually about ${usual}; cumulative departure ${score} times the limit${limit && `, limit ${limit}`}); taken as usual once it has stood for ${stands}`,
  };
}

/** The usual level before, and the level since the run began. */
export function drawCusum(rule: CusumRule, memory: CusumMemory, { t }: About): Evidence | undefined {
  const { last, h } = memory;
  const run = leadingRun(rule, memory.cusum);
  if (!last || run.c === 0) return undefined;
  const shift = amountOf(run);
  const from = run.since - lead(t - run.since);
  const side = shift > 0 ? 'upper' : 'lower';
  return {
    from,
    to: t,
    numbers: { shift, usual: last.usual, sigma: last.sigma, cusum: run.c, h: h ?? rule.h, k: rule.k, since: run.since },
    lines: [
      { name: 'centre', points: [[from, last.usual] as const, [t, last.usual] as const] },
      { name: side, points: [[run.since, last.usual + shift] as const, [t, last.usual + shift] as const] },
    ],
  };
}

const LEAST_LEAD_MS = 3_600_000;

/** As much of the time before the change as after it. */
function lead(ranMs: Millis): Millis {
  return Math.max(LEAST_LEAD_MS, ranMs);
}
