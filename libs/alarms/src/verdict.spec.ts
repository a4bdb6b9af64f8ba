import type { Alarm, Verdict } from '@anlan/contracts';
import { ADMINISTRATOR, smallCity, testDigest, verdictOf } from '@anlan/testing';
import { type Change, type Context, applyLate, applyVerdict, retroRecordId } from './index.js';

const T = 1_750_000_000_000;
const HOUR = 3_600_000;
const context = (now: number): Context => ({
  digest: testDigest,
  now,
  audience: { registry: smallCity(), administrators: [ADMINISTRATOR] },
});

/** Applies one after another to the one alarm of the key; gives all changes. */
function live(...verdicts: readonly Verdict[]): readonly Change[] {
  let alarm: Alarm | undefined;
  return verdicts.flatMap((verdict) => {
    const changes = applyVerdict(alarm, undefined, verdict, context(verdict.at));
    alarm = changes.at(-1)?.alarm ?? alarm;
    return changes;
  });
}
const types = (changes: readonly Change[]): readonly string[] => changes.flatMap(({ events }) => events.map(({ type }) => type));
const notices = (changes: readonly Change[]): readonly string[] => [
  ...new Set(changes.flatMap(({ notifications }) => notifications.map(({ kind, level }) => `${kind} ${level}`))),
];
const last = (changes: readonly Change[]): Alarm => {
  const alarm = changes.at(-1)?.alarm;
  if (!alarm) throw new Error('nothing changed');
  return alarm;
};

describe('live verdicts', () => {
  test('E1, E3: what is only pending makes no record', () => {
    expect(live(verdictOf('pending', 'normal', T, { pendingLevel: 'blue' }), verdictOf('normal', 'normal', T + 1))).toEqual([]);
  });

  test('E2: an active condition is one occurrence, told to all people of the unit when no route matches', () => {
    const [change] = live(verdictOf('active', 'orange', T + 5, { t0: T }));
    expect(change?.alarm).toMatchObject({
      process: 'active',
      ack: 'unacked',
      work: 'awaiting_confirmation',
      level: 'orange',
      peakLevel: 'orange',
      firstBreachAt: T,
      raisedAt: T + 5,
      ackDueAt: T + 5 + 5 * 60_000,
      assetId: 'well-1',
      siteId: 'net-1',
      regionCode: '110',
      domain: 'uspace',
      unitId: 'gas-co',
      value: 2.61,
      version: 1,
      cycles: 0,
    });
    expect(change?.notifications.map(({ personId, channel, dueAt }) => [personId, channel, dueAt])).toEqual([
      ['p1', 'outbox', T + 5],
      ['p2', 'outbox', T + 5],
      ['p2', 'webhook', T + 5],
    ]);
  });

  test('I11: the id is that of key, first breach and number, not of the time it was noticed', () => {
    const early = last(live(verdictOf('active', 'blue', T + 1, { t0: T }))).id;
    expect(last(live(verdictOf('active', 'red', T + 9, { t0: T, at: T + 99 }))).id).toBe(early);
    expect(last(live(verdictOf('active', 'blue', T + 1, { t0: T, n: 2 }))).id).not.toBe(early);
    expect(early).toMatch(/^[0-9a-f]{32}$/);
  });

  test('one alarm climbs through the colours: a rise each, level and peak follow, and each rise asks again', () => {
    const changes = live(
      verdictOf('active', 'blue', T),
      verdictOf('active', 'yellow', T + 1),
      verdictOf('active', 'orange', T + 2),
      verdictOf('active', 'red', T + 3, { value: 5.5 }),
      verdictOf('active', 'yellow', T + 4, { value: 1.2 }),
    );
    expect(new Set(changes.map(({ alarm }) => alarm.id)).size).toBe(1);
    expect(types(changes)).toEqual(['raised', 'level_rose', 'level_rose', 'level_rose', 'level_fell']);
    expect(notices(changes)).toEqual(['raise blue', 'rise yellow', 'rise orange', 'rise red']);
    expect(last(changes)).toMatchObject({ level: 'yellow', peakLevel: 'red', value: 5.5, ackDueAt: T + 3 + 120_000 });
  });

  test('E4, E5, E6: recovering is not told, a new breach in it is the same cycle, the end is told to those who were told', () => {
    const changes = live(
      verdictOf('active', 'yellow', T),
      verdictOf('recovering', 'yellow', T + 1),
      verdictOf('active', 'yellow', T + 2),
      verdictOf('recovering', 'yellow', T + 3),
      verdictOf('normal', 'normal', T + 4),
    );
    expect(types(changes)).toEqual(['raised', 'recovering', 'rebreached', 'recovering', 'recovered']);
    expect(notices(changes)).toEqual(['raise yellow', 'recovery yellow']);
    expect(last(changes)).toMatchObject({
      process: 'normal',
      level: 'yellow',
      endedAt: T + 4,
      endReason: 'recovered',
      work: 'awaiting_confirmation',
      cycles: 1,
    });
  });

  test('ruling 14 (E6b): the condition returns in an open occurrence: same id, unacknowledged, told like a raise', () => {
    const changes = live(
      verdictOf('active', 'yellow', T),
      verdictOf('normal', 'normal', T + 1),
      verdictOf('pending', 'normal', T + 2, { n: 2, pendingLevel: 'orange', dueAt: T + 9 }),
      verdictOf('active', 'orange', T + 3, { t0: T + 2, n: 2 }),
    );
    expect(types(changes)).toEqual(['raised', 'recovered', 'pending', 'returned']);
    expect(changes[2]?.alarm).toMatchObject({ process: 'pending', pendingLevel: 'orange', pendingDueAt: T + 9 });
    expect(last(changes)).toMatchObject({
      id: changes[0]?.alarm.id,
      process: 'active',
      ack: 'unacked',
      cycles: 1,
      level: 'orange',
      pendingLevel: null,
      endedAt: null,
    });
    expect(notices(changes)).toEqual(['raise yellow', 'recovery yellow', 'raise orange']);
  });

  test('a latching alarm stays latched until reset, and is not told as recovered', () => {
    const changes = live(verdictOf('active', 'red', T, { latching: true }), verdictOf('normal', 'normal', T + 1));
    expect(types(changes)).toEqual(['raised', 'latched']);
    expect(notices(changes)).toEqual(['raise red']);
    expect(last(changes)).toMatchObject({ process: 'latched', endedAt: null });
  });

  test('I4, E27, E28: silence freezes; nothing but good data ends it', () => {
    const changes = live(
      verdictOf('active', 'red', T),
      verdictOf('active', 'red', T + 1, { trigger: 'data_stale', quality: 'stale' }),
      verdictOf('normal', 'normal', T + 2, { quality: 'stale', trigger: 'tick' }),
      verdictOf('normal', 'normal', T + 3, { quality: 'bad' }),
      verdictOf('active', 'red', T + 4, { trigger: 'data_back' }),
      verdictOf('normal', 'normal', T + 5),
    );
    expect(types(changes)).toEqual(['raised', 'data_stale', 'data_stale', 'data_back', 'recovered']);
    expect(changes[2]?.alarm).toMatchObject({ process: 'active', quality: 'bad' });
  });

  test('R-16, E29: an end that a rule edit made is never told as recovered', () => {
    const changes = live(
      verdictOf('active', 'yellow', T),
      verdictOf('recovering', 'yellow', T + 1, { trigger: 'rule_changed', ruleVersion: 2 }),
      verdictOf('normal', 'normal', T + 2, { ruleVersion: 2 }),
    );
    expect(types(changes)).toEqual(['raised', 'rule_edited', 'rule_edited']);
    expect(notices(changes)).toEqual(['raise yellow']);
    expect(last(changes)).toMatchObject({ process: 'normal', endReason: 'rule_changed', ruleVersion: 2, work: 'awaiting_confirmation' });
  });

  test('E29: an alarm that stands under the new limits as well says so, and ends as any other', () => {
    const changes = live(
      verdictOf('active', 'yellow', T),
      verdictOf('active', 'yellow', T + 1, { trigger: 'rule_changed', ruleVersion: 2, value: 7 }),
      verdictOf('normal', 'normal', T + 2, { ruleVersion: 2 }),
    );
    expect(types(changes)).toEqual(['raised', 'rule_edited', 'recovered']);
    expect(changes[1]?.alarm).toMatchObject({ process: 'active', ruleVersion: 2, value: 7, endReason: null, ack: 'unacked' });
    expect(notices(changes)).toEqual(['raise yellow', 'recovery yellow']);
  });

  test('E30: a removed rule leaves the alarm open for a person to review', () => {
    const changes = live(verdictOf('active', 'orange', T), verdictOf('normal', 'normal', T + 1, { trigger: 'rule_removed' }));
    expect(types(changes)).toEqual(['raised', 'removed']);
    expect(notices(changes)).toEqual(['raise orange']);
    expect(last(changes)).toMatchObject({ process: 'normal', endReason: 'removed', work: 'awaiting_review' });
  });

  test('E22: after a closed occurrence the next one is new, a recurrence only within a day', () => {
    const closed: Alarm = {
      ...last(live(verdictOf('active', 'blue', T), verdictOf('normal', 'normal', T + 1))),
      work: 'closed',
      closedAt: T + 10,
    };
    const again = (at: number): Alarm => last(applyVerdict(undefined, closed, verdictOf('active', 'blue', at, { n: 2 }), context(at)));
    expect(again(T + HOUR)).toMatchObject({ recurrenceOf: closed.id, version: 1 });
    expect(again(T + HOUR).id).not.toBe(closed.id);
    expect(again(T + 25 * HOUR).recurrenceOf).toBeNull();
  });
});

