import { dirname, resolve } from 'node:path';
import { lintPack, loadPacks, parseYaml, withLines, type Packs } from '@anlan/packs';
import { failed, ok, type FaultLine, type Io, type Result } from '../io.js';
import { offlinePlan } from '../offline-plan.js';
import { textOf } from '../target.js';
import { checkRuleTests, isRuleTests } from './rule-tests.js';

export type CheckOptions = Readonly<{ partial?: boolean }>;
type Checked = Readonly<{ file: string; kind: 'pack' | 'bundle' | 'rule tests'; faults: readonly FaultLine[]; passed?: number }>;
type Given = Readonly<{ file: string; text: string; folder: string; partial: boolean; packs: () => Packs }>;

/** `anlan check FILE…`: bundles, rule files, packs and rule tests, without a server; every fault with path and line. */
export async function checkCommand(io: Io, files: readonly string[], { partial = false }: CheckOptions): Promise<Result> {
  const checked: Checked[] = [];
  let loaded: Packs | undefined;
  const packs = (): Packs => (loaded ??= loadPacks());
  for (const file of files) {
    const text = file === '-' ? await io.stdin() : await textOf(resolve(io.cwd, file));
    if (text === undefined) return failed(`no such file: ${file}`);
    checked.push(await checkText({ file, text, folder: file === '-' ? io.cwd : dirname(resolve(io.cwd, file)), partial, packs }));
  }
  const faults = checked.flatMap(({ file, faults: own }) =>
    own.map((fault) => ({ ...fault, path: files.length > 1 ? `${file}${fault.path}` : fault.path })),
  );
  if (faults.length > 0) return failed(`${faults.length} faults`, { faults, data: checked });
  return ok(checked, checked.map(said).join('\n'));
}

function said({ file, kind, passed }: Checked): string {
  return passed === undefined ? `${file}: ${kind}, no faults` : `${file}: ${passed} rule tests passed`;
}

async function checkText({ file, text, folder, partial, packs }: Given): Promise<Checked> {
  const { value, faults } = parseYaml(text);
  if (typeof value === 'object' && value !== null && 'pack' in value) return { file, kind: 'pack', faults: lintPack(text) };
  if (isRuleTests(value)) {
    const { passed, faults: own } = await checkRuleTests(value, { read: (name) => textOf(resolve(folder, name)), packs: packs() });
    return { file, kind: 'rule tests', faults: withLines(text, own), passed };
  }
  return { file, kind: 'bundle', faults: faults.length > 0 ? faults : withLines(text, bundleFaults(value, { partial, packs: packs() })) };
}

/** What an import into an empty registry would say; `partial` lets references to what is not in the file pass. */
function bundleFaults(value: unknown, { partial, packs }: Readonly<{ partial: boolean; packs: Packs }>): readonly FaultLine[] {
  const { faults } = offlinePlan(value, packs);
  return partial ? faults.filter(({ code }) => !ELSEWHERE.has(code)) : faults;
}

/** Faults of what may stand in the registry though it is not in the file. */
const ELSEWHERE: ReadonlySet<string> = new Set(['unknown_reference', 'point_unknown', 'scope']);
