import { readFileSync, readdirSync } from 'node:fs';
import type { Metric } from '@anlan/contracts';
import { parse } from 'yaml';
import type { DerivedTemplate, Pack, Template } from './pack.js';
import { readPack } from './read-pack.js';

/** All packs of the product: metrics by code, rule templates and formulas of derived points by id. */
export type Packs = Readonly<{
  packs: readonly Pack[];
  metrics: ReadonlyMap<string, Metric>;
  derived: ReadonlyMap<string, DerivedTemplate>;
  templates: ReadonlyMap<string, Template>;
}>;

// `src` and `dist` stand beside `data`, so the same address holds from both.
const DATA = new URL('../data/', import.meta.url);

/** Reads the committed packs. A faulty one is a bug and throws, naming every fault. */
export function loadPacks(): Packs {
  const files = readdirSync(DATA)
    .filter((name) => name.endsWith('.yaml'))
    .sort();
  const packs = files.map(loadPack);
  const metrics = packs.flatMap((pack) => pack.metrics);
  return {
    packs,
    metrics: new Map(
      metrics.map(({ intervalMs: _interval, accuracy: _accuracy, confidence: _confidence, clause: _clause, ...metric }) => [
        metric.code,
        metric,
      ]),
    ),
    derived: new Map(packs.flatMap((pack) => pack.derived).map((one) => [one.id, one])),
    templates: new Map(packs.flatMap((pack) => pack.templates).map((template) => [template.id, template])),
  };
}

function loadPack(file: string): Pack {
  const { pack, faults } = readPack(parse(readFileSync(new URL(file, DATA), 'utf8')));
  if (!pack) throw new Error(`pack ${file}: ${faults.map(({ path, message }) => `${path} ${message}`).join('; ')}`);
  return pack;
}