describe('late data (ruling 32)', () => {
  const late = (more: Partial<Verdict>): Verdict => verdictOf('normal', 'red', T, { lane: 'retro', ...more });

  test('a record born normal, outside the open ones, with one low-key notice', () => {
    const [change] = applyLate(undefined, false, late({}), context(T + HOUR));
    expect(change?.alarm).toMatchObject({ process: 'normal', retrospective: true, endedAt: null, level: 'red', firstBreachAt: T });
    expect(change?.timers).toEqual([]);
    expect(change?.notifications.map(({ kind, level, dueAt }) => [kind, level, dueAt])).toEqual(
      Array(3).fill(['late', 'yellow', T + HOUR + 60_000]),
    );
    expect(change?.alarm.id).not.toBe(last(live(verdictOf('active', 'red', T))).id);
  });

  test('its end is written once, and told only if it was not', () => {
    const [begun] = applyLate(undefined, false, late({ level: 'yellow', peak: 'yellow' }), context(T));
    expect(begun?.notifications).toEqual([]);
    const end = late({ level: 'normal', peak: 'orange', t: T + 9, at: T + HOUR, endedAt: T + 9 });
    expect(retroRecordId(end, context(T))).toBe(begun?.alarm.id);
    const [ended] = applyLate(begun?.alarm, true, end, context(T + HOUR));
    expect(ended?.alarm).toMatchObject({ endedAt: T + 9, level: 'yellow', peakLevel: 'orange' });
    expect(ended?.notifications).toHaveLength(3);
    expect(applyLate(ended?.alarm, true, end, context(T + HOUR))).toEqual([]);
  });

  test('what an episode on record covers opens nothing', () => {
    expect(applyLate(undefined, true, late({}), context(T))).toEqual([]);
  });
});
