/**
 * Derived points of one partition at work.
 *
 * R1  A value is computed after all readings of a log record were taken, once for each event time at which an input that triggers it was judged,
 *     and is judged at once, in the order of dependence: the same record always gives the same values.
 * R2  Values have rising event times. An input that comes late changes no value that was computed before; it counts from the next one on.
 * R3  A derived point is as old, as live and as good as what it was computed from. It has no silence of its own: that of an input freezes it.
 */
import type { Derived, DerivedRecord, Millis, PointSpec, Reading } from '@anlan/contracts';
import { accept, freeze } from '../in-order.js';
import type { Held, PointState } from '../point.js';
import { isCalm } from '../slot-rest.js';
import type { Desk } from '../telling.js';
import { compileFormula, type Formula, type SavedMemory } from './formula.js';
import type { Memory } from './memory.js';

/** One derived point at work. Mutable, owned by the derivations. */
type Run = { readonly point: PointState; readonly derived: Derived; formula: Formula; memory: Memory; order: number; inbox: Held[] };

export type Computed = Readonly<{ point: PointState; readings: readonly Reading[] }>;
export type Derivations = Readonly<{
  /** Follows an activation: `touched` are the ids of points that it put or removed. */
  settle(points: ReadonlyMap<string, PointState>, touched: Iterable<string>): void;
  /** Computes and judges what the record in hand has called for. Every derived point whose memory changed is named, those without a value too. */
  compute(desk: Desk): readonly Computed[];
}>;

export function derivations(): Derivations {
  const runs = new Map<string, Run>();
  const rung = new Set<Run>();
  const linked = new Set<PointState>();
  /** Ids of all that is read, there or not. */
  let inputs: ReadonlySet<string> = new Set();

  const settleOne = (id: string, point: PointState | undefined): void => {
    const known = runs.get(id);
    const derived = point?.spec.derived;
    if (known && known.point === point && JSON.stringify(known.derived) === JSON.stringify(derived)) return;
    if (known) {
      known.point.memory = null;
      rung.delete(known);
    }
    runs.delete(id);
    if (!point || !derived) return;
    const formula = compileFormula(derived, () => 0);
    runs.set(id, { point, derived, formula, memory: formula.start(), order: 0, inbox: [] });
  };

  /** Links every derived point with its inputs as they are now. */
  const link = (points: ReadonlyMap<string, PointState>): void => {
    const listeners = new Map<PointState, Run[]>();
    for (const point of linked) point.ears = null;
    linked.clear();
    for (const run of runs.values()) {
      run.formula = compileFormula(run.derived, (pointId) => points.get(pointId)?.spec.intervalMs ?? run.point.spec.intervalMs);
      run.point.memory = memoryOf(run);
    }
    inputs = new Set([...runs.values()].flatMap(({ formula }) => formula.inputs));
    rank(runs);
    for (const run of runs.values()) {
      // A circle cannot come through an import; if it comes through a damaged registry, it is never computed.
      if (run.order === Infinity) continue;
      for (const pointId of run.formula.inputs) {
        const point = points.get(pointId);
        if (point) listeners.set(point, [...(listeners.get(point) ?? []), run]);
      }
    }
    for (const [point, all] of listeners) {
      linked.add(point);
      point.ears = earsOf(all);
    }
  };

  const earsOf = (all: readonly Run[]): NonNullable<PointState['ears']> => ({
    hear(held) {
      for (const run of all) {
        run.inbox.push(held);
        rung.add(run);
      }
    },
    fallSilent(t, desk) {
      for (const run of all) {
        rung.add(run);
        if (run.point.lastT === -Infinity) continue;
        const from = Math.max(t, run.point.wm);
        freeze(run.point, { t: from, quality: 'stale', live: true }, desk);
        run.point.ears?.fallSilent(from, desk);
      }
    },
  });

  return {
    settle(points, touched) {
      let isConcerned = false;
      for (const id of touched) {
        isConcerned ||= runs.has(id) || inputs.has(id) || points.get(id)?.spec.derived !== undefined;
        settleOne(id, points.get(id));
      }
      if (isConcerned) link(points);
    },
    compute(desk) {
      if (rung.size === 0) return NOTHING;
      const computed: Computed[] = [];
      for (let run = firstOf(rung); run; run = firstOf(rung)) {
        rung.delete(run);
        computed.push({ point: run.point, readings: computeRun(run, desk) });
      }
      return computed;
    },
  };
}

