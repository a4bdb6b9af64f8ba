import { parentPort, workerData } from 'node:worker_threads';
import { OPENED, type Reply, type Request } from './host.js';
import { type StoreKind, type StoreOptionsOf, openStore } from './stores.js';
import { toWire } from './wire-error.js';

/** What runs in the thread of a store: opens it, then answers one request after another. */
function serve(): void {
  const port = parentPort;
  if (port === null) throw new Error('this file runs in a worker thread only');
  const answer = (id: number, work: () => unknown): void => port.postMessage(replyOf(id, work));
  let store: object = {};
  answer(OPENED, () => {
    const { kind, options } = workerData as Readonly<{ kind: StoreKind; options: StoreOptionsOf<StoreKind> }>;
    store = openStore(kind, options);
  });
  port.on('message', ({ id, method, args }: Request) => {
    answer(id, () => (Reflect.get(store, method) as (...args: readonly unknown[]) => unknown)(...args));
    if (method === 'close') port.close();
  });
}

function replyOf(id: number, work: () => unknown): Reply {
  try {
    return { id, value: work() };
  } catch (error) {
    return { id, error: toWire(error) };
  }
}

serve();
