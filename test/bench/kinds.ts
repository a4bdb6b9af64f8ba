/** The eight kinds of rules through the whole engine: alone and together, and what their states cost at rest and at a restart. */
import type { Activation, PointSpec, Reading, Rule, RuleKind } from '@anlan/contracts';
import { createEngine, parseRule, type Engine } from '@anlan/rules';
import { cpuMs, heldBytes, median } from './measure.js';

export type Kinds = Readonly<{
  /** Readings a second through an engine whose points have one rule of this kind and the health rule that every point has. */
  alone: Readonly<Record<RuleKind, number>>;
  /** Every point has one rule of each kind. */
  mix: Readonly<{ drifting: Mix; quiet: Mix }>;
  /** Saved text of a point with one state of each kind, past its warm-up. */
  mixBytesSaved: number;
  restarts: readonly Restart[];
  million: Readonly<{ states: number; heapMb: number; rssMb: number }>;
}>;
/** Rules a second, and how many of a thousand readings made a rule tell something. */
export type Mix = Readonly<{ rulesPerSecond: number; toldPer1000: number }>;
/** A new engine takes up so many saved states, in so much processor time. */
export type Restart = Readonly<{ what: string; states: number; savedMb: number; restoreMs: number }>;

const T = 1_760_000_000_000;
/** A reading a minute. */
const EVERY_MS = 60_000;
const POINTS = 200;
/** A day and some: all that these rules learn is learned. */
const WARM_ROUNDS = 1_600;
const ROUNDS = 250;
const RUNS = 3;
/** One point in so many goes through all colours, in a wave of a day. */
const LIVELY = 50;

const limits = [
  { level: 'blue', at: 20, deadband: 1, onDelay: '2m', offDelay: '2m' },
  { level: 'yellow', at: 40, deadband: 1, onDelay: '2m', offDelay: '2m' },
  { level: 'orange', at: 60, deadband: 1, onDelay: '2m', offDelay: '2m' },
  { level: 'red', at: 80, deadband: 1, onDelay: '2m', offDelay: '2m' },
];

/** One rule of each kind as users write them, with defaults wherever there are any; what learns does so within a day. */
const BODIES = {
  threshold: { levels: limits },
  rate: { window: '30m', perUnit: 'U/h', levels: [{ level: 'yellow', at: 5 }, { level: 'orange', at: 10 }] }, // prettier-ignore
  forecast: { target: { ref: 'threshold', level: 'red' }, horizon: '12h', level: 'orange' },
  shift: { learn: '1d', level: 'yellow' },
  baseline: { season: 'hourOfDay', learn: '1d', level: 'blue' },
  health: { flatline: { for: '6h', range: 0 } },
  accel: { velocity: { window: '6h' }, learn: '12h' },
  vote: { k: 2, domains: 'none' },
} as const satisfies Record<RuleKind, object>;
/** A vote has points to count; the pack's roll-up is of this size. */
const VOTERS = 10;
const KINDS = Object.keys(BODIES) as readonly RuleKind[];

type World = Readonly<{ ids: readonly string[]; activation: Activation }>;

function worldOf(points: number, kinds: readonly RuleKind[]): World {
  const ids = Array.from({ length: points }, (_, i) => `point-${i}`);
  const specs = ids.map((pointId): PointSpec => ({
    pointId,
    deviceId: pointId,
    siteId: 's',
    metric: 'm',
    unit: 'U',
    intervalMs: EVERY_MS,
    reorderMs: 0,
    liveHorizonMs: null,
  }));
  const rules = kinds.flatMap((kind) => (kind === 'vote' ? votesOn(ids) : [ruleOf(kind, kind, ids)]));
  return { ids, activation: { version: 1, rules, removedRuleIds: [], points: specs, removedPointIds: [] } };
}

function votesOn(ids: readonly string[]): readonly Rule[] {
  const groups = Array.from({ length: Math.ceil(ids.length / VOTERS) }, (_, i) => ids.slice(i * VOTERS, (i + 1) * VOTERS));
  return groups.map((group, i) => ruleOf('vote', `vote-${i}`, group));
}

function ruleOf(kind: RuleKind, id: string, pointIds: readonly string[]): Rule {
  const few = pointIds.slice(0, VOTERS);
  const parsed = parseRule(
    { id, kind, pointIds: few, ...BODIES[kind] },
    {
      path: `/${kind}`,
      version: 1,
      points: new Map(few.map((pointId) => [pointId, { intervalMs: EVERY_MS }])),
      rules: new Map([['threshold', { id: 'threshold', kind: 'threshold', ...BODIES.threshold }]]),
    },
  );
  if ('rule' in parsed) return { ...parsed.rule, scope: { pointIds } };
  throw new Error(`the rule of kind ${kind} is refused: ${JSON.stringify(parsed.faults)}`);
}

/** How far the level of a point follows the day, beside a noise of 0.29. The shift rules call the first: one reading in 27 makes a rule speak, with the second one in 230. */
const DRIFTING = 0.2;
const QUIET = 0.02;

