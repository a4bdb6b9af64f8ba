/** I1 to I12 of `alarm-semantics` 1.4 over random orders of verdicts, commands, timers and pauses. */
import fc from 'fast-check';
import {
  ALARM_LEVELS,
  LEVELS,
  VERDICT_PROCESSES,
  isOpen,
  keyText,
  rankOf,
  type Actor,
  type Alarm,
  type AlarmEvent,
  type AlarmTimer,
  type Notification,
  type Verdict,
} from '@anlan/contracts';
import { ADMINISTRATOR, smallCity, testDigest, verdictOf } from '@anlan/testing';
import {
  type AlarmCommand,
  COMMANDS,
  type Change,
  RESPONSE,
  applyLate,
  applyVerdict,
  decideCommand,
  fireTimer,
  foldEvents,
  retroRecordId,
  timersOf,
} from './index.js';

const START = 1_750_000_000_000;
const MINUTE = 60_000;
const ACTORS: readonly Actor[] = [
  { kind: 'user', id: 'u1', personId: 'p1' },
  { kind: 'user', id: 'u2', personId: 'p2' },
  { kind: 'link', id: 'p1', personId: 'p1' },
];

type Op =
  | Readonly<{
      kind: 'verdict';
      process: Verdict['process'];
      level: Verdict['level'];
      quality: Verdict['quality'];
      trigger: Verdict['trigger'];
      lane: Verdict['lane'];
      latching: boolean;
      fresh: boolean;
      pending: boolean;
    }>
  | Readonly<{
      kind: 'command';
      type: AlarmCommand['type'];
      actor: number;
      stale: boolean;
      second: boolean;
      minutes: number;
      shelve: boolean;
    }>
  | Readonly<{ kind: 'wait'; minutes: number }>
  | Readonly<{ kind: 'oldTimers' }>;

const often = <T>(value: T, others: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 14, arbitrary: fc.constant(value) }, { weight: 2, arbitrary: fc.constantFrom(...others) });
const verdictOp: fc.Arbitrary<Op> = fc.record({
  kind: fc.constant('verdict' as const),
  process: fc.oneof(fc.constantFrom('active' as const, 'normal' as const), fc.constantFrom(...VERDICT_PROCESSES)),
  level: fc.constantFrom(...LEVELS),
  quality: often<Verdict['quality']>('good', ['stale', 'bad', 'maintenance', 'uncertain']),
  trigger: often<Verdict['trigger']>('reading', ['tick', 'rule_changed', 'rule_removed', 'point_removed', 'data_stale', 'data_back']),
  lane: often<Verdict['lane']>('live', ['retro']),
  latching: fc.boolean(),
  fresh: fc.boolean(),
  pending: fc.boolean(),
});
const commandOp: fc.Arbitrary<Op> = fc.record({
  kind: fc.constant('command' as const),
  type: fc.oneof(
    {
      weight: 4,
      arbitrary: fc.constantFrom('acknowledge' as const, 'shelve' as const, 'unshelve' as const, 'reset' as const, 'markFalse' as const),
    },
    { weight: 1, arbitrary: fc.constantFrom(...COMMANDS) },
  ),
  actor: fc.nat(ACTORS.length - 1),
  stale: often(false, [true]),
  second: often(true, [false]),
  minutes: fc.integer({ min: -1, max: 70 }),
  shelve: fc.boolean(),
});
const waitOp: fc.Arbitrary<Op> = fc.oneof(
  fc.record({ kind: fc.constant('wait' as const), minutes: fc.integer({ min: 1, max: 40 }) }),
  fc.constant({ kind: 'wait' as const, minutes: 1_500 }),
);
const ops = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: verdictOp },
    { weight: 4, arbitrary: commandOp },
    { weight: 3, arbitrary: waitOp },
    { weight: 1, arbitrary: fc.constant({ kind: 'oldTimers' } as const) },
  ),
  { maxLength: 40 },
);

/** A store of a few lines and the invariants, asked after every change. */
class World {
  now = START;
  readonly audience = { registry: smallCity(), administrators: [ADMINISTRATOR] };
  readonly alarms = new Map<string, Alarm>();
  readonly events = new Map<string, AlarmEvent[]>();
  readonly rows = new Map<string, Notification>();
  readonly everyTimer: AlarmTimer[] = [];
  timers: AlarmTimer[] = [];
  n = 1;
  t0 = START;

  get context() {
    return { digest: testDigest, now: this.now, audience: this.audience };
  }

