import { type Reading, type Verdict, keyText, repeatKeyTime } from '@anlan/contracts';
import type { Check, EngineEvents, Evidence, Finding } from './evidence.js';

const at = (pointId: string, t: number): string => `${pointId}@${t}`;
/** The dead letters of this sender are records that the platform could not take from itself. */
const PLATFORM = 'platform';
/** Findings of one invariant that a reader wants to see. */
const MOST = 5;
function twice(items: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  return items.filter((item) => seen.size === seen.add(item).size);
}
const minus = (a: readonly string[], b: ReadonlySet<string>): readonly string[] => a.filter((item) => !b.has(item));

const few = (items: readonly string[], most: number): readonly string[] =>
  items.length <= most ? items : [...items.slice(0, most), `… ${items.length - most} more`];
const wordsOf = ({ id, key, process, level, trigger, t, cause }: Verdict): string =>
  `${id}: ${keyText(key)} ${process} ${level} by ${trigger} at ${t}, of ${JSON.stringify(cause)}`;

/** Naive fold of the log: the first value for (point, device time) stands. */
function foldLog(log: NonNullable<Evidence['log']>): Readonly<{
  series: ReadonlyMap<string, Reading>;
  counts: ReadonlyMap<string, Readonly<{ received: number; stored: number; rejected: number; duplicate: number; quarantined: number }>>;
}> {
  const first = new Map<string, Reading>();
  const counts = new Map<string, { received: number; stored: number; rejected: number; duplicate: number; quarantined: number }>();
  for (const { record } of log) {
    const row = counts.get(record.deviceId) ?? { received: 0, stored: 0, rejected: 0, duplicate: 0, quarantined: 0 };
    counts.set(record.deviceId, row);
    row.received += record.readings.length + record.rejected + record.quarantined;
    row.rejected += record.rejected;
    row.quarantined += record.quarantined;
    for (const reading of record.readings) {
      const key = at(reading.pointId, repeatKeyTime(reading));
      const stands = first.get(key);
      if (!stands) {
        first.set(key, reading);
        row.stored++;
      } else if (stands.v === reading.v) row.duplicate++;
      else row.quarantined++;
    }
  }
  return { series: first, counts };
}

