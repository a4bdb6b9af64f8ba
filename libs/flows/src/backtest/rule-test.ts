/** Tests of rules as their owners write them: what points read, and which alarms that must give. Nothing more and nothing less. */
import { ALARM_LEVELS, durationMs, type AlarmLevel, type Fault, type Millis, type Reading } from '@anlan/contracts';
import { backtest, type BacktestSetup } from './backtest.js';
import type { Episode } from './episodes.js';
import { lastMoment, parseSeries, readingsOf, type Stretch } from './test-series.js';

/** A moment, or a span of them, from the start of the test. */
type When = Readonly<{ from: Millis; to: Millis }>;
type Expected = Readonly<{ point: string; rule?: string; level: AlarmLevel; raised?: When; ended?: When | 'never' }>;
/** A test, ready to run. */
export type RuleTest = Readonly<{
  name: string;
  path: string;
  startMs: Millis;
  untilMs: Millis;
  readings: readonly Reading[];
  expected: readonly Expected[];
}>;
export type RuleTestResult = Readonly<{ name: string; faults: readonly Fault[]; episodes: readonly Episode[] }>;
export type RuleTestContext = Readonly<{
  path: string;
  /** Interval of a point; undefined: no such point. */
  intervalOf(pointId: string): Millis | undefined;
}>;

/** Monday, 2026-01-05 00:00 in China: rules that know the hour of the week begin with it. */
const START_MS = Date.UTC(2026, 0, 4, 16);
const MOST_READINGS = 1_000_000;
const KEYS = ['name', 'start', 'until', 'input', 'expect'];
const EXPECT_KEYS = ['point', 'rule', 'level', 'raised', 'ended'];

type Box = Readonly<Record<string, unknown>>;
type Report = (path: string, code: string, message: string) => void;

/** Reads one test. All faults at once, each with its path. */
export function parseRuleTest(
  value: unknown,
  context: RuleTestContext,
): Readonly<{ test: RuleTest }> | Readonly<{ faults: readonly Fault[] }> {
  const { path } = context;
  const faults: Fault[] = [];
  const report: Report = (at, code, message) => void faults.push({ path: at, code, message });
  if (!isBox(value)) return { faults: [{ path, code: 'bad_shape', message: 'a test is a map with name, input and expect' }] };
  for (const key of Object.keys(value)) if (!KEYS.includes(key)) report(`${path}/${key}`, 'unknown_key', `a test has ${KEYS.join(', ')}`);
  const name = typeof value['name'] === 'string' ? value['name'] : '';
  if (name === '') report(`${path}/name`, 'text_missing', 'a test needs a name');
  const startMs = value['start'] === undefined ? START_MS : momentOf(value['start']);
  if (startMs === undefined) report(`${path}/start`, 'bad_time', 'must be ISO 8601 text with a zone');
  const until = value['until'] === undefined ? 0 : durationMs(value['until']);
  if (until === undefined) report(`${path}/until`, 'bad_time', 'must be a time like 30m or 2h');
  const input = inputOf(value['input'], context, report);
  const untilMs = Math.max(until ?? 0, ...input.map(({ stretches }) => lastMoment(stretches)));
  const planned = input.reduce((sum, { intervalMs }) => sum + untilMs / intervalMs + 1, 0);
  if (planned > MOST_READINGS) report(`${path}/input`, 'too_much', `comes to more than ${MOST_READINGS} readings`);
  const expected = expectedOf(value['expect'], context, report);
  if (faults.length > 0 || startMs === undefined) return { faults };
  const readings = input.flatMap(({ pointId, intervalMs, stretches }) => readingsOf(stretches, { pointId, intervalMs, startMs, untilMs }));
  return { test: { name, path, startMs, untilMs, readings: readings.sort((a, b) => a.t - b.t), expected } };
}

type Input = Readonly<{ pointId: string; intervalMs: Millis; stretches: readonly Stretch[] }>;

function inputOf(value: unknown, { path, intervalOf }: RuleTestContext, report: Report): readonly Input[] {
  if (!isBox(value)) {
    report(`${path}/input`, 'bad_shape', 'input is a map from point ids to their series');
    return [];
  }
  return Object.entries(value).flatMap(([pointId, series]): readonly Input[] => {
    const at = `${path}/input/${pointId}`;
    const intervalMs = intervalOf(pointId);
    if (intervalMs === undefined) report(at, 'point_unknown', 'no such point');
    const parsed = parseSeries(series, at);
    if ('faults' in parsed) for (const fault of parsed.faults) report(fault.path, fault.code, fault.message);
    return intervalMs === undefined || 'faults' in parsed ? [] : [{ pointId, intervalMs, stretches: parsed.stretches }];
  });
}

