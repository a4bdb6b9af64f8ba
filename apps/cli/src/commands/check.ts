import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import {
  perKind,
  planImport,
  pointSpecsOf,
  readBundle,
  snapshotOf,
  type BundlePlan,
  type Collections,
  type PlainEntity,
} from '@anlan/contracts';
import { lintPack, loadPacks, parseYaml, withLines } from '@anlan/packs';
import { parseRule } from '@anlan/rules';
import { failed, ok, type FaultLine, type Io, type Result } from '../io.js';
import { textOf } from '../target.js';

export type CheckOptions = Readonly<{ partial?: boolean }>;
type Checked = Readonly<{ file: string; kind: 'pack' | 'bundle'; faults: readonly FaultLine[] }>;

/** `anlan check FILE…`: bundles, rule files and packs, without a server; every fault with path and line. */
export async function checkCommand(io: Io, files: readonly string[], { partial = false }: CheckOptions): Promise<Result> {
  const checked: Checked[] = [];
  for (const file of files) {
    const text = file === '-' ? await io.stdin() : await textOf(resolve(io.cwd, file));
    if (text === undefined) return failed(`no such file: ${file}`);
    checked.push(checkText(file, text, partial));
  }
  const faults = checked.flatMap(({ file, faults: own }) =>
    own.map((fault) => ({ ...fault, path: files.length > 1 ? `${file}${fault.path}` : fault.path })),
  );
  if (faults.length > 0) return failed(`${faults.length} faults`, { faults, data: checked });
  return ok(checked, checked.map(({ file, kind }) => `${file}: ${kind}, no faults`).join('\n'));
}

function checkText(file: string, text: string, partial: boolean): Checked {
  const { value, faults } = parseYaml(text);
  if (typeof value === 'object' && value !== null && 'pack' in value) return { file, kind: 'pack', faults: lintPack(text) };
  return { file, kind: 'bundle', faults: faults.length > 0 ? faults : withLines(text, bundleFaults(value, partial)) };
}

/** What an import into an empty registry would say; `partial` lets references to what is not in the file pass. */
function bundleFaults(value: unknown, partial: boolean): readonly FaultLine[] {
  const catalogue = new Map<string, PlainEntity>([...loadPacks().metrics].map(([code, metric]) => [code, { ...metric }]));
  const stored: Collections = { ...perKind(() => new Map<string, PlainEntity>()), metrics: catalogue };
  const plan = planImport(stored, readBundle(value), (text) => createHash('sha256').update(text).digest('hex'));
  const faults = [...plan.faults, ...ruleFaults(plan)];
  return partial ? faults.filter(({ code }) => !ELSEWHERE.has(code)) : faults;
}

/** Faults of what may stand in the registry though it is not in the file. */
const ELSEWHERE: ReadonlySet<string> = new Set(['unknown_reference', 'point_unknown', 'scope']);
const DEFAULT_INTERVAL_MS = 60_000;

/** Bodies of rules. Which points a `group` or `select` comes to is left to the server; here they stand for every point of the file. */
function ruleFaults({ next, rulePaths }: BundlePlan): readonly FaultLine[] {
  const registry = snapshotOf(0, next);
  const specs = pointSpecsOf(registry);
  const points = new Map([...registry.points.keys()].map((id) => [id, specs.get(id) ?? { intervalMs: DEFAULT_INTERVAL_MS }]));
  return [...rulePaths].flatMap(([id, path]) => {
    const body = next.rules.get(id);
    const byServer = body?.['group'] !== undefined || body?.['select'] !== undefined;
    const parsed = parseRule(body, { path, version: 1, points, ...(byServer && { pointIds: [...points.keys()] }) });
    return 'faults' in parsed ? parsed.faults : [];
  });
}
