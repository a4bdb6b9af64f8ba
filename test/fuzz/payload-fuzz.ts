import { DEAD_LETTER_CODES, parseTelemetry, type TelemetryContext } from '@anlan/contracts';

/** What a run of hostile payloads came to. `accepted` payloads gave readings only; `refusals` counts codes. */
export type FuzzOutcome = Readonly<{
  tried: number;
  accepted: number;
  refusals: ReadonlyMap<string, number>;
  heapGrowthBytes: number;
  slowestMs: number;
}>;

const AT = 1_760_000_000_000;
const CONTEXT: TelemetryContext = {
  arrivedAt: AT,
  points: new Map([
    ['ch4', { id: 'dev-1.ch4', min: 0, max: 20 }],
    ['temp', { id: 'dev-1.temp' }],
  ]),
  localToUtc: (wallClock) => wallClock - 8 * 3_600_000,
  maxAgeMs: 400 * 86_400_000,
};
const KNOWN: ReadonlySet<string> = new Set(DEAD_LETTER_CODES);

/** Numbers in [0, 1) from a seed: mulberry32. The same seed gives the same payloads. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/**
 * Sends `count` hostile payloads through the parser. Throws at the first that breaks a promise (an exception, an unknown code, a
 * payload neither taken nor refused, a number that is not finite), naming seed and index so that it can be had again.
 */
export function fuzzPayloads(count: number, seed: number): FuzzOutcome {
  const chance = seeded(seed);
  const refusals = new Map<string, number>();
  let accepted = 0;
  let slowestMs = 0;
  let heapBefore = 0;
  for (let at = 0; at < count; at += 1) {
    // Growth is judged after the first tenth, when the machine is warm.
    if (at === Math.floor(count / 10)) heapBefore = settledHeap();
    const payload = hostilePayload(chance);
    const began = performance.now();
    const { readings, refused } = parseTelemetry(payload, CONTEXT);
    slowestMs = Math.max(slowestMs, performance.now() - began);
    if (readings.length + refused.length === 0) throw new Error(`payload ${at} of seed ${seed} was neither taken nor refused`);
    for (const { code } of refused) {
      if (!KNOWN.has(code)) throw new Error(`payload ${at} of seed ${seed}: unknown code ${code}`);
      refusals.set(code, (refusals.get(code) ?? 0) + 1);
    }
    for (const { v, t } of readings)
      if (!Number.isFinite(v) || !Number.isFinite(t)) throw new Error(`payload ${at} of seed ${seed}: not finite`);
    if (refused.length === 0) accepted += 1;
  }
  if (({} as Record<string, unknown>)['polluted'] !== undefined) throw new Error(`seed ${seed} polluted the prototype of all objects`);
  return { tried: count, accepted, refusals, heapGrowthBytes: settledHeap() - heapBefore, slowestMs };
}

function settledHeap(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

const NAMES = ['ch4', 'temp', 'dev-1.ch4', '__proto__', 'constructor', 'toString', '', '甲烷', '\u0000', '\ud800', 'x'.repeat(65)];
const VALUES = [
  1,
  -1,
  0,
  1e308,
  -1e308,
  25,
  null,
  true,
  [],
  {},
  [1],
  { __proto__: { polluted: 1 } },
  '18.2',
  '1e400',
  '',
  ' 12 ',
  '0x1F',
  'NaN',
  '1'.repeat(40),
  '１２',
];
const TIMES = [
  AT,
  AT / 1000,
  AT + 90_000,
  AT + 7_200_000,
  AT * 1000,
  0,
  -1,
  null,
  1e300,
  '2025-10-09 16:53:20',
  '2025-10-09T08:53:20Z',
  'now',
  '',
  {},
  [],
  true,
];
const GRADES = [undefined, 'good', 'uncertain', 'bad', 'maintenance', 'GOOD', 0, null, {}];
const SCRAPS = [
  '{',
  '}',
  '[',
  ']',
  '"',
  ',',
  ':',
  '\\',
  '1e999',
  '-',
  'null',
  '\u0000',
  '{"t":',
  '"values":',
  '{"__proto__":{"polluted":1}}',
  '\ufeff',
  '9'.repeat(400),
];

/** One payload: a random structure, a mutated good one, scraps of JSON, raw bytes, or something very deep or long. */
export function hostilePayload(chance: () => number): Uint8Array {
  const kind = chance();
  if (kind < 0.45) return bytes(JSON.stringify(structure(chance)));
  if (kind < 0.75) return mutated(bytes(JSON.stringify(structure(chance))), chance);
  if (kind < 0.9) return bytes(Array.from({ length: 1 + Math.floor(chance() * 20) }, () => pick(SCRAPS, chance)).join(''));
  if (kind < 0.99) return Uint8Array.from({ length: Math.floor(chance() * 200) }, () => Math.floor(chance() * 256));
  return monstrous(chance);
}

function structure(chance: () => number): unknown {
  const reading = (): unknown => ({ m: pick(NAMES, chance), t: pick(TIMES, chance), v: pick(VALUES, chance), q: pick(GRADES, chance) });
  const values = (): unknown =>
    Object.fromEntries(Array.from({ length: Math.floor(chance() * 4) }, () => [pick(NAMES, chance), pick(VALUES, chance)]));
  const block = (): unknown =>
    chance() < 0.5
      ? { t: pick(TIMES, chance), values: values() }
      : { seq: pick(VALUES, chance), readings: Array.from({ length: Math.floor(chance() * 5) }, reading) };
  const form = chance();
  if (form < 0.6) return block();
  if (form < 0.8) return Array.from({ length: Math.floor(chance() * 4) }, block);
  return pick(VALUES, chance);
}

function mutated(payload: Uint8Array, chance: () => number): Uint8Array {
  const copy = payload.slice();
  for (let times = 1 + Math.floor(chance() * 4); times > 0 && copy.length > 0; times -= 1)
    copy[Math.floor(chance() * copy.length)] = Math.floor(chance() * 256);
  return chance() < 0.3 ? copy.subarray(0, Math.floor(chance() * copy.length)) : copy;
}

function monstrous(chance: () => number): Uint8Array {
  const size = 1_000 + Math.floor(chance() * 70_000);
  const shape = pick(['[', '{"a":', '"', '1', ' ', '{"t":1,"values":{"ch4":'], chance);
  return bytes(shape.repeat(Math.ceil(size / shape.length)).slice(0, size));
}

function pick<T>(from: readonly T[], chance: () => number): T {
  return from[Math.floor(chance() * from.length)] as T;
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