function expectedOf(value: unknown, { path, intervalOf }: RuleTestContext, report: Report): readonly Expected[] {
  if (!Array.isArray(value)) {
    report(`${path}/expect`, 'bad_shape', 'expect is a list of alarms; an empty one means that nothing may be raised');
    return [];
  }
  return value.flatMap((one: unknown, i): readonly Expected[] => {
    const at = `${path}/expect/${i}`;
    if (!isBox(one)) return reported(report, at, 'bad_shape', 'an expected alarm is a map with point and level');
    for (const key of Object.keys(one))
      if (!EXPECT_KEYS.includes(key)) report(`${at}/${key}`, 'unknown_key', `an expected alarm has ${EXPECT_KEYS.join(', ')}`);
    const { point, rule } = one;
    const level = ALARM_LEVELS.find((known) => known === one['level']);
    const raised = one['raised'] === undefined ? undefined : whenOf(one['raised']);
    const ended = one['ended'] === 'never' ? 'never' : one['ended'] === undefined ? undefined : whenOf(one['ended']);
    if (typeof point !== 'string' || intervalOf(point) === undefined)
      return reported(report, `${at}/point`, 'point_unknown', 'no such point');
    if (!level)
      return reported(report, `${at}/level`, 'bad_level', `must be one of ${ALARM_LEVELS.join(', ')}: the gravest level that is reached`);
    if (one['raised'] !== undefined && !raised) return reported(report, `${at}/raised`, 'bad_time', WHEN);
    if (one['ended'] !== undefined && !ended) return reported(report, `${at}/ended`, 'bad_time', `${WHEN}, or never`);
    return [{ point, level, ...(typeof rule === 'string' && { rule }), ...(raised && { raised }), ...(ended && { ended }) }];
  });
}

const WHEN = 'must be a time like 5m, or a span like 5m..7m';

function reported(report: Report, path: string, code: string, message: string): readonly [] {
  report(path, code, message);
  return [];
}

function whenOf(value: unknown): When | undefined {
  const [first, second, more] = String(value).split('..');
  const from = durationMs(first?.trim());
  const to = second === undefined ? from : durationMs(second.trim());
  return more === undefined && from !== undefined && to !== undefined && from <= to ? { from, to } : undefined;
}

function momentOf(value: unknown): Millis | undefined {
  const t = typeof value === 'string' && /(?:Z|[+-]\d\d:?\d\d)$/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(t) ? undefined : t;
}

function isBox(value: unknown): value is Box {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Runs a test. Each expected alarm must be met by one of its own, and no other may be raised. */
export function runRuleTest(test: RuleTest, activation: BacktestSetup['activation']): RuleTestResult {
  const { name, path, startMs, untilMs, readings, expected } = test;
  const run = backtest({ activation, silence: activation.rules.some(({ kind }) => kind === 'health') });
  run.feed(readings);
  const { episodes } = run.outcome(startMs + untilMs);
  const live = episodes.filter(({ lane }) => lane === 'live');
  const left = new Set(live);
  const unmet = expected.flatMap((one, i): readonly Fault[] => {
    const met = live.find((episode) => left.has(episode) && meets(episode, one, startMs));
    if (met) left.delete(met);
    return met ? [] : [{ path: `${path}/expect/${i}`, code: 'not_raised', message: `${name}: ${said(one)} did not come` }];
  });
  const extra = [...left].map((episode) => ({
    path: `${path}/expect`,
    code: 'not_expected',
    message: `${name}: ${seen(episode, startMs)} was not expected`,
  }));
  return { name, faults: [...unmet, ...extra], episodes };
}

function meets({ key, peak, raisedAt, endedAt }: Episode, { point, rule, level, raised, ended }: Expected, startMs: Millis): boolean {
  if (key.pointId !== point || peak !== level || (rule !== undefined && key.ruleId !== rule)) return false;
  if (raised && !isIn(raisedAt - startMs, raised)) return false;
  if (ended === undefined) return true;
  return ended === 'never' ? endedAt === null : endedAt !== null && isIn(endedAt - startMs, ended);
}

function isIn(at: Millis, { from, to }: When): boolean {
  return at >= from && at <= to;
}

function said({ point, rule, level, raised, ended }: Expected): string {
  const spans = [raised && ` raised ${spanText(raised)}`, ended && (ended === 'never' ? ' never ended' : ` ended ${spanText(ended)}`)];
  return `${level} of ${point}${rule === undefined ? '' : ` by ${rule}`}${spans.filter(Boolean).join(',')}`;
}

function seen({ key, peak, raisedAt, endedAt, reason }: Episode, startMs: Millis): string {
  const end = endedAt === null ? 'never ended' : `ended ${timeText(endedAt - startMs)}`;
  return `${peak} of ${key.pointId} by ${key.ruleId}, raised ${timeText(raisedAt - startMs)}, ${end} (${reason.en}),`;
}

function spanText({ from, to }: When): string {
  return from === to ? timeText(from) : `${timeText(from)}..${timeText(to)}`;
}

/** `90s`, `5m`, `2h`: the largest unit that leaves a whole number. */
function timeText(ms: Millis): string {
  for (const [unit, length] of [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1_000],
  ] as const)
    if (ms !== 0 && ms % length === 0) return `${ms / length}${unit}`;
  return ms === 0 ? '0s' : `${ms}ms`;
}
