import type { Common, Engine } from './supervisor.mjs';
/** The front listens on `port`, the store itself on the two after it unless said. `killStore` and `startStore` leave the front up. */
export function start(
  options: Common & Readonly<{ storePort?: number; rpcPort?: number; token: string; org: string; bucket: string }>,
): Promise<Engine & Readonly<{ storeAddress: string; frontPid: number; killStore(): Promise<boolean>; startStore(): Promise<void> }>>;
