import { Worker } from 'node:worker_threads';
import { StoreFault, isBroken } from './store-fault.js';
import { READ_ONLY_STORES, type StoreKind, type StoreOf, type StoreOptionsOf, openStore } from './stores.js';
import { type WireError, fromWire } from './wire-error.js';

/** `worker`: its own thread, so that waiting for the disk stops nobody (the product). `inline`: this thread (tests, tools). */
export type HostKind = 'worker' | 'inline';
export type HostDeps = Readonly<{
  host: HostKind;
  /** The disk or the worker failed in a way that no retry may touch: the process must end. Called once. */
  onFatal(error: Error): void;
}>;
/** The store's calls, each answered by a promise, in the order they were made. */
export type Calls<S> = { readonly [M in keyof S]: S[M] extends (...args: infer A) => infer R ? (...args: A) => Promise<R> : never };
export type Request = Readonly<{ id: number; method: string; args: readonly unknown[] }>;
export type Reply = Readonly<{ id: number; value?: unknown; error?: WireError }>;
/** Number of the message that tells whether the store could be opened. */
export const OPENED = 0;

type Caller = (method: string, args: readonly unknown[]) => Promise<unknown>;

/** Opens a store on its host. Rejects with StoreFault when it cannot be opened. */
export async function hostStore<K extends StoreKind>(kind: K, options: StoreOptionsOf<K>, deps: HostDeps): Promise<Calls<StoreOf<K>>> {
  let told = false;
  const onFatal = (error: Error): void => {
    if (!told) deps.onFatal(error);
    told = true;
  };
  const caller = deps.host === 'worker' ? await workerCaller(kind, options, onFatal) : inlineCaller(openStore(kind, options));
  return callsThrough(READ_ONLY_STORES.has(kind) ? caller : guardedCaller(caller, onFatal));
}

/** After the first error of the disk every further call is refused: an fsync that failed must not be tried again. */
function guardedCaller(call: Caller, onFatal: HostDeps['onFatal']): Caller {
  let broken: Error | undefined;
  return async (method, args) => {
    // Closing would write too; the process ends anyway.
    if (broken !== undefined && method === 'close') return undefined;
    if (broken !== undefined) throw broken;
    try {
      return await call(method, args);
    } catch (error) {
      if (broken === undefined && error instanceof Error && isFatal(error)) {
        broken = error;
        onFatal(error);
      }
      throw error;
    }
  };
}

function isFatal(error: Error): boolean {
  return (
    isBroken(error) || error instanceof WorkerGone || (error instanceof StoreFault && (error.code === 'corrupt' || error.code === 'io'))
  );
}

/** The thread of a store ended by itself. */
export class WorkerGone extends Error {
  override readonly name = 'WorkerGone';
}

function inlineCaller(store: object): Caller {
  return async (method, args) => (Reflect.get(store, method) as (...args: readonly unknown[]) => unknown)(...args);
}

async function workerCaller<K extends StoreKind>(kind: K, options: StoreOptionsOf<K>, onFatal: HostDeps['onFatal']): Promise<Caller> {
  const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: { kind, options }, execArgv: [] });
  const waiting = new Map<number, Readonly<{ resolve(value: unknown): void; reject(error: Error): void }>>();
  let [made, closing] = [OPENED, false];
  const ask = (id: number, send: () => void): Promise<unknown> =>
    new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      send();
    });
  const end = (error: Error): void => {
    for (const { reject } of waiting.values()) reject(error);
    const opened = made > OPENED;
    waiting.clear();
    if (!closing && opened) onFatal(error);
    closing = true;
  };

  worker.on('message', ({ id, value, error }: Reply) => {
    const caller = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) caller?.resolve(value);
    else caller?.reject(fromWire(error));
  });
  worker.on('error', (error) =>
    end(new WorkerGone(`the thread of ${kind} failed: ${error instanceof Error ? error.message : String(error)}`, { cause: error })),
  );
  worker.on('exit', (code) => end(new WorkerGone(`the thread of ${kind} ended with ${code}`)));
  try {
    await ask(OPENED, () => undefined);
  } catch (error) {
    await worker.terminate();
    throw error;
  }

  return async (method, args) => {
    if (closing) throw new WorkerGone(`the thread of ${kind} has ended`);
    closing = method === 'close';
    const id = ++made;
    return ask(id, () => worker.postMessage({ id, method, args } satisfies Request));
  };
}

function callsThrough<S>(call: Caller): Calls<S> {
  const known = new Map<string | symbol, unknown>();
  return new Proxy({} as Calls<S>, {
    get(_target, method) {
      // A promise must not take this for another promise.
      if (typeof method === 'symbol' || method === 'then') return undefined;
      const found = known.get(method) ?? ((...args: readonly unknown[]) => call(method, args));
      known.set(method, found);
      return found;
    },
  });
}