  open(): Alarm | undefined {
    return [...this.alarms.values()].find((alarm) => isOpen(alarm));
  }

  lastClosed(): Alarm | undefined {
    return [...this.alarms.values()].filter((alarm) => !isOpen(alarm) && !alarm.retrospective).at(-1);
  }

  write(changes: readonly Change[]): void {
    for (const change of changes) this.writeOne(change);
    // I2: at most one open occurrence a key.
    const openKeys = [...this.alarms.values()].filter((alarm) => isOpen(alarm)).map(({ key }) => keyText(key));
    expect(new Set(openKeys).size).toBe(openKeys.length);
  }

  private writeOne({ alarm, created, events, notifications, timers }: Change): void {
    const before = this.alarms.get(alarm.id);
    expect(created).toBe(before === undefined);
    const chain = [...(this.events.get(alarm.id) ?? []), ...events];
    this.events.set(alarm.id, chain);
    this.alarms.set(alarm.id, alarm);
    for (const row of notifications) {
      expect(this.rows.has(row.id)).toBe(false);
      this.rows.set(row.id, row);
    }
    this.timers = [
      ...this.timers.filter((old) => !timers.some((timer) => timer.alarmId === old.alarmId && timer.kind === old.kind)),
      ...timers,
    ];
    this.everyTimer.push(...timers);
    this.check(before, chain, { alarm, events, notifications });
  }

  private check(
    before: Alarm | undefined,
    chain: readonly AlarmEvent[],
    { alarm, events, notifications }: Pick<Change, 'alarm' | 'events' | 'notifications'>,
  ): void {
    expect(JSON.stringify(foldEvents(JSON.parse(JSON.stringify(chain)) as AlarmEvent[]))).toBe(JSON.stringify(alarm)); // I1
    expect(chain.map(({ seq }) => seq)).toEqual(chain.map((_, index) => index + 1)); // I9
    expect(new Set(chain.map(({ id }) => id)).size).toBe(chain.length);
    if (alarm.work === 'closed' && before?.work !== 'closed') expect([alarm.process, alarm.quality]).toEqual(['normal', 'good']); // I3
    if (alarm.ackedLevel !== null && isOpen(alarm) && rankOf(alarm.level) > rankOf(alarm.ackedLevel)) expect(alarm.ack).toBe('unacked'); // I5
    if (alarm.suppression) {
      const { reason, by, at, until } = alarm.suppression; // I6
      expect([reason.length > 0, by.length > 0, until > at]).toEqual([true, true, true]);
      expect(notifications).toEqual([]);
    }
    if (before) expect(rankOf(alarm.peakLevel)).toBeGreaterThanOrEqual(rankOf(before.peakLevel)); // I12
    expect(rankOf(alarm.peakLevel)).toBeGreaterThanOrEqual(rankOf(alarm.level));
    if (events.some(({ type }) => type === 'raised') && !alarm.suppression) expect(notifications.length).toBeGreaterThan(0); // never to nobody
  }

  verdict(op: Extract<Op, { kind: 'verdict' }>): void {
    this.now += 1_000;
    if (op.fresh) {
      this.n += 1;
      this.t0 = this.now;
    }
    const pending = op.pending ? { pendingLevel: 'red' as const, dueAt: this.now + MINUTE } : {};
    const verdict = verdictOf(op.process, op.level, this.now, {
      ...op,
      ...pending,
      t0: this.t0,
      n: this.n,
      peak: op.level,
      ...(op.process === 'normal' && op.lane === 'retro' ? { endedAt: this.now } : {}),
    });
    if (verdict.lane === 'retro') {
      this.write(applyLate(this.alarms.get(retroRecordId(verdict, this.context)), false, verdict, this.context));
      return;
    }
    const before = this.open();
    // I11: the same E2 twice is the same row with the same id.
    const once = applyVerdict(before, this.lastClosed(), verdict, this.context);
    expect(applyVerdict(before, this.lastClosed(), verdict, this.context)).toEqual(once);
    this.write(once);
    const after = before && this.alarms.get(before.id);
    if (before && after && op.quality !== 'good' && op.quality !== 'uncertain' && !['rule_removed', 'point_removed'].includes(op.trigger)) {
      if (before.process !== 'normal' && before.process !== 'pending') expect(after.process).not.toBe('normal'); // I4
    }
  }

