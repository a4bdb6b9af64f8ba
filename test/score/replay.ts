/**
 * A dataset through the platform in virtual time. Real: the bundle schema, import and rule parsing (`registry.ts`), the JSON payload of
 * each message and its parser, ranges and refusals, the engine with its log records, and the alarm machine. Left out: MQTT, the log on
 * disk and the stores, which change neither what arrives nor in which order.
 */
import { applyVerdict, type Context } from '@anlan/alarms';
import { HEALTH_KINDS, keyText, parseTelemetry, rankOf, type Alarm, type AlarmKind, type Reading, type Verdict } from '@anlan/contracts';
import { backtest, type Outcome } from '@anlan/flows';
import type { Dataset, Message, SeriesAlarm } from './dataset.js';
import type { Folder } from './folder.js';
import { imported, type Imported } from './registry.js';

export type Replayed = Readonly<{
  outcome: Outcome;
  alarms: readonly SeriesAlarm[];
  /** Everything that the engine told, for the dataset's own measures. */
  verdicts: readonly Verdict[];
  /** Readings that the parser refused, by code. */
  refused: ReadonlyMap<string, number>;
  /** Times of the messages of each series, sorted, for the baselines. */
  times: ReadonlyMap<string, readonly number[]>;
  seconds: number;
}>;

export async function replay(dataset: Dataset, folder: Folder): Promise<Replayed> {
  const world = await imported(dataset.bundle(folder));
  const refused = new Map<string, number>();
  const times = new Map<string, number[]>();
  const { shiftMs = 0 } = dataset;
  const messages = [...dataset.messages(folder)].map((message) => ({ ...message, t: message.t + shiftMs })).sort((a, b) => a.t - b.t);
  const watch = alarmWatch(dataset, world);
  const began = performance.now();
  const verdicts: Verdict[] = [];
  const onVerdict = (verdict: Verdict): void => {
    if (dataset.own) verdicts.push(verdict);
    watch.take(verdict);
  };
  const test = backtest({ activation: world.activation, onVerdict });
  let batch: Reading[] = [];
  for (const message of messages) {
    const parsed = parsedOf(message, world);
    for (const { code } of parsed.refused) refused.set(code, (refused.get(code) ?? 0) + 1);
    for (const { pointId, t } of parsed.readings) note(times, dataset.series(pointId), t - shiftMs);
    batch.push(...parsed.readings);
    if (batch.length < 4_096) continue;
    test.feed(batch);
    batch = [];
  }
  test.feed(batch);
  const outcome = test.outcome();
  const alarms = watch
    .alarms()
    .map(({ from, to, ...alarm }) => ({ ...alarm, from: from - shiftMs, to: to === null ? null : to - shiftMs }));
  return { outcome, alarms, verdicts, refused, times, seconds: (performance.now() - began) / 1_000 };
}

/** The message as a device would have sent it: JSON with an ISO time. */
function parsedOf({ deviceId, t, values }: Message, { directory }: Imported): ReturnType<typeof parseTelemetry> {
  const known = directory.find(deviceId);
  if (!known) throw new Error(`the bundle has no device ${deviceId}`);
  return parseTelemetry(JSON.stringify({ t: new Date(t).toISOString(), values }), { ...known.context, arrivedAt: t });
}

function note(times: Map<string, number[]>, series: string | undefined, t: number): void {
  if (series === undefined) return;
  const list = times.get(series);
  if (!list) times.set(series, [t]);
  else if (list.at(-1) !== t) list.push(t);
}

type Watch = Readonly<{ take(verdict: Verdict): void; alarms(): readonly SeriesAlarm[] }>;

/** The alarm machine with nobody at the desk: what it holds active, from when to when, at `from` or above. */
function alarmWatch({ series, kinds, from = 'yellow' }: Dataset, { registry }: Imported): Watch {
  const held = new Map<string, Alarm>();
  const running = new Map<string, SeriesAlarm>();
  const done: SeriesAlarm[] = [];
  const counts = (kind: AlarmKind): boolean => (kinds ? kinds.includes(kind) : !HEALTH_KINDS.has(kind));
  return {
    take(verdict) {
      const { key, lane, t } = verdict;
      const owner = series(key.pointId);
      if (lane === 'retro' || owner === undefined || !counts(key.kind)) return;
      const name = keyText(key);
      const context: Context = { digest: (text) => text, now: verdict.at, audience: { registry, administrators: [] } };
      for (const { alarm } of applyVerdict(held.get(name), undefined, verdict, context)) {
        held.set(name, alarm);
        const isOn = (alarm.process === 'active' || alarm.process === 'recovering') && rankOf(alarm.level) >= rankOf(from);
        const on = running.get(name);
        if (isOn && !on) {
          running.set(name, {
            pointId: key.pointId,
            series: owner,
            kind: key.kind,
            ruleId: key.ruleId,
            level: alarm.level,
            from: t,
            to: null,
            reason: alarm.reason.en,
          });
        } else if (!isOn && on) {
          running.delete(name);
          done.push({ ...on, to: Math.max(on.from, t) });
        }
      }
    },
    alarms: () => [...done, ...running.values()].sort((a, b) => a.from - b.from),
  };
}
