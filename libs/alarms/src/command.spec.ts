import { ALARM_LEVELS, type Actor, type Alarm, type AlarmLevel, type AlarmTimer, type Verdict } from '@anlan/contracts';
import { ADMINISTRATOR, smallCity, testDigest, verdictOf } from '@anlan/testing';
import {
  type AlarmCommand,
  type Change,
  type CommandDecision,
  type Context,
  COMMANDS,
  LATER_COMMANDS,
  RESPONSE,
  applyVerdict,
  decideCommand,
  fireTimer,
  isVoided,
  timersOf,
} from './index.js';

const T = 1_750_000_000_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const USER: Actor = { kind: 'user', id: 'u1', personId: 'p1' };
const LINK: Actor = { kind: 'link', id: 'p1', personId: 'p1' };
const SECOND = { userId: 'u2', personId: 'p2' };
const context = (now: number): Context => ({
  digest: testDigest,
  now,
  audience: { registry: smallCity(), administrators: [ADMINISTRATOR] },
});

const raised = (level: AlarmLevel): Alarm => only(applyVerdict(undefined, undefined, verdictOf('active', level, T), context(T))).alarm;
const then = (alarm: Alarm, verdict: Verdict): Alarm => only(applyVerdict(alarm, undefined, verdict, context(verdict.at))).alarm;
const order = (alarm: Alarm, command: AlarmCommand, actor = USER, now = T + MINUTE): CommandDecision =>
  decideCommand(alarm, command, { actor, commandId: `v${alarm.version}|${actor.id}` }, context(now));

function only(changes: readonly Change[]): Change {
  const [change] = changes;
  if (!change || changes.length !== 1) throw new Error(`${changes.length} changes`);
  return change;
}
function done(decision: CommandDecision): Change {
  if (decision.kind === 'refused') throw new Error(decision.code);
  return only(decision.changes);
}
const codeOf = (decision: CommandDecision): string => (decision.kind === 'refused' ? `${decision.status} ${decision.code}` : 'done');
const fire = (alarm: Alarm, kind: AlarmTimer['kind']): readonly Change[] => {
  const timer = timersOf(alarm).find((one) => one.kind === kind);
  if (!timer) throw new Error(`no timer ${kind}`);
  return fireTimer(alarm, timer, context(timer.dueAt));
};

describe('acknowledge (E9)', () => {
  test('is for a level, confirms the work, stops the pressing, and happens once', () => {
    const alarm = raised('orange');
    const { alarm: acked, events } = done(order(alarm, { type: 'acknowledge', comment: '已派人' }));
    expect(acked).toMatchObject({
      ack: 'acked',
      ackedLevel: 'orange',
      ackedBy: 'u1',
      ackTrust: 'login',
      ackDueAt: null,
      work: 'confirmed',
      ackedAt: T + MINUTE,
    });
    expect(events[0]).toMatchObject({ type: 'acknowledged', actor: USER, at: T + MINUTE, comment: '已派人' });
    expect(timersOf(acked).map(({ kind, dueAt }) => [kind, dueAt])).toEqual([['re_alarm', T + MINUTE + HOUR]]);
    expect(order(acked, { type: 'acknowledge' })).toEqual({ kind: 'done', changes: [], cancelUpTo: 'orange' });
  });

  test('I5, R-21: a rise asks again; a notice of a higher level is not void by an older acknowledgement', () => {
    const { alarm: acked } = done(order(raised('yellow'), { type: 'acknowledge' }));
    expect(isVoided(acked, { kind: 'raise', level: 'yellow' })).toBe(true);
    expect(isVoided(acked, { kind: 'recovery', level: 'yellow' })).toBe(false);
    expect(isVoided(acked, { kind: 'rise', level: 'red' })).toBe(false);
    expect(then(acked, verdictOf('active', 'red', T + HOUR))).toMatchObject({ ack: 'unacked', ackedBy: null, work: 'confirmed' });
  });

  test('ruling 34: by link a red is only paused for 10 minutes; a login makes it stand', () => {
    const { alarm: byLink } = done(order(raised('red'), { type: 'acknowledge' }, LINK));
    expect(byLink).toMatchObject({ ack: 'acked', ackTrust: 'link' });
    const { alarm: expired, notifications } = only(fire(byLink, 'link_ack'));
    expect(expired).toMatchObject({ ack: 'unacked', updatedAt: T + 11 * MINUTE, ackDueAt: T + 13 * MINUTE });
    expect(notifications.map(({ kind }) => kind)).toContain('re_alarm');
    const { alarm: byLogin } = done(order(byLink, { type: 'acknowledge' }));
    expect(byLogin.ackTrust).toBe('login');
    expect(timersOf(byLogin).map(({ kind }) => kind)).toEqual(['re_alarm']);
  });

  test('6.4: a link of a lower level cannot acknowledge a higher one', () => {
    expect(codeOf(order(raised('red'), { type: 'acknowledge', upToLevel: 'orange' }, LINK))).toBe('409 level_risen');
  });

  test.each(COMMANDS.filter((type) => type !== 'acknowledge'))('S-47: %s is not for a link', (type) => {
    const command = { type, until: T + 2 * MINUTE, reason: 'x', cause: 'y', comment: 'z' } as AlarmCommand;
    expect(codeOf(order(raised('blue'), command, LINK))).toBe('403 link_not_allowed');
  });
});

