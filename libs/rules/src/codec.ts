/** Point states as short JSON texts and back. What has its default value is left out; NaN and infinities are always defaults. */
import { HEALTH_KIND_LIST, type HealthKind } from '@anlan/contracts';
import { ALL_CALM, type Episode, type FlatRun, type HealthSlot } from './health.js';
import { startTrace, type Trace } from './detector.js';
import { QUIET, type Ladder } from './ladder-state.js';
import type { Held, PointState } from './point.js';
import { putBack, takeUp, type SlotAtRest } from './slot-rest.js';
import type { Slot } from './slot.js';
import { newest, versionOf, type Compiled } from './versions.js';
import type { Waiting } from './waiting.js';

/** Of the saved texts. One that is not ours is not guessed at. */
export const FORMAT = 1;

type SavedLadder = Readonly<Partial<Omit<Ladder, 'runs'>> & { runs?: readonly (number | null)[] }>;
export type SavedSlot = Readonly<{
  version: number;
  ladder?: SavedLadder;
  shown?: SavedLadder;
  ended?: SavedLadder;
  told?: number;
  aheadT?: number;
  retro?: SavedLadder;
  /** Of trend rules: what the detector saves, and the last score. */
  trace?: Readonly<{ state: unknown; score?: number; waiting?: Waiting }>;
}>;
type SavedHealth = Readonly<Partial<Record<HealthKind, Episode>> & { run?: FlatRun }>;
type Plain = Readonly<{
  lastArrival: number;
  wm: number;
  newestAt: number;
  lastT: number;
  lastV: number;
  lastQ: PointState['lastQ'];
  frozenAt: number | null;
  silentT: number | null;
  quality: PointState['quality'];
  old: boolean;
  seen: readonly number[];
  seenNext: number;
  seenMax: number;
  held: readonly Held[];
  lateT: number | null;
  skews: readonly number[];
}>;
type SavedPoint = Readonly<
  Partial<Plain> & { slots?: Readonly<Record<string, SavedSlot>>; health?: Readonly<Record<string, SavedHealth>>; derived?: unknown }
>;

// prettier-ignore
const PLAIN = [ 'lastArrival', 'wm', 'newestAt', 'lastT', 'lastV', 'lastQ', 'frozenAt', 'silentT', 'quality', 'old', 'seen', 'seenNext', 'seenMax', 'held', 'lateT', 'skews',
] as const satisfies readonly (keyof Plain)[];

function isDefault(value: unknown): boolean {
  if (typeof value === 'number') return !Number.isFinite(value);
  return value === null || value === 'good' || value === false || (Array.isArray(value) && value.length === 0);
}

// prettier-ignore
const LADDER = ['process', 'level', 'raised', 'n', 't0', 'peak', 'peakValue', 'changedAt', 'value', 'byEdit',
] as const satisfies readonly (keyof Ladder)[];

/** What of `from` is not as usual. A loop, because this runs for every point that reported, at every checkpoint. */
function unusual<K extends string>(
  from: Readonly<Record<K, unknown>>,
  keys: readonly K[],
  isUsual: (value: unknown, key: K) => boolean,
): object {
  const kept: Partial<Record<K, unknown>> = {};
  for (const key of keys) {
    const value = from[key];
    if (!isUsual(value, key)) kept[key] = value;
  }
  return kept;
}

function saveLadder(ladder: Ladder): SavedLadder | undefined {
  if (ladder === QUIET) return undefined;
  const kept: SavedLadder = unusual(ladder, LADDER, (value, key) => value === QUIET[key]);
  return ladder.runs === QUIET.runs ? kept : { ...kept, runs: ladder.runs };
}

/** `runs` went through JSON, where NaN is null. */
function loadLadder(saved: SavedLadder | undefined): Ladder {
  if (!saved) return QUIET;
  const { runs, ...rest } = saved;
  return { ...QUIET, ...rest, runs: runs ? runs.map((value) => value ?? Number.NaN) : QUIET.runs };
}

