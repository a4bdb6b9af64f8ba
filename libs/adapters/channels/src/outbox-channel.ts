import type { Channel } from '@anlan/ports';

/** The row itself is the message: the console shows it, with what would have been sent by a provider. Nothing leaves the platform. */
export function outboxChannel(): Channel {
  return { name: 'outbox', send: () => Promise.resolve({ kind: 'sent', receipt: 'outbox' }) };
}
