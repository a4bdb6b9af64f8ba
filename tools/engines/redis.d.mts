import type { Common, Engine } from './supervisor.mjs';
export function start(options: Common & Readonly<{ password: string }>): Promise<Engine>;
