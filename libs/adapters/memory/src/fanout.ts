import { listeners, type Fanout, type ListenersDeps } from '@anlan/ports';

export type FanoutDeps = Pick<ListenersDeps, 'onError'>;

/** Fan-out within one process. */
export function memoryFanout({ onError }: FanoutDeps): Fanout {
  const { tell, subscribe } = listeners({ onError });
  return { publish: tell, subscribe };
}
