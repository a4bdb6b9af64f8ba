import type { Evidence, Millis, Said, VerdictTrigger } from '@anlan/contracts';
import { rankOf } from '@anlan/contracts';
import type { About, Trace } from './detector.js';
import type { Ladder } from './ladder-state.js';
import { duration, number } from './figures.js';
import type { Laddered } from './laddered.js';
import type { Compiled } from './versions.js';

const NO_LONGER: Partial<Readonly<Record<VerdictTrigger, Said>>> = {
  rule_removed: { zh: '规则已停用或删除', en: 'rule disabled or removed' },
  point_removed: { zh: '测点已删除', en: 'point removed' },
  data_stale: { zh: '无可信数据，状态保持', en: 'no trusted data; state held' },
  data_back: { zh: '数据恢复', en: 'data back' },
};

type Spoken = Readonly<{ pointUnit: string; rank: number }>;
type Judged = Readonly<{ compiled: Compiled; trace: Trace | null }>;

/** Unit of what the ladder judges. */
export function unitOf({ detector }: Compiled, pointUnit: string): string {
  return detector ? detector.unit(pointUnit) : pointUnit;
}

/** Why a key changed, with the numbers that mattered. */
export function sayLadder(slot: Judged, ladder: Ladder, about: Spoken & Readonly<{ trigger: VerdictTrigger }>): Said {
  const told = NO_LONGER[about.trigger];
  if (told) return told;
  const isBreach = ladder.process === 'active' || ladder.process === 'pending';
  const said = isBreach ? sayWhy(slot, ladder, about) : sayClear(slot.compiled, ladder, about);
  return about.trigger === 'rule_changed' ? { zh: `规则已修改：${said.zh}`, en: `rule changed: ${said.en}` } : said;
}

function aboutOf(rule: Laddered, ladder: Ladder, { pointUnit, rank }: Spoken): About {
  const step = rule.levels.find((one) => rankOf(one.level) === rank);
  const limit = step?.at ?? (step?.high !== undefined && ladder.value >= step.high ? step.high : step?.low);
  return { t: ladder.changedAt, score: ladder.value, rank, limit, pointUnit };
}

function sayWhy({ compiled: { rule, detector }, trace }: Judged, ladder: Ladder, about: Spoken): Said {
  if (rule.kind === 'health') return { zh: '', en: '' };
  if (detector && trace) return detector.explain(trace.state, aboutOf(rule, ladder, about));
  return sayBreach(rule, ladder, { unit: about.pointUnit, rank: about.rank });
}

/** What a chart can draw beside a verdict on a score. */
export function evidenceOf({ compiled: { rule, detector }, trace }: Judged, ladder: Ladder, about: Spoken): Evidence | undefined {
  if (rule.kind === 'health' || !detector || !trace) return undefined;
  return detector.evidence(trace.state, aboutOf(rule, ladder, about));
}

function sayBreach(rule: Laddered, ladder: Ladder, { unit, rank }: Readonly<{ unit: string; rank: number }>): Said {
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
  const isPast = (high === undefined || ladder.value <= high - step.deadband) && (low === undefined || ladder.value >= low + step.deadband);
  return isPast
    ? { zh: `${v}，已退出限值，等待恢复确认`, en: `${v}, back across the limit, waiting for the return to hold` }
    : { zh: `${v}，尚未退出限值回差`, en: `${v}, not yet past the deadband` };
}

function heldFor({ onCount, onDelayMs }: Readonly<{ onCount: number; onDelayMs: Millis }>): Said {
  const count = onCount > 1 ? { zh: `，连续 ${onCount} 次`, en: ` for ${onCount} readings` } : { zh: '', en: '' };
  const delay = onDelayMs > 0 ? { zh: `，持续 ${duration(onDelayMs)}`, en: ` for ${duration(onDelayMs)}` } : { zh: '', en: '' };
  return { zh: count.zh + delay.zh, en: count.en + delay.en };
}

function sayClear(compiled: Compiled, ladder: Ladder, about: Spoken): Said {
  const { rule, detector } = compiled;
  if (rule.kind !== 'health' && detector?.clear) return detector.clear(aboutOf(rule, ladder, about));
  const v = `${number(ladder.value)} ${unitOf(compiled, about.pointUnit)}`;
  return { zh: `${v}，已回到限值以内`, en: `${v}, back inside the limits` };
}