  command(op: Extract<Op, { kind: 'command' }>): void {
    const target = this.open() ?? this.lastClosed();
    if (!target) return;
    this.now += 1;
    const shelf = { until: this.now + op.minutes * MINUTE, reason: '检修' };
    const command = {
      type: op.type,
      comment: '说明',
      reason: '误动作',
      cause: 'sensor',
      ...(op.type === 'shelve' ? shelf : {}),
      ...(op.shelve ? { shelve: shelf } : {}),
      ...(op.second ? { secondPerson: { userId: 'u3', personId: 'p9' } } : {}),
      ...(op.stale ? { expectedVersion: target.version - 1 } : {}),
    } as AlarmCommand;
    const actor = ACTORS[op.actor] ?? ACTORS[0];
    if (!actor) throw new Error('no actor');
    const decision = decideCommand(target, command, { actor, commandId: `v${target.version}|${actor.id}` }, this.context);
    if (op.stale) expect(decision.kind).toBe('refused'); // I8
    if (decision.kind === 'refused') return;
    if (!isOpen(target)) expect(op.type).toBe('comment');
    if (RESPONSE[target.level].secondPerson && (op.type === 'shelve' || op.type === 'markFalse')) expect(op.second).toBe(true);
    this.write(decision.changes);
  }

  wait(minutes: number): void {
    this.now += minutes * MINUTE;
    // Bounded: a timer that sets itself anew must lie ahead.
    for (let turn = 0; turn < 20; turn += 1) {
      const due = this.timers.filter(({ dueAt }) => dueAt <= this.now);
      if (due.length === 0) return;
      for (const timer of due) {
        this.timers = this.timers.filter((other) => other !== timer);
        const alarm = this.alarms.get(timer.alarmId);
        if (alarm) this.write(fireTimer(alarm, timer, this.context));
      }
    }
    throw new Error('timers do not come to rest');
  }

  /** I7: every timer that ever was, fired again, does nothing unless it is one the alarm has now. */
  oldTimers(): void {
    for (const timer of this.everyTimer) {
      const alarm = this.alarms.get(timer.alarmId);
      if (!alarm) continue;
      const live = timersOf(alarm).some(
        ({ kind, generation, dueAt }) => kind === timer.kind && generation === timer.generation && dueAt <= this.now,
      );
      if (!live) expect(fireTimer(alarm, timer, this.context)).toEqual([]);
    }
  }

  run(op: Op): void {
    if (op.kind === 'verdict') this.verdict(op);
    else if (op.kind === 'command') this.command(op);
    else if (op.kind === 'wait') this.wait(op.minutes);
    else this.oldTimers();
  }
}

test('I1 to I12 hold after every step, whatever comes in whatever order', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(ops, (list) => {
      const world = new World();
      for (const op of list) world.run(op);
      world.oldTimers();
      for (const chain of world.events.values()) for (const { type } of chain) seen.add(type);
    }),
    { numRuns: 2_000, seed: 20_260_601 },
  );
  // The orders above must really have been everywhere.
  for (const type of [
    'raised',
    'returned',
    'level_rose',
    'level_fell',
    'recovering',
    'rebreached',
    'recovered',
    'latched',
    'reset',
    'pending',
    'pending_cleared',
    'acknowledged',
    'ack_overdue',
    're_alarmed',
    'link_ack_expired',
    'shelved',
    'unshelved',
    'shelf_ended',
    'marked_false',
    'data_stale',
    'data_back',
    'rule_edited',
    'removed',
    'auto_closed',
    'commented',
    'retro_recorded',
    'retro_ended',
  ])
    expect(seen).toContain(type);
});

test('I10: a suppressed red is still an open alarm with its level, so it is counted', () => {
  const world = new World();
  world.write(applyVerdict(undefined, undefined, verdictOf('active', 'red', START), world.context));
  const alarm = world.open();
  if (!alarm) throw new Error('no alarm');
  const shelve = { type: 'shelve', until: START + MINUTE, reason: '检修', secondPerson: { userId: 'u2', personId: 'p2' } } as const;
  const decision = decideCommand(alarm, shelve, { actor: { kind: 'user', id: 'u1', personId: 'p1' }, commandId: 'c1' }, world.context);
  if (decision.kind === 'refused') throw new Error(decision.code);
  world.write(decision.changes);
  expect(world.open()).toMatchObject({ level: 'red', work: 'awaiting_confirmation', suppression: { state: 'shelved', by: 'u1' } });
});

test('levels are the four colours only', () => {
  expect(Object.keys(RESPONSE)).toEqual([...ALARM_LEVELS]);
});