export const CHECKS: readonly Check[] = [
  {
    invariant: 'R-01',
    meaning: 'every acknowledged message is in the log',
    run: ({ sent, acked, log }) => {
      if (!sent || !acked || !log) return null;
      const kept = new Set(log.flatMap(({ record }) => record.readings.map((reading) => at(reading.pointId, repeatKeyTime(reading)))));
      return sent
        .filter((one) => acked.has(one.messageKey) && !kept.has(at(one.pointId, one.t)))
        .map((one) => `acknowledged but not in the log: ${at(one.pointId, one.t)}`);
    },
  },
  {
    invariant: 'R-03',
    meaning: 'a message sent again counts once in the series',
    run: ({ series }) =>
      series
        ? [...series].flatMap(([pointId, samples]) => twice(samples.map(({ t }) => at(pointId, t))).map((key) => `stored twice: ${key}`))
        : null,
  },
  {
    invariant: 'R-04',
    meaning: 'the ledger closes, and equals the fold of the log',
    run: ({ ledger, log }) => {
      if (!ledger) return null;
      const open = ledger
        .filter(
          (item) =>
            item.received !== item.stored + item.rejected + item.duplicate + item.quarantined + item.inFlight || item.inFlight !== 0,
        )
        .map((item) => `${item.deviceId} does not close: ${JSON.stringify(item)}`);
      if (!log) return open;
      const { counts } = foldLog(log);
      const wrong = [...counts].flatMap(([deviceId, want]) => {
        const got = ledger.find((item) => item.deviceId === deviceId);
        const same =
          got && (['received', 'stored', 'rejected', 'duplicate', 'quarantined'] as const).every((name) => got[name] === want[name]);
        return same ? [] : [`${deviceId} is ${JSON.stringify(got)}, the log says ${JSON.stringify(want)}`];
      });
      return [...open, ...wrong];
    },
  },
  {
    invariant: 'R-05',
    meaning: 'each refused or quarantined reading has one dead letter',
    run: ({ deadLetters, ledger }) => {
      if (!deadLetters || !ledger) return null;
      const letters = new Map<string, number>();
      for (const { deviceId } of deadLetters) if (deviceId !== PLATFORM) letters.set(deviceId, (letters.get(deviceId) ?? 0) + 1);
      const due = new Map(ledger.map((item) => [item.deviceId, item.rejected + item.quarantined]));
      return [...new Set([...letters.keys(), ...due.keys()])]
        .filter((deviceId) => (letters.get(deviceId) ?? 0) !== (due.get(deviceId) ?? 0))
        .map((deviceId) => `${deviceId} has ${letters.get(deviceId) ?? 0} dead letters for ${due.get(deviceId) ?? 0} refused readings`);
    },
  },
  {
    invariant: 'R-06',
    meaning: 'the series is the fold of the log: nothing missing, nothing extra, the first value stands',
    run: ({ series, log, sent, acked }) => {
      if (!series) return null;
      const got = new Map([...series].flatMap(([pointId, samples]) => samples.map(({ t, v }) => [at(pointId, t), v] as const)));
      if (log) {
        const want = new Map([...foldLog(log).series.values()].map((reading) => [at(reading.pointId, reading.t), reading.v] as const));
        const missing = [...want].filter(([key, v]) => got.get(key) !== v).map(([key, v]) => `${key} should be ${v}, is ${got.get(key)}`);
        return [...missing, ...minus([...got.keys()], new Set(want.keys())).map((key) => `nobody sent ${key}`)];
      }
      if (!sent || !acked) return null;
      const lost = sent
        .filter((one) => acked.has(one.messageKey) && got.get(at(one.pointId, one.t)) !== one.v)
        .map((one) => `acknowledged but not stored: ${at(one.pointId, one.t)}`);
      return [...lost, ...minus([...got.keys()], new Set(sent.map((one) => at(one.pointId, one.t)))).map((key) => `nobody sent ${key}`)];
    },
  },
  {
    invariant: 'R-07',
    meaning: 'sequence gaps reported are the gaps that exist',
    run: ({ trueGaps, ledger }) => {
      if (!trueGaps || !ledger) return null;
      return ledger.flatMap((item) => {
        const want = JSON.stringify(trueGaps.get(item.deviceId) ?? []);
        const got = JSON.stringify(item.gaps.map(({ fromSeq, toSeq }) => ({ fromSeq, toSeq })));
        return want === got ? [] : [`${item.deviceId} reports ${got}, true are ${want}`];
      });
    },
  },
  {
    invariant: 'R-08',
    meaning: 'verdicts follow from the log alone: the same as one naive pass gives',
    run: ({ verdicts, expectedVerdicts }) => {
      if (!verdicts || !expectedVerdicts) return null;
      const want = new Map(expectedVerdicts.map((verdict) => [verdict.id, verdict]));
      const got = new Map(verdicts.map((verdict) => [verdict.id, verdict]));
      return [
        ...[...want.values()].filter(({ id }) => !got.has(id)).map((verdict) => `missing verdict ${wordsOf(verdict)}`),
        ...[...got.values()].filter(({ id }) => !want.has(id)).map((verdict) => `ghost verdict ${wordsOf(verdict)}`),
      ];
    },
  },
  {
    invariant: 'R-09',
    meaning: 'after a crash verdicts go on where they were: first appearances stand in the order of their causes',
    run: ({ verdicts }) => {
      if (!verdicts) return null;
      const seen = new Set<string>();
      const firsts = verdicts.filter(({ id }) => !seen.has(id) && seen.add(id));
      const later = (a: (typeof firsts)[number], b: (typeof firsts)[number]): boolean =>
        a.cause.offset > b.cause.offset || (a.cause.offset === b.cause.offset && a.cause.index >= b.cause.index);
      return firsts
        .filter((verdict, i) => i > 0 && firsts[i - 1]!.cause.partition === verdict.cause.partition && later(firsts[i - 1]!, verdict))
        .map((verdict) => `came late: ${wordsOf(verdict)}`);
    },
  },
  {
    invariant: 'R-10',
    meaning: 'states and place belong together: what a worker takes up is the fold of the log to that place',
    run: ({ takenUp }) =>
      takenUp?.flatMap(({ nextOffset, entries, expected }) =>
        [...new Set([...entries.keys(), ...expected.keys()])]
          .filter((key) => entries.get(key) !== expected.get(key))
          .map((key) => `state ${key} at ${nextOffset} is ${entries.get(key)}, should be ${expected.get(key)}`),
      ) ?? null,
  },
  {
    invariant: 'R-11',
    meaning: 'at most one open alarm a key',
    run: ({ alarms }) =>
      alarms
        ? twice(
            alarms
              .filter(({ alarm }) => !alarm.retrospective && alarm.work !== 'closed' && alarm.work !== 'false_alarm')
              .map(({ alarm }) => alarm.keyText),
          ).map((key) => `two open alarms of ${key}`)
        : null,
  },
  {
    invariant: 'R-12',
    meaning: 'alarm events: no id twice, no gap in the sequence, and the engine events of a run without crashes',
    run: ({ alarms, expectedEvents }) => {
      if (!alarms) return null;
      const gaps = alarms.flatMap(({ alarm, events }) =>
        events.every((event, i) => event.seq === i + 1)
          ? []
          : [`${alarm.id} has the sequence ${events.map((event) => event.seq).join(' ')}`],
      );
      const doubled = twice(alarms.flatMap(({ events }) => events.map(({ id }) => id))).map((id) => `event ${id} twice`);
      if (!expectedEvents) return [...gaps, ...doubled];
      const got: EngineEvents = new Map(alarms.flatMap(({ engineEvents }) => [...engineEvents]));
      return [
        ...gaps,
        ...doubled,
        ...[...expectedEvents].filter(([id]) => !got.has(id)).map(([id, words]) => `missing event ${id}: ${words}`),
        ...[...got].filter(([id]) => !expectedEvents.has(id)).map(([id, words]) => `ghost event ${id}: ${words}`),
      ];
    },
  },
  {
    invariant: 'R-13',
    meaning: 'the alarm flow took every verdict: none became a dead letter of the platform',
    run: ({ deadLetters }) =>
      deadLetters?.filter(({ deviceId }) => deviceId === PLATFORM).map(({ id, code, reason }) => `set aside as ${code} ${id}: ${reason}`) ??
      null,
  },
  {
    invariant: 'R-18',
    meaning: 'nobody gets the same thing under two ids, or again after a recorded success',
    run: ({ notifications, phone }) => {
      if (!notifications && !phone) return null;
      const keys = (notifications ?? []).map((row) => `${row.eventId}|${row.personId}|${row.channel}|${row.step}`);
      const byKey = new Map<string, Set<string>>();
      for (const call of phone ?? []) byKey.set(call.key, (byKey.get(call.key) ?? new Set()).add(call.id));
      return [
        ...twice(keys).map((key) => `two rows for ${key}`),
        ...[...byKey].filter(([, ids]) => ids.size > 1).map(([key]) => `two ids for ${key}`),
        ...(phone ?? []).filter((call) => call.again).map((call) => `${call.id} was sent again after its success was recorded`),
      ];
    },
  },
  {
    invariant: 'R-19',
    meaning: 'every red notification had an attempt, or was void because somebody acknowledged',
    run: ({ notifications }) =>
      notifications
        ? notifications
            .filter((row) => row.level === 'red' && !['sent', 'cancelled', 'merged'].includes(row.state))
            .map((row) => `red ${row.id} is ${row.state} after ${row.attempts} attempts`)
        : null,
  },
];

/** Every violation, at most `most` an invariant, and which invariants could not be checked. */
export function checkAll(evidence: Evidence, most = MOST): Readonly<{ findings: readonly Finding[]; unchecked: readonly string[] }> {
  const results = CHECKS.map((check) => ({ invariant: check.invariant, says: check.run(evidence) }));
  return {
    findings: results.flatMap(({ invariant, says }) => few(says ?? [], most).map((text) => ({ invariant, says: text }))),
    unchecked: results.filter(({ says }) => says === null).map(({ invariant }) => invariant),
  };
}
