import type { Fault } from '@anlan/contracts';
import { LineCounter, isMap, isScalar, isSeq, parseDocument, type Document } from 'yaml';

/** Reads YAML or JSON. Faults of the notation come with their line, and then there is no value. */
export function parseYaml(text: string): Readonly<{ value: unknown; faults: readonly Fault[] }> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const faults = document.errors.map(({ pos, message }) => ({
    path: '',
    line: lines.linePos(pos[0]).line,
    code: 'not_yaml',
    message: message.split('\n')[0] ?? message,
  }));
  return faults.length > 0 ? { value: undefined, faults } : { value: document.toJS(), faults };
}

/** Gives each fault the line at which its path begins in the text; where the path is missing there, its nearest parent's. */
export function withLines<F extends Readonly<{ path: string }>>(
  text: string,
  faults: readonly F[],
): readonly (F & Readonly<{ line?: number }>)[] {
  if (faults.length === 0) return [];
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  return faults.map((fault) => {
    const offset = offsetOf(document, fault.path.split('/').slice(1));
    return offset === undefined ? fault : { ...fault, line: lines.linePos(offset).line };
  });
}

function offsetOf(document: Document, path: readonly string[]): number | undefined {
  const steps = path.map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  for (let depth = steps.length; depth >= 0; depth -= 1) {
    const node: unknown = depth === 0 ? document.contents : document.getIn(steps.slice(0, depth), true);
    if ((isMap(node) || isSeq(node) || isScalar(node)) && node.range) return node.range[0];
  }
  return undefined;
}
