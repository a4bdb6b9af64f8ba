import type { Common, Engine } from './supervisor.mjs';
/** `users`: name to password; `extra`: lines for the end of the configuration. */
export function start(
  options: Common & Readonly<{ users: Readonly<Record<string, string>>; extra?: string }>,
): Promise<Engine & Readonly<{ addUser(user: string, password: string): void }>>;
