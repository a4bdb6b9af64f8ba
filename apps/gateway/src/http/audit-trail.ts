import type { Actor } from '@anlan/contracts';
import type { AuditEntry } from '@anlan/ports';
import type { GatewayDeps } from '../deps.js';
import type { AuditNote } from './call.js';
import { tokenBuckets } from './rate.js';
import { Refusal } from './refusal.js';

const NOBODY: Actor = { kind: 'system', id: 'anonymous' };
const REFUSED_A_MINUTE = 10;
const MAX_TEXT = 2_000;

export type AuditLine = Readonly<{
  action: string;
  actor: Actor | undefined;
  source: string;
  requestId: string;
  outcome: AuditEntry['outcome'];
  note: AuditNote;
  /** Goes on even when the row cannot be written. */ lenient: boolean;
}>;
export type AuditTrail = Readonly<{
  write(line: AuditLine): Promise<void>;
  /** Refused rights, at most ten a minute and actor. */
  refused(actor: Actor, source: string, requestId: string, action: string): Promise<void>;
}>;

const cut = (text: string | null | undefined): string | null => (text == null ? null : text.slice(0, MAX_TEXT));

/** One row an act, success or not. An act whose row cannot be written answers an error, save an acknowledgement: nothing may keep that from going on. */
export function auditTrail({ audit, clock, logger }: Pick<GatewayDeps, 'audit' | 'clock' | 'logger'>): AuditTrail {
  const refusals = tokenBuckets(clock, REFUSED_A_MINUTE, REFUSED_A_MINUTE);
  const write: AuditTrail['write'] = async ({ action, actor, source, requestId, outcome, note, lenient }) => {
    const entry: AuditEntry = {
      at: clock.now(),
      actor: note.actor ?? actor ?? NOBODY,
      source,
      requestId,
      action: note.action ?? action,
      objectKind: note.objectKind ?? '',
      objectId: (note.objectId ?? '').slice(0, 200),
      regionCode: note.regionCode ?? null,
      outcome,
      reason: cut(note.reason),
      before: cut(note.before),
      after: cut(note.after),
    };
    try {
      await audit.write(entry);
    } catch (error) {
      logger.error('Audit row lost', { requestId, action, error: error instanceof Error ? error.message : String(error) });
      if (!lenient)
        throw new Refusal('audit_unavailable', 'The audit trail cannot be written, so nothing may be changed.', { retryAfterS: 30 });
    }
  };
  return {
    write,
    async refused(actor, source, requestId, action) {
      if (refusals.take(actor.id) > 0) return;
      await write({ action, actor, source, requestId, outcome: 'refused', note: { reason: 'forbidden' }, lenient: true });
    },
  };
}
