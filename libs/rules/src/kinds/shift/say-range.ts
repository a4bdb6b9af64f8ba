/** Why a value outside of its range called, in words and as lines. */
import type { Evidence, Said } from '@anlan/contracts';
import type { About } from '../../detector.js';
import { brief, stretch } from '../../figures.js';
import type { RangeMemory, RangeRule } from './range-memory.js';
import { sayWindow } from './say-window.js';

/** `每 2 h 平均 86 ℃，高于近 14 d 的最高值 80.1 ℃（超出 5.9 ℃，裕度 4 ℃）；持续 8 d 后以新水平为常值`. */
export function sayRange(rule: RangeRule, { last }: RangeMemory, about: About): Said {
  const score = brief(about.score);
  if (!last) return { zh: `超出范围 ${score} 倍裕度`, en: `${score} margins outside of the range` };
  const unit = about.pointUnit;
  const isAbove = last.v > last.high;
  const edge = isAbove ? last.high : last.low;
  const what = sayWindow(rule.window);
  const past = stretch(rule.learnMs);
  const v = `${brief(last.v)} ${unit}`;
  const off = `${brief(Math.abs(last.v - edge))} ${unit}`;
  const margin = `${brief(last.margin)} ${unit}`;
  const stands = stretch(rule.rebaseMs);
  return {
    zh: `${what.zh} ${v}，${isAbove ? '高' : '低'}于近 ${past} 的最${isAbove ? '高' : '低'}值 ${brief(edge)} ${unit}（超出 ${off}，裕度 ${margin}）；持续 ${stands} 后以新水平为常值`,
    en: `${what.en} ${v}, ${isAbove ? 'above the highest' : 'below the lowest'} of the last ${past}, ${brief(edge)} ${unit} (by ${off}, margin ${margin}); taken as usual once it has stood for ${stands}`,
  };
}

export function drawRange(rule: RangeRule, { last }: RangeMemory, { t }: About): Evidence | undefined {
  if (!last) return undefined;
  const from = t - rule.learnMs;
  const { v, low, high, margin } = last;
  const line = (name: 'lower' | 'upper', at: number) => ({ name, points: [[from, at] as const, [t, at] as const] });
  return { from, to: t, numbers: { value: v, low, high, margin }, lines: [line('lower', low - margin), line('upper', high + margin)] };
}
