import type { Actor, Millis } from '@anlan/contracts';

export type AuditEntry = Readonly<{
  at: Millis;
  actor: Actor;
  source: string;
  requestId: string;
  action: string;
  objectKind: string;
  objectId: string;
  regionCode: string | null;
  outcome: 'ok' | 'refused' | 'failed';
  reason: string | null;
  before: string | null;
  after: string | null;
}>;
export type AuditRow = AuditEntry & Readonly<{ n: number; prev: string; hash: string }>;
/** Append-only, chained: hash = H(n, previous hash, canonical entry). */
export type Audit = Readonly<{
  write(entry: AuditEntry): Promise<void>;
  page(limit: number, cursor?: string): Promise<Readonly<{ items: readonly AuditRow[]; nextCursor: string | null }>>;
  /** First broken row, or null. */
  verify(): Promise<number | null>;
}>;
