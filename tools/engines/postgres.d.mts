import type { Common, Engine } from './supervisor.mjs';
export function start(options: Common & Readonly<{ password: string }>): Promise<Engine & Readonly<{ data: string }>>;
/** Removes what of this folder's data lies elsewhere: in a test folder that only root may enter, the cluster stands in /var/tmp. */
export function forget(folder: string): void;
