import type { Millis, Said, ThresholdRule, VerdictTrigger } from '@anlan/contracts';
import { rankOf } from '@anlan/contracts';
import type { Ladder } from './ladder-state.js';

/** At most six significant digits, without exponent noise for everyday values. */
export function number(v: number): string {
  return String(Number(v.toPrecision(6)));
}

/** 90000 → "90 s", 300000 → "5 min", 7200000 → "2 h". */
export function duration(ms: Millis): string {
  if (ms >= 3_600_000 && ms % 3_600_000 === 0) return `${ms / 3_600_000} h`;
  if (ms >= 120_000 && ms % 60_000 === 0) return `${ms / 60_000} min`;
  return `${number(ms / 1000)} s`;
}

const NO_LONGER: Partial<Readonly<Record<VerdictTrigger, Said>>> = {
  rule_removed: { zh: '规则已停用或删除', en: 'rule disabled or removed' },
  point_removed: { zh: '测点已删除', en: 'point removed' },
  data_stale: { zh: '无可信数据，状态保持', en: 'no trusted data; state held' },
  data_back: { zh: '数据恢复', en: 'data back' },
};

/** Why a threshold key changed, with the numbers that mattered. */
export function sayLadder(
  rule: ThresholdRule,
  ladder: Ladder,
  about: Readonly<{ unit: string; trigger: VerdictTrigger; rank: number }>,
): Said {
  const told = NO_LONGER[about.trigger];
  if (told) return told;
  const said = ladder.process === 'active' || ladder.process === 'pending' ? sayBreach(rule, ladder, about) : sayClear(ladder, about.unit);
  return about.trigger === 'rule_changed' ? { zh: `规则已修改：${said.zh}`, en: `rule changed: ${said.en}` } : said;
}

function sayBreach(rule: ThresholdRule, ladder: Ladder, { unit, rank }: Readonly<{ unit: string; rank: number }>): Said {
  const step = rule.levels.find((one) => rankOf(one.level) === rank);
  const v = `${number(ladder.value)} ${unit}`;
  if (!step) return { zh: v, en: v };
  const high = rule.side === 'both' ? step.high : rule.side === 'high' ? step.at : undefined;
  const low = rule.side === 'both' ? step.low : rule.side === 'low' ? step.at : undefined;
  const held = heldFor(step);
  const say = (sign: string, limit: number): Said => ({
    zh: `${v} ${sign} ${number(limit)} ${unit}${held.zh}`,
    en: `${v} ${sign} ${number(limit)} ${unit}${held.en}`,
  });
  if (high !== undefined && ladder.value >= high) return say('≥', high);
  if (low !== undefined && ladder.value <= low) return say('≤', low);
  return { zh: `${v}，尚未退出限值回差`, en: `${v}, not yet past the deadband` };
}

function heldFor({ onCount, onDelayMs }: Readonly<{ onCount: number; onDelayMs: Millis }>): Said {
  const count = onCount > 1 ? { zh: `，连续 ${onCount} 次`, en: ` for ${onCount} readings` } : { zh: '', en: '' };
  const delay = onDelayMs > 0 ? { zh: `，持续 ${duration(onDelayMs)}`, en: ` for ${duration(onDelayMs)}` } : { zh: '', en: '' };
  return { zh: count.zh + delay.zh, en: count.en + delay.en };
}

function sayClear(ladder: Ladder, unit: string): Said {
  const v = `${number(ladder.value)} ${unit}`;
  return { zh: `${v}，已回到限值以内`, en: `${v}, back inside the limits` };
}
