import type { Fault } from '@anlan/contracts';
import { parseYaml, withLines } from './yaml-lines.js';
import { readPack } from './read-pack.js';

/** Every fault of a pack file with path and line: faults of YAML first, then of content. Empty when the pack may be shipped. */
export function lintPack(yamlText: string): readonly Fault[] {
  const { value, faults } = parseYaml(yamlText);
  return faults.length > 0 ? faults : withLines(yamlText, readPack(value).faults);
}