describe('timers', () => {
  test.each([
    ['red', 2, 5],
    ['orange', 5, 15],
    ['yellow', 30, 120],
  ] as const)('E10: %s is pressed after %d min and again every %d', (level, first, every) => {
    const alarm = raised(level);
    expect(timersOf(alarm)).toEqual([{ alarmId: alarm.id, kind: 'ack_due', generation: 1, dueAt: T + first * MINUTE }]);
    const { alarm: overdue, notifications } = only(fire(alarm, 'ack_due'));
    expect(notifications.map(({ kind, step }) => [kind, step])[0]).toEqual(['ack_overdue', 1]);
    expect(timersOf(overdue)).toEqual([{ alarmId: alarm.id, kind: 'ack_due', generation: 2, dueAt: T + (first + every) * MINUTE }]);
  });

  test('blue is not pressed', () => expect(timersOf(raised('blue'))).toEqual([]));

  test('R-20: reminders missed while nothing ran count as one', () => {
    const alarm = raised('red');
    const { alarm: late } = only(
      fireTimer(alarm, { alarmId: alarm.id, kind: 'ack_due', generation: 1, dueAt: T + 2 * MINUTE }, context(T + HOUR)),
    );
    expect(late.escalation).toBe(12);
    expect(timersOf(late)[0]?.dueAt).toBe(T + 62 * MINUTE);
  });

  test('E11: an acknowledged red that stands is told again after 15 minutes, a counted number of times', () => {
    const { alarm: acked } = done(order(raised('red'), { type: 'acknowledge' }));
    const { alarm: again, notifications } = only(fire(acked, 're_alarm'));
    expect(again).toMatchObject({ ack: 'unacked', reAlarms: 1, ackDueAt: T + 18 * MINUTE });
    expect(notifications[0]).toMatchObject({ kind: 're_alarm', level: 'red' });
    expect(timersOf({ ...acked, reAlarms: RESPONSE.red.maxReAlarms })).toEqual([]);
  });

  test('I7: a timer of an older generation does nothing', () => {
    const alarm = raised('red');
    const [timer] = timersOf(alarm);
    const { alarm: acked } = done(order(alarm, { type: 'acknowledge' }));
    expect(timer && fireTimer(acked, timer, context(T + HOUR))).toEqual([]);
  });

  test('E31: blue closes itself after a day at normal, yellow never', () => {
    const normal = then(raised('blue'), verdictOf('normal', 'normal', T + 1));
    expect(only(fire(normal, 'auto_close')).alarm).toMatchObject({ work: 'closed', closedAt: T + 1 + 24 * HOUR });
    expect(timersOf({ ...normal, peakLevel: 'yellow', level: 'yellow' }).map(({ kind }) => kind)).not.toContain('auto_close');
    expect(timersOf({ ...normal, quality: 'stale' })).toEqual([]);
  });
});

