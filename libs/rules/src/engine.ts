/**
 * The rules of one partition of the readings log: log records in, verdicts out.
 *
 * G1  Time is the log's: nothing happens but by a record, and before a record everything due until its arrival.
 * G2  The same records give the same verdicts with the same ids and causes, in whatever batches, restarts and restores they come.
 * G3  What one point sends changes no other point's verdicts, but those of points computed from it, of votes over it, and a red that it confirms.
 */
import {
  repeatKeyTime,
  type Activation,
  type DerivedRecord,
  type Digest,
  type Millis,
  type Reading,
  type ReadingsLogValue,
  type ReadingsRecord,
  type Verdict,
} from '@anlan/contracts';
import { arrive } from './arrival.js';
import { FORMAT, loadPoint, savePoint } from './codec.js';
import { goOnWaiting, takeWarmed, waitingIn } from './cold.js';
import { recordsOf } from './derived/run.js';
import { openDesk } from './desk.js';
import { watchClock, withSkew } from './health.js';
import { voiceOf, wakeDue, type Arrived, type PointState } from './point.js';
import { activate, newRoster, type Roster } from './roster.js';
import type { Desk } from './telling.js';
import { votes } from './vote/votes.js';
import { wakeHeap } from './wake-heap.js';
import { wake } from './wake.js';
import type { WarmUp } from './warm-up.js';

export type EngineRecord = Readonly<{ offset: number; at: Millis; value: ReadingsLogValue }>;
/** Changed states, by entry key. `more`: others have changed too and wait for the next call. */
export type StateChanges = Readonly<{ put: ReadonlyMap<string, string>; drop: readonly string[]; more: boolean }>;

export type Engine = Readonly<{
  /** Judges one record. For an `activation` record: `activations` are those after `version()` up to its version, in order. */
  step(record: EngineRecord, activations?: readonly Activation[]): readonly Verdict[];
  /** Version of the last activation applied; 0 at first. */
  version(): number;
  /** Takes up saved states. `activations`: all up to `savedVersion(entries)`, in order. Only on a new engine. */
  restore(entries: ReadonlyMap<string, string>, activations: readonly Activation[]): void;
  /** What changed since it was told last, of at most so many points. All of it stands for one moment only if no `step` comes between the calls. */
  changes(mostPoints?: number): StateChanges;
  /** What the last `step` computed for derived points, and judged already: one record a site, for the log. */
  computed(): readonly DerivedRecord[];
  /** Rules on points that wait for what is stored of the point; at most so many, and only of an engine made so. Answered by a `warmed` record. */
  waiting(most: number): readonly WarmUp[];
  /** (Point, rule) states held. */
  states(): number;
}>;

type Saved = Readonly<{ version: number; upAt: Millis; format: number }>;
/** No point is called so: ids hold no `|`. */
const ENGINE_ENTRY = '|engine';
const NEW: Saved = { version: 0, upAt: 0, format: FORMAT };
const NOTHING: readonly Verdict[] = [];

function savedOf(entries: ReadonlyMap<string, string>): Saved {
  const text = entries.get(ENGINE_ENTRY);
  // The first texts carried no mark.
  const saved: Saved = text === undefined ? NEW : { ...NEW, ...(JSON.parse(text) as Partial<Saved>) };
  if (saved.format !== FORMAT) throw new Error(`states of format ${saved.format} cannot be read by this version, which knows ${FORMAT}`);
  return saved;
}

/** The activation version that saved states stand for. */
export function savedVersion(entries: ReadonlyMap<string, string>): number {
  return savedOf(entries).version;
}

export type EngineSetup = Readonly<{
  partition: number;
  digest: Digest;
  /** Somebody answers what waits. Absent: memories begin from nothing. */
  warmsUp?: boolean;
}>;