export function saveSlot(rest: SlotAtRest): SavedSlot {
  const slot = takeUp(rest);
  const ladder = saveLadder(slot.ladder);
  const retro = saveLadder(slot.retro);
  return {
    version: slot.compiled.rule.version,
    ...(ladder && { ladder }),
    ...(slot.shown !== slot.ladder && { shown: saveLadder(slot.shown) ?? {} }),
    ...(slot.ended && { ended: saveLadder(slot.ended) ?? {} }),
    ...(slot.told !== 0 && { told: slot.told }),
    ...(slot.aheadT !== null && { aheadT: slot.aheadT }),
    ...(retro && { retro }),
    ...saveTrace(slot),
  };
}

function saveTrace({ compiled, trace }: Slot): Pick<SavedSlot, 'trace'> {
  if (!trace || !compiled.detector) return {};
  const state = compiled.detector.save(trace.state);
  const waiting = trace.waiting && { waiting: trace.waiting };
  return { trace: { state, ...(!Number.isNaN(trace.score) && { score: trace.score }), ...waiting } };
}

function loadTrace({ detector }: Compiled, saved: SavedSlot['trace']): Trace | null {
  if (!saved || !detector) return startTrace(detector);
  return { state: detector.load(saved.state), score: saved.score ?? Number.NaN, waiting: saved.waiting ?? null };
}

export function loadSlot(rest: SlotAtRest, saved: SavedSlot): void {
  const { versions } = rest;
  const ladder = loadLadder(saved.ladder);
  const compiled = versionOf(versions, saved.version) ?? newest(versions) ?? rest.compiled;
  rest.trace = loadTrace(compiled, saved.trace);
  putBack(rest, {
    versions,
    compiled,
    trace: rest.trace,
    ladder,
    shown: saved.shown ? loadLadder(saved.shown) : ladder,
    ended: saved.ended ? loadLadder(saved.ended) : null,
    told: saved.told ?? 0,
    aheadT: saved.aheadT ?? null,
    retro: loadLadder(saved.retro),
  });
}

function saveHealth({ episodes, run }: HealthSlot): SavedHealth | undefined {
  if (episodes === ALL_CALM && !run) return undefined;
  const kept: SavedHealth = unusual(episodes, HEALTH_KIND_LIST, (episode, kind) => episode === ALL_CALM[kind]);
  return { ...kept, ...(run && { run }) };
}

/** State of one point as JSON text. */
export function savePoint(point: PointState): string {
  const plain = unusual(point, PLAIN, isDefault);
  const slots: Record<string, SavedSlot> = {};
  for (const slot of point.slots) slots[slot.versions.ruleId] = saveSlot(slot);
  const health: Record<string, SavedHealth> = {};
  for (const slot of point.health) {
    const saved = saveHealth(slot);
    if (saved) health[slot.versions.ruleId] = saved;
  }
  return JSON.stringify({ ...plain, slots, health, ...(point.memory && { derived: point.memory.save() }) } satisfies SavedPoint);
}

/** Puts a saved state into a point that the activations have made. Slots of rules that are no more are left out. */
export function loadPoint(point: PointState, text: string): void {
  const { slots = {}, health = {}, derived, ...plain } = JSON.parse(text) as SavedPoint;
  Object.assign(point, plain);
  if (derived !== undefined) point.memory?.load(derived);
  for (const slot of point.slots) {
    const saved = slots[slot.versions.ruleId];
    if (saved) loadSlot(slot, saved);
  }
  for (const slot of point.health) {
    const { run, ...episodes } = health[slot.versions.ruleId] ?? {};
    // The shared one where nothing is saved: it is known by identity when the point is saved again.
    slot.episodes = Object.keys(episodes).length > 0 ? { ...ALL_CALM, ...episodes } : ALL_CALM;
    slot.run = run ?? null;
  }
}
