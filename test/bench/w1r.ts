/** W1r: 300 rules on one stream (the shape of eKuiper's multiple_rules benchmark), rule evaluation alone, in this process. */
import type { PointSpec, ThresholdRule } from '@anlan/contracts';
import { createEngine } from '@anlan/rules';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { cpuMs, median } from './measure.js';

export type W1r = Readonly<{
  rules: number;
  /** Messages a second of processor time, each judged by every rule. */
  anlanPerSecond: number;
  /** As many breaches told, the same messages; undefined: not measured. */
  jsonRulesEnginePerSecond?: number;
  /** Processor time of 500 messages a second, as a share of one core. */
  shareAt500: number;
}>;

const RULES = 300;
const RUNS = 3;
const MESSAGES = 20_000;
const MESSAGES_OF_PEER = 200;
const T = 1_760_000_000_000;

/** Limits from 20 to 80; the stream wanders slowly between 40 and 60, so that each message finds about half of them exceeded. */
const limitOf = (rule: number): number => 20 + (60 * rule) / RULES;
const valueAt = (i: number): number => 50 + 10 * Math.sin(i / 200);

/** Median rate of some runs of `count` messages, a second. */
async function perSecond(count: number, play: (i: number) => unknown): Promise<number> {
  const rates: number[] = [];
  for (let run = 0; run <= RUNS; run += 1) {
    const began = cpuMs();
    for (let i = 0; i < count; i += 1) await play(run * count + i);
    // The first run warms up.
    if (run > 0) rates.push((count * 1_000) / (cpuMs() - began));
  }
  return Math.round(median(rates));
}

function anlan(): (i: number) => void {
  const point: PointSpec = {
    pointId: 'p',
    deviceId: 'd',
    siteId: 's',
    metric: 'm',
    unit: 'U',
    intervalMs: 2,
    reorderMs: 0,
    liveHorizonMs: null,
  };
  const rules = Array.from({ length: RULES }, (_, i): ThresholdRule => {
    const step = { deadband: 0, onDelayMs: 0, offDelayMs: 0, onCount: 1, offCount: 1, latching: false };
    const levels = [{ level: 'yellow', at: limitOf(i), ...step }] as const;
    return {
      id: `r${i}`,
      version: 1,
      kind: 'threshold',
      enabled: true,
      scope: { pointIds: ['p'] },
      side: 'high',
      quality: 'pause',
      levels,
    };
  });
  const engine = createEngine({ partition: 0, digest: (text) => text });
  const activation = { version: 1, rules, removedRuleIds: [], points: [point], removedPointIds: [] };
  engine.step({ offset: 0, at: T, value: { kind: 'activation', version: 1, at: T } }, [activation]);
  return (i) => {
    const at = T + 2 * (i + 1);
    const readings = [{ pointId: 'p', t: at, v: valueAt(i), q: 'good' }] as const;
    engine.step({
      offset: i + 1,
      at,
      value: { kind: 'readings', deviceId: 'd', siteId: 's', arrivedAt: at, readings, rejected: 0, quarantined: 0 },
    });
  };
}

type PeerEngine = Readonly<{ addRule(rule: object): void; run(facts: object): Promise<Readonly<{ events: readonly unknown[] }>> }>;

/** json-rules-engine as its documents use it: one rule a limit, one fact a message. */
function jsonRulesEngine(folder: string): (i: number) => Promise<unknown> {
  const { Engine } = createRequire(join(folder, 'package.json'))('json-rules-engine') as { Engine: new () => PeerEngine };
  const engine = new Engine();
  for (let i = 0; i < RULES; i += 1) {
    const condition = { fact: 'v', operator: 'greaterThanInclusive', value: limitOf(i) };
    engine.addRule({ conditions: { all: [condition] }, event: { type: `r${i}` } });
  }
  return (i) => engine.run({ v: valueAt(i) });
}

/** `folder`: where json-rules-engine is installed; absent: it is not measured. */
export async function w1r(folder: string | undefined): Promise<W1r> {
  const anlanPerSecond = await perSecond(MESSAGES, anlan());
  return {
    rules: RULES,
    anlanPerSecond,
    ...(folder !== undefined && { jsonRulesEnginePerSecond: await perSecond(MESSAGES_OF_PEER, jsonRulesEngine(folder)) }),
    shareAt500: Number((500 / anlanPerSecond).toFixed(4)),
  };
}
