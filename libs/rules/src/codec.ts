/** Point states as short JSON texts and back. What has its default value is left out; NaN and infinities are always defaults. */
import { ALL_CALM, HEALTH_KIND_LIST, type Episode, type FlatRun, type HealthKind, type HealthSlot } from './health.js';
import { QUIET, type Ladder } from './ladder.js';
import type { Held, PointState } from './point.js';
import type { Slot } from './slot.js';
import { newest, versionOf } from './versions.js';

type SavedLadder = Readonly<Partial<Omit<Ladder, 'runs'>> & { runs?: readonly (number | null)[] }>;
type SavedSlot = Readonly<{
  version: number;
  ladder?: SavedLadder;
  shown?: SavedLadder;
  ended?: SavedLadder;
  told?: number;
  aheadT?: number;
  retro?: SavedLadder;
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
  quality: PointState['quality'];
  old: boolean;
  seen: number[];
  seenNext: number;
  seenMax: number;
  held: readonly Held[];
  lateT: number | null;
  skews: readonly number[];
}>;
type SavedPoint = Readonly<
  Partial<Plain> & { slots?: Readonly<Record<string, SavedSlot>>; health?: Readonly<Record<string, SavedHealth>> }
>;

// prettier-ignore
const PLAIN = [ 'lastArrival', 'wm', 'newestAt', 'lastT', 'lastV', 'lastQ', 'frozenAt', 'quality', 'old', 'seen', 'seenNext', 'seenMax', 'held', 'lateT', 'skews',
] as const satisfies readonly (keyof Plain)[];

function isDefault(value: unknown): boolean {
  if (typeof value === 'number') return !Number.isFinite(value);
  return value === null || value === 'good' || value === false || (Array.isArray(value) && value.length === 0);
}

function saveLadder(ladder: Ladder): SavedLadder | undefined {
  if (ladder === QUIET) return undefined;
  const { runs, ...rest } = ladder;
  const kept = Object.fromEntries(Object.entries(rest).filter(([key, value]) => value !== QUIET[key as keyof Ladder]));
  return runs === QUIET.runs ? kept : { ...kept, runs };
}

/** `runs` went through JSON, where NaN is null. */
function loadLadder(saved: SavedLadder | undefined): Ladder {
  if (!saved) return QUIET;
  const { runs, ...rest } = saved;
  return { ...QUIET, ...rest, runs: runs ? runs.map((value) => value ?? Number.NaN) : QUIET.runs };
}

function saveSlot(slot: Slot): SavedSlot {
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
  };
}

function loadSlot(slot: Slot, saved: SavedSlot): void {
  slot.compiled = versionOf(slot.versions, saved.version) ?? newest(slot.versions) ?? slot.compiled;
  slot.ladder = loadLadder(saved.ladder);
  slot.shown = saved.shown ? loadLadder(saved.shown) : slot.ladder;
  slot.ended = saved.ended ? loadLadder(saved.ended) : null;
  slot.told = saved.told ?? 0;
  slot.aheadT = saved.aheadT ?? null;
  slot.retro = loadLadder(saved.retro);
}

function saveHealth(slot: HealthSlot): SavedHealth | undefined {
  const kinds = HEALTH_KIND_LIST.filter((kind) => slot.episodes[kind] !== ALL_CALM[kind]);
  if (kinds.length === 0 && !slot.run) return undefined;
  return { ...Object.fromEntries(kinds.map((kind) => [kind, slot.episodes[kind]])), ...(slot.run && { run: slot.run }) };
}

/** State of one point as JSON text. */
export function savePoint(point: PointState): string {
  const plain = Object.fromEntries(PLAIN.filter((key) => !isDefault(point[key])).map((key) => [key, point[key]]));
  const slots = Object.fromEntries(point.slots.map((slot) => [slot.ruleId, saveSlot(slot)]));
  const health: Record<string, SavedHealth> = {};
  for (const slot of point.health) {
    const saved = saveHealth(slot);
    if (saved) health[slot.ruleId] = saved;
  }
  return JSON.stringify({ ...plain, slots, health } satisfies SavedPoint);
}

/** Puts a saved state into a point that the activations have made. Slots of rules that are no more are left out. */
export function loadPoint(point: PointState, text: string): void {
  const { slots = {}, health = {}, ...plain } = JSON.parse(text) as SavedPoint;
  Object.assign(point, plain);
  for (const slot of point.slots) {
    const saved = slots[slot.ruleId];
    if (saved) loadSlot(slot, saved);
  }
  for (const slot of point.health) {
    const { run, ...episodes } = health[slot.ruleId] ?? {};
    slot.episodes = { ...ALL_CALM, ...episodes };
    slot.run = run ?? null;
  }
}