export function createEngine({ partition, digest, warmsUp = false }: EngineSetup): Engine {
  const roster = newRoster({ warmsUp });
  const heap = wakeHeap<PointState>();
  const dirty: PointState[] = [];
  const gone = new Set<string>();
  let isEngineDirty = false;
  let saved = NEW;
  let computed: readonly DerivedRecord[] = [];
  const voting = votes(roster);

  const touch = (point: PointState): void => {
    if (!point.isDirty) dirty.push(point);
    point.isDirty = true;
    voting.touch(point);
    schedule(point);
  };

  const schedule = (point: PointState): void => {
    const due = wakeDue(point, saved.upAt);
    if (due < Infinity) heap.put(point, due);
  };

  /** G1: everything due before `desk.at`, in an order that does not depend on how the heap came to be. */
  const runDue = (desk: Desk): void => {
    const taken = heap.takeBefore(desk.at);
    if (taken.length === 0) return;
    const due: { point: PointState; at: Millis }[] = [];
    for (const point of taken) {
      if (roster.points.get(point.spec.pointId) !== point) continue;
      const at = wakeDue(point, saved.upAt);
      if (at < desk.at) due.push({ point, at });
      else schedule(point);
    }
    due.sort((a, b) => a.at - b.at || (a.point.spec.pointId < b.point.spec.pointId ? -1 : 1));
    for (const { point } of due) {
      wake(point, saved.upAt, desk);
      touch(point);
    }
  };

  const takeReadings = ({ readings, arrivedAt }: ReadingsRecord, desk: Desk): void => {
    const arrived: PointState[] = [];
    for (const reading of inOrder(readings)) {
      const point = roster.points.get(reading.pointId);
      // What is computed nobody can send; a history that is played again may hold it.
      if (!point || point.spec.derived) continue;
      const silentMs = point.arrived?.silentMs ?? desk.at - point.lastArrival;
      if (!arrive(point, { reading, arrivedAt }, desk)) continue;
      if (!point.arrived) arrived.push(point);
      point.arrived = { reading, silentMs, arrivedAt };
    }
    for (const point of arrived) {
      if (point.arrived) sampleClock(point, point.arrived, desk);
      point.arrived = null;
      touch(point);
    }
  };

  /** Derived points, each judged as soon as it is computed. */
  const compute = (cause: DerivedRecord['cause'], desk: Desk): void => {
    const found = roster.derived.compute(desk);
    for (const { point } of found) touch(point);
    computed = recordsOf(found, cause, desk.at);
  };

  const applyActivations = (activations: readonly Activation[], desk: Desk): void => {
    for (const activation of activations) {
      if (activation.version <= saved.version) continue;
      for (const id of activate(roster, activation, desk)) {
        const point = roster.points.get(id);
        if (point) touch(point);
        else gone.add(id);
      }
      voting.settle(activation, desk);
      saved = { ...saved, version: activation.version };
    }
    isEngineDirty = true;
  };

  return {
    step({ offset, at, value }, activations = []) {
      const desk = openDesk({ partition, offset, at, digest });
      if (value.kind === 'up') {
        saved = { ...saved, upAt: at };
        isEngineDirty = true;
      }
      runDue(desk);
      voting.wake(saved.upAt, desk);
      if (value.kind === 'readings') takeReadings(value, desk);
      if (value.kind === 'activation') applyActivations(activations, desk);
      if (value.kind === 'warmed') takeWarmed(roster, value).forEach(touch);
      compute({ partition, offset }, desk);
      voting.cast(saved.upAt, desk);
      return desk.verdicts.length === 0 ? NOTHING : desk.verdicts;
    },
    version: () => saved.version,
    restore(entries, activations) {
      const deaf: Desk = { at: 0, tell: () => undefined };
      for (const activation of activations) {
        activate(roster, activation, deaf);
        voting.settle(activation, deaf);
      }
      saved = savedOf(entries);
      for (const [id, point] of roster.points) {
        const text = entries.get(id);
        if (text !== undefined) loadPoint(point, text);
        schedule(point);
        goOnWaiting(roster, point);
      }
      voting.restore(entries);
    },
    changes(mostPoints = Infinity) {
      const voted = voting.changes();
      const put = new Map(voted.put);
      for (const point of dirty.splice(0, mostPoints)) {
        point.isDirty = false;
        const id = point.spec.pointId;
        if (roster.points.get(id) === point) put.set(id, savePoint(point));
      }
      if (isEngineDirty) put.set(ENGINE_ENTRY, JSON.stringify(saved));
      const drop = [...[...gone].filter((id) => !roster.points.has(id)), ...voted.drop];
      gone.clear();
      isEngineDirty = false;
      return { put, drop, more: dirty.length > 0 };
    },
    computed: () => computed,
    waiting: (most) => waitingIn(roster, most),
    states: () => voting.states() + statesOf(roster),
  };
}

function statesOf({ points }: Roster): number {
  let sum = 0;
  for (const point of points.values()) sum += point.slots.length + point.health.length;
  return sum;
}

/** By event time; a message that is in order already is not copied. */
function inOrder(readings: readonly Reading[]): readonly Reading[] {
  const isInOrder = readings.every((reading, i) => i === 0 || (readings[i - 1]?.t ?? 0) <= reading.t);
  return isInOrder ? readings : [...readings].sort((a, b) => a.t - b.t);
}

/** H3. Replayed devices (no live horizon) have no clock worth watching. */
function sampleClock(point: PointState, { reading, silentMs, arrivedAt }: Arrived, desk: Desk): void {
  if (point.spec.liveHorizonMs === null || silentMs < point.spec.intervalMs / 2) return;
  const skews = withSkew(point.skews, repeatKeyTime(reading) - arrivedAt);
  if (skews === point.skews) return;
  point.skews = skews;
  for (const slot of point.health) watchClock(voiceOf(point, desk), slot, skews, reading);
}