describe('shelve (E23, E24)', () => {
  const shelve = (minutes: number, more: Partial<AlarmCommand> = {}): AlarmCommand =>
    ({ type: 'shelve', until: T + (minutes + 1) * MINUTE, reason: '检修', ...more }) as AlarmCommand;

  test.each([
    ['blue', 24 * 60],
    ['yellow', 8 * 60],
    ['orange', 120],
    ['red', 60],
  ] as const)('%s for at most %d minutes', (level, most) => {
    expect(codeOf(order(raised(level), shelve(most, { secondPerson: SECOND })))).toBe('done');
    expect(codeOf(order(raised(level), shelve(most + 1, { secondPerson: SECOND })))).toBe('422 until_bad');
    expect(codeOf(order(raised(level), shelve(-2, { secondPerson: SECOND })))).toBe('422 until_bad');
  });

  test('ruling 33, S-42: orange and red need somebody else', () => {
    expect(ALARM_LEVELS.map((level) => codeOf(order(raised(level), shelve(10))))).toEqual([
      'done',
      'done',
      '403 second_person_required',
      '403 second_person_required',
    ]);
    expect(codeOf(order(raised('red'), shelve(10, { secondPerson: { userId: 'u1', personId: 'p7' } })))).toBe('403 second_person_required');
    expect(codeOf(order(raised('red'), shelve(10, { secondPerson: { userId: 'u2', personId: 'p1' } })))).toBe('403 second_person_required');
  });

  test('R-22: ends on time; still active means unacknowledged and told', () => {
    const { alarm: acked } = done(order(raised('yellow'), { type: 'acknowledge' }));
    const { alarm: shelved } = done(order(acked, shelve(10)));
    expect(timersOf(shelved).map(({ kind }) => kind)).toEqual(['shelf_end']);
    const { alarm: ended, notifications } = only(fire(shelved, 'shelf_end'));
    expect(ended).toMatchObject({ suppression: null, ack: 'unacked', ackDueAt: T + 41 * MINUTE });
    expect(notifications[0]).toMatchObject({ kind: 'shelf_ended' });
  });

  test('a shelved alarm tells nobody, but records; a one-shot shelf ends with the condition', () => {
    const { alarm: shelved } = done(order(raised('yellow'), shelve(60, { oneShot: true })));
    const change = only(applyVerdict(shelved, undefined, verdictOf('normal', 'normal', T + 2 * MINUTE), context(T + 2 * MINUTE)));
    expect(change.events.map(({ type }) => type)).toEqual(['recovered', 'shelf_ended']);
    expect(change.notifications).toEqual([]);
    expect(change.alarm).toMatchObject({ suppression: null, process: 'normal' });
  });

  test('a rise above the permit lifts the shelf and is told; a rise within it is not', () => {
    const { alarm: shelved } = done(order(raised('yellow'), shelve(60)));
    const risen = only(applyVerdict(shelved, undefined, verdictOf('active', 'red', T + 2 * MINUTE), context(T + 2 * MINUTE)));
    expect(risen.events.map(({ type }) => type)).toEqual(['shelf_ended', 'level_rose']);
    expect(risen.notifications.map(({ kind, level }) => `${kind} ${level}`)).toContain('rise red');
    const fallen = then(shelved, verdictOf('active', 'blue', T + 2 * MINUTE));
    expect(
      only(applyVerdict(fallen, undefined, verdictOf('active', 'yellow', T + 3 * MINUTE), context(T + 3 * MINUTE))).notifications,
    ).toEqual([]);
  });

  test('unshelve tells that it still stands', () => {
    const { alarm: shelved } = done(order(raised('blue'), shelve(60)));
    expect(done(order(shelved, { type: 'unshelve' })).notifications[0]).toMatchObject({ kind: 'shelf_ended' });
    expect(codeOf(order(raised('blue'), { type: 'unshelve' }))).toBe('409 not_shelved');
  });
});

