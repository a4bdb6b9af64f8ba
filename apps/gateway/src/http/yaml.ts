import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { Refusal } from './refusal.js';

const PARSE_MS = 30_000;
/** Runs in a worker: a 20 MB document takes seconds, and the alarm path shares this process. */
const PROGRAM = `
const { parentPort, workerData } = require('node:worker_threads');
const { parseDocument } = require(workerData.library);
const document = parseDocument(workerData.text, { version: '1.2', schema: 'core', customTags: [], uniqueKeys: true, prettyErrors: false });
if (document.errors.length > 0) {
  const at = document.errors[0].pos[0];
  parentPort.postMessage({ line: workerData.text.slice(0, at).split('\\n').length, message: document.errors[0].message });
} else {
  try {
    parentPort.postMessage({ value: document.toJS({ maxAliasCount: 0 }) });
  } catch (error) {
    parentPort.postMessage({ line: 1, message: String(error.message) });
  }
}`;

type Answer = Readonly<{ value: unknown }> | Readonly<{ line: number; message: string }>;

/** YAML 1.2 core as a plain value: no tags, no aliases. Off the main thread, for 30 s at most. */
export async function parseYaml(text: string): Promise<unknown> {
  const answer = await ask(text);
  if ('value' in answer) return answer.value;
  throw new Refusal('invalid', 'The document is not valid YAML.', {
    errors: [{ path: '', line: answer.line, code: 'not_yaml', message: answer.message }],
  });
}

function ask(text: string): Promise<Answer> {
  const library = createRequire(import.meta.url).resolve('yaml');
  const worker = new Worker(PROGRAM, { eval: true, workerData: { text, library }, resourceLimits: { maxOldGenerationSizeMb: 512 } });
  return new Promise<Answer>((resolve) => {
    const timer = setTimeout(() => done({ line: 1, message: 'takes too long to read' }), PARSE_MS);
    const done = (answer: Answer): void => {
      clearTimeout(timer);
      resolve(answer);
      void worker.terminate();
    };
    worker.once('message', done);
    worker.once('error', (error) => done({ line: 1, message: error.message }));
  });
}