const NOTHING: readonly Computed[] = [];
const NO_RECORDS: readonly DerivedRecord[] = [];

/** What was computed as records for the log, one a site. */
export function recordsOf(found: readonly Computed[], cause: DerivedRecord['cause'], arrivedAt: Millis): readonly DerivedRecord[] {
  if (found.length === 0) return NO_RECORDS;
  const bySite = new Map<string, readonly Reading[]>();
  for (const { point, readings } of found) {
    if (readings.length > 0) bySite.set(point.spec.siteId, [...(bySite.get(point.spec.siteId) ?? []), ...readings]);
  }
  return [...bySite].map(([siteId, readings]) => ({ kind: 'derived', siteId, arrivedAt, cause, readings }));
}

/** The next to be computed: nothing that it reads is still to come. */
function firstOf(rung: ReadonlySet<Run>): Run | undefined {
  let first: Run | undefined;
  for (const run of rung) {
    const isEarlier = first === undefined || run.order < first.order || (run.order === first.order && idOf(run) < idOf(first));
    if (isEarlier) first = run;
  }
  return first;
}

const idOf = ({ point }: Run): string => point.spec.pointId;

/** Orders: 1 more than that of every derived input; Infinity for what depends on a circle. */
function rank(runs: ReadonlyMap<string, Run>): void {
  for (const run of runs.values()) run.order = Infinity;
  for (let hasMoved = true; hasMoved;) {
    hasMoved = false;
    for (const run of runs.values()) {
      if (run.order !== Infinity) continue;
      const order = 1 + run.formula.inputs.reduce((most, id) => Math.max(most, runs.get(id)?.order ?? 0), 0);
      if (order === Infinity) continue;
      run.order = order;
      hasMoved = true;
    }
  }
}

function memoryOf(run: Run): NonNullable<PointState['memory']> {
  return {
    save: () => run.formula.save(run.memory),
    load: (saved) => void (run.memory = run.formula.load(saved as SavedMemory)),
  };
}

function computeRun(run: Run, desk: Desk): readonly Reading[] {
  const { point, formula, memory } = run;
  const heard = [...run.inbox].sort((a, b) => a.reading.t - b.reading.t);
  run.inbox = [];
  const readings: Reading[] = [];
  heard.forEach((held, i) => {
    formula.hear(memory, held.reading);
    const { t } = held.reading;
    // Everything of one event time is heard before anything is computed for it.
    if (heard[i + 1]?.reading.t === t || t <= point.wm) return;
    const trigger = heard.find((one) => one.reading.t === t && formula.triggers.has(one.reading.pointId));
    const value = trigger && formula.compute(memory, { t, open: !point.slots.every(isCalm) });
    if (!value) return;
    const reading = readingOf(point.spec, t, value);
    take(point, { reading, old: trigger.old }, desk);
    readings.push(reading);
  });
  return readings;
}

function readingOf({ pointId, min = -Infinity, max = Infinity }: PointSpec, t: Millis, { v, q }: Pick<Reading, 'v' | 'q'>): Reading {
  return v < min || v > max ? { pointId, t, v, q: 'bad', flags: ['outOfRange'] } : { pointId, t, v, q };
}

function take(point: PointState, held: Held, desk: Desk): void {
  point.lastArrival = desk.at;
  point.newestAt = desk.at;
  accept(point, held, desk);
}