/** The same for every run: small noise about a level that follows the day, and now and then a point that goes through all limits. */
function valueAt(point: number, round: number, drift: number): number {
  const day = Math.sin((round * EVERY_MS * 2 * Math.PI) / 86_400_000);
  const chance = Math.abs(Math.sin(point * 12.9898 + round * 78.233) * 43_758.5453) % 1;
  return point % LIVELY === 0 ? 50 + 45 * day + chance : 10 + drift * day + chance;
}

function begin({ activation }: World): Engine {
  const engine = createEngine({ partition: 0, digest: (text) => text });
  engine.step({ offset: 0, at: T, value: { kind: 'activation', version: 1, at: T } }, [activation]);
  return engine;
}

/** One reading of every point, a hundred a message. Returns how many verdicts came of it. */
function sendRound(
  engine: Engine,
  ids: readonly string[],
  { round, drift = DRIFTING }: Readonly<{ round: number; drift?: number }>,
): number {
  let told = 0;
  const at = T + round * EVERY_MS;
  for (let i = 0; i < ids.length; i += 100) {
    const readings = ids.slice(i, i + 100).map((pointId, k): Reading => ({ pointId, t: at, v: valueAt(i + k, round, drift), q: 'good' }));
    const value = { kind: 'readings', deviceId: 'd', siteId: 's', arrivedAt: at, readings, rejected: 0, quarantined: 0 } as const;
    told += engine.step({ offset: round * 1_000 + i, at, value }).length;
  }
  return told;
}

/** Readings a second past every warm-up, median of some runs, and the states at the end. States are not saved meanwhile. */
function runKinds(
  kinds: readonly RuleKind[],
  drift = DRIFTING,
): Readonly<{ perSecond: number; toldPer1000: number; saved: ReadonlyMap<string, string> }> {
  let told = 0;
  const world = worldOf(POINTS, kinds);
  const engine = begin(world);
  for (let round = 1; round <= WARM_ROUNDS; round += 1) sendRound(engine, world.ids, { round, drift });
  const rates = Array.from({ length: RUNS }, (_, k) => {
    const from = WARM_ROUNDS + k * ROUNDS;
    const began = cpuMs();
    for (let round = from + 1; round <= from + ROUNDS; round += 1) told += sendRound(engine, world.ids, { round, drift });
    return (ROUNDS * POINTS * 1_000) / (cpuMs() - began);
  });
  const toldPer1000 = Number(((told * 1_000) / (RUNS * ROUNDS * POINTS)).toFixed(2));
  return { perSecond: Math.round(median(rates)), toldPer1000, saved: engine.changes().put };
}

const bytesOf = (saved: ReadonlyMap<string, string>): number => [...saved.values()].reduce((sum, text) => sum + Buffer.byteLength(text), 0);

/** As many points as give the states, with the saved states of a few again and again. */
function restart(what: string, kinds: readonly RuleKind[], from: ReadonlyMap<string, string>): Restart {
  const each = kinds.filter((kind) => kind !== 'vote').length;
  const world = worldOf(Math.ceil(100_000 / each), kinds);
  const texts = Array.from({ length: POINTS }, (_, i) => from.get(`point-${i}`) ?? '{}');
  const head = [...from].filter(([key]) => key === '|engine');
  const saved = new Map([...head, ...world.ids.map((id, i): [string, string] => [id, texts[i % POINTS] ?? '{}'])]);
  const engine = createEngine({ partition: 0, digest: (text) => text });
  const began = cpuMs();
  engine.restore(saved, [world.activation]);
  return { what, states: engine.states(), savedMb: Math.round(bytesOf(saved) / 1e6), restoreMs: Math.round(cpuMs() - began) };
}

/** Half a million points with a threshold rule and the health rule, after a few readings each. */
function million(): Kinds['million'] {
  const world = worldOf(500_000, ['threshold']);
  const before = heldBytes();
  const rss = process.memoryUsage().rss;
  const engine = begin(world);
  for (let round = 1; round <= 3; round += 1) {
    sendRound(engine, world.ids, { round });
    engine.changes();
  }
  const held = heldBytes() - before;
  return { states: engine.states(), heapMb: Math.round(held / 1e6), rssMb: Math.round((process.memoryUsage().rss - rss) / 1e6) };
}

export function kinds(): Kinds {
  const most = million();
  runKinds(['threshold']);
  const alone = Object.fromEntries(KINDS.map((kind) => [kind, runKinds([kind]).perSecond])) as Record<RuleKind, number>;
  const mix = runKinds(KINDS);
  const mixOf = ({ perSecond, toldPer1000 }: Omit<typeof mix, 'saved'>): Mix => ({ rulesPerSecond: perSecond * KINDS.length, toldPer1000 });
  const plain = runKinds(['threshold', 'health']);
  return {
    alone,
    mix: { drifting: mixOf(mix), quiet: mixOf(runKinds(KINDS, QUIET)) },
    mixBytesSaved: Math.round(bytesOf(mix.saved) / POINTS),
    restarts: [restart('threshold + health', ['threshold', 'health'], plain.saved), restart('one of each kind', KINDS, mix.saved)],
    million: most,
  };
}
