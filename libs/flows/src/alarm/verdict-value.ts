import { ALARM_KINDS, EVIDENCE_LINES, LEVELS, VERDICT_PROCESSES, type Verdict } from '@anlan/contracts';
import { jsonObject } from '../readings-value.js';

type Check = (value: unknown) => boolean;
const text: Check = (value) => typeof value === 'string';
const number: Check = (value) => typeof value === 'number' && Number.isFinite(value);
const wordOf =
  (words: readonly string[]): Check =>
  (value) =>
    typeof value === 'string' && words.includes(value);
const partsOf =
  (parts: Readonly<Record<string, Check>>): Check =>
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(parts).every(([name, check]) => check((value as Readonly<Record<string, unknown>>)[name]));

/** Everything that the alarm machine reads; what is optional may be absent. */
const FIELDS: Readonly<Record<Exclude<keyof Verdict, 'pendingLevel' | 'dueAt' | 'endedAt' | 'evidence'>, Check>> = {
  id: text,
  cause: partsOf({ partition: number, offset: number, index: number }),
  key: partsOf({ pointId: text, ruleId: text, kind: wordOf(ALARM_KINDS) }),
  lane: wordOf(['live', 'retro']),
  trigger: wordOf(['reading', 'tick', 'rule_changed', 'rule_removed', 'point_removed', 'data_stale', 'data_back']),
  ruleVersion: number,
  siteId: text,
  process: wordOf(VERDICT_PROCESSES),
  level: wordOf(LEVELS),
  peak: wordOf(LEVELS),
  t0: number,
  n: number,
  t: number,
  at: number,
  value: number,
  unit: text,
  quality: wordOf(['good', 'uncertain', 'bad', 'maintenance', 'stale']),
  latching: (value) => typeof value === 'boolean',
  reason: partsOf({ zh: text, en: text }),
};
const whole = partsOf(FIELDS);

const MOST_LINES = 8;
const MOST_POINTS = 200;
const place: Check = (point) => Array.isArray(point) && point.length === 2 && point.every(number);
const line = partsOf({
  name: wordOf(EVIDENCE_LINES),
  points: (points) => Array.isArray(points) && points.length <= MOST_POINTS && points.every(place),
});
const evidenceParts = partsOf({
  from: number,
  to: number,
  numbers: (numbers) => typeof numbers === 'object' && numbers !== null && Object.values(numbers).every(number),
  lines: (lines) => Array.isArray(lines) && lines.length <= MOST_LINES && lines.every(line),
});

/** A record of `anlan.verdicts.v1`; undefined when it is none (S-60). */
export function verdictValue(json: string): Verdict | undefined {
  const value = jsonObject(json);
  if (!value || !whole(value)) return undefined;
  const { evidence, ...verdict } = value as unknown as Verdict;
  // A picture that cannot be drawn must not cost the alarm.
  return evidence !== undefined && evidenceParts(evidence) ? { ...verdict, evidence } : verdict;
}