describe('reset (E19) and marking false (E20)', () => {
  test('only a latched alarm whose condition is gone can be reset', () => {
    expect(codeOf(order(raised('red'), { type: 'reset' }))).toBe('409 condition_stands');
    const latched = then(
      then(raised('red'), verdictOf('recovering', 'red', T + 1, { latching: true })),
      verdictOf('normal', 'normal', T + 2, { latching: true }),
    );
    const { alarm, notifications } = done(order(latched, { type: 'reset' }));
    expect(alarm).toMatchObject({ process: 'normal', endedAt: T + MINUTE });
    expect(notifications[0]).toMatchObject({ kind: 'recovery' });
    const again = then(latched, verdictOf('pending', 'normal', T + 3, { pendingLevel: 'red', latching: true }));
    expect(codeOf(order(again, { type: 'reset' }))).toBe('409 condition_stands');
  });

  const mark = { type: 'markFalse', cause: 'sensor', reason: '探头进水' } as const;

  test('an active one must carry a shelve; the state is closed and says who and why', () => {
    expect(codeOf(order(raised('yellow'), mark))).toBe('422 shelve_required');
    const { alarm, events } = done(order(raised('yellow'), { ...mark, shelve: { until: T + HOUR, reason: '更换探头' } }));
    expect(events.map(({ type }) => type)).toEqual(['shelved', 'marked_false']);
    expect(alarm).toMatchObject({ work: 'false_alarm', suppression: { state: 'shelved' }, closedAt: T + MINUTE });
    expect(codeOf(order(alarm, { type: 'acknowledge' }))).toBe('409 alarm_closed');
  });

  test('R-13: marked false, but it still stands when the shelf ends: a new occurrence is raised', () => {
    const { alarm } = done(order(raised('yellow'), { ...mark, shelve: { until: T + HOUR, reason: '更换探头' } }));
    const [old, fresh] = fire(alarm, 'shelf_end');
    expect(old?.alarm).toMatchObject({ id: alarm.id, work: 'false_alarm', suppression: null });
    expect(fresh).toMatchObject({ created: true, alarm: { level: 'yellow', process: 'active', recurrenceOf: alarm.id } });
    expect(fresh?.notifications[0]).toMatchObject({ kind: 'raise' });
    expect(fresh?.alarm.id).not.toBe(alarm.id);
  });

  test('R-13: marked false, and it rises above what was allowed: raised at once, and the old shelf is over', () => {
    const { alarm } = done(order(raised('yellow'), { ...mark, shelve: { until: T + HOUR, reason: '更换探头' } }));
    const [old, fresh] = applyVerdict(undefined, alarm, verdictOf('active', 'orange', T + 2 * MINUTE, { t0: T }), context(T + 2 * MINUTE));
    expect(old?.alarm.suppression).toBeNull();
    expect(fresh).toMatchObject({ created: true, alarm: { level: 'orange' } });
  });

  test('marked false, and it ends by itself: the record shows it, nobody is told, nothing new comes of it', () => {
    const { alarm } = done(order(raised('yellow'), { ...mark, shelve: { until: T + HOUR, reason: '更换探头' } }));
    const change = only(applyVerdict(undefined, alarm, verdictOf('normal', 'normal', T + 2 * MINUTE, { t0: T }), context(T + 2 * MINUTE)));
    expect(change).toMatchObject({ alarm: { process: 'normal', work: 'false_alarm' }, notifications: [] });
    expect(fire(change.alarm, 'shelf_end')).toHaveLength(1);
  });
});

test('I8: a command for another version is refused', () => {
  expect(codeOf(order(raised('blue'), { type: 'acknowledge', expectedVersion: 0 }))).toBe('409 version_conflict');
  expect(codeOf(order(raised('blue'), { type: 'acknowledge', expectedVersion: 1 }))).toBe('done');
});

test.each(LATER_COMMANDS)('%s is known but not there yet', (type) => {
  expect(codeOf(order(raised('blue'), { type }))).toBe('409 command_unavailable');
});

test('texts have limits', () => {
  expect(codeOf(order(raised('blue'), { type: 'comment', comment: '字'.repeat(500) }))).toBe('done');
  expect(codeOf(order(raised('blue'), { type: 'comment', comment: '字'.repeat(501) }))).toBe('422 text_too_long');
  expect(codeOf(order(raised('blue'), { type: 'comment', comment: '  ' }))).toBe('422 comment_missing');
});
