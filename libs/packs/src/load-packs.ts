import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
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
/** Written by the build: the packs as they were read, because parsing the YAML takes a second of every start and every command. */
const READ = new URL('../dist/packs.json', import.meta.url);

/** Reads the committed packs. A faulty one is a bug and throws, naming every fault. */
export function loadPacks(): Packs {
  const texts = packTexts();
  const packs = readBefore(digestOf(texts)) ?? texts.map(readText);
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

type PackText = Readonly<{ file: string; text: string }>;

function packTexts(): readonly PackText[] {
  return readdirSync(DATA)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .map((file) => ({ file, text: readFileSync(new URL(file, DATA), 'utf8') }));
}

function digestOf(texts: readonly PackText[]): string {
  const hash = createHash('sha256');
  for (const { file, text } of texts) hash.update(`${file}\n${text.length}\n${text}`);
  return hash.digest('hex');
}

/** What the build has read of the very same texts; undefined when there is none of these. */
function readBefore(digest: string): readonly Pack[] | undefined {
  if (!existsSync(READ)) return undefined;
  const kept = JSON.parse(readFileSync(READ, 'utf8')) as Readonly<{ digest: string; packs: readonly Pack[] }>;
  return kept.digest === digest ? kept.packs : undefined;
}

/** For the build: reads the packs and keeps what it read. */
export function keepPacks(): void {
  const texts = packTexts();
  writeFileSync(READ, JSON.stringify({ digest: digestOf(texts), packs: texts.map(readText) }));
}

function readText({ file, text }: PackText): Pack {
  const { pack, faults } = readPack(parse(text));
  if (!pack) throw new Error(`pack ${file}: ${faults.map(({ path, message }) => `${path} ${message}`).join('; ')}`);
  return pack;
}
