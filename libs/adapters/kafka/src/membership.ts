import type { Logger } from '@anlan/observability';
import { type Clock, type Hands, pause } from '@anlan/ports';
import { asFault } from './fault.js';
import type { GroupTalk } from './group-talk.js';
import { within } from './patience.js';

export type MembershipDeps = Readonly<{
  talk: GroupTalk;
  own: Hands;
  clock: Clock;
  logger: Logger;
  group: string;
  beatMs: number;
  drainMs: number;
}>;
export type GroupMember = Readonly<{ admitted: Promise<void>; leave(): Promise<void> }>;

const FIRST_BACKOFF_MS = 100;
const LAST_BACKOFF_MS = 2_000;
/** The group goes on without us. */
const EXPELLED: ReadonlySet<string> = new Set(['ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID', 'FENCED_INSTANCE_ID']);
const REBALANCING = 'REBALANCE_IN_PROGRESS';

/**
 * One member of a group.
 *
 * G1  Rebalancing stops no work: a member joins anew with what it holds, and the leader gives nobody what another still holds. A member
 *     that loses a partition lets go of it and joins once more; only then somebody else gets it (H2).
 * G2  Heartbeats go on while partitions are taken and let go.
 * G3  A member that was expelled, or that was not heard for a session, lets go of everything before it joins again.
 * G4  Nothing but `leave` ends the membership.
 */
export function groupMember({ talk, own, clock, logger, group, beatMs, drainMs }: MembershipDeps): GroupMember {
  let phase: 'member' | 'leaving' | 'gone' = 'member';
  let again = false;
  /** Not let go within the drain time: no longer ours to claim. */
  let overdue: readonly number[] = [];
  let alarm = new AbortController();
  let admit: () => void = () => undefined;
  const admitted = new Promise<void>((resolve) => {
    admit = resolve;
  });

  const gone = (): boolean => phase === 'gone';
  const wake = (): void => {
    alarm.abort();
    alarm = new AbortController();
  };
  const drained = async (): Promise<void> => {
    const done = new AbortController();
    await Promise.race([own.letGo(), pause(clock, drainMs, done.signal)]);
    done.abort();
  };
  const take = (assigned: readonly number[]): void => {
    own.want(phase === 'member' ? assigned : []);
    admit();
    const moving = (): readonly number[] => own.inHand().filter((partition) => !assigned.includes(partition));
    overdue = overdue.filter((partition) => moving().includes(partition));
    if (moving().length === overdue.length) return;
    void drained().then(() => {
      overdue = moving();
      if (overdue.length > 0) logger.error('partitions were not let go in time and are given away', { group, partitions: overdue });
      again = true;
      wake();
    });
  };
  /** Returns when the group must be joined anew; throws when we are no longer part of it. */
  const stay = async (): Promise<void> => {
    for (;;) {
      await pause(clock, again ? 0 : Math.min(beatMs, talk.sessionLeftMs()), alarm.signal);
      if (again || gone()) return;
      try {
        await within(clock, talk.sessionLeftMs(), talk.beat());
      } catch (error) {
        const fault = asFault(error);
        if (fault.code === REBALANCING) return;
        if (EXPELLED.has(fault.code) || talk.sessionLeftMs() === 0) throw fault;
      }
    }
  };
  const recover = async (error: unknown, backoffMs: number): Promise<void> => {
    const fault = asFault(error);
    if (fault.code === REBALANCING) return;
    if (EXPELLED.has(fault.code) || talk.sessionLeftMs() === 0) {
      if (own.inHand().length > 0)
        logger.error('this process is no longer part of its group and lets go of all', { group, reason: fault.message });
      own.want([]);
      await drained();
      if (fault.code === 'UNKNOWN_MEMBER_ID') talk.forgetId();
    }
    if (backoffMs === LAST_BACKOFF_MS) logger.warn('the group cannot be joined and is tried again', { group, reason: fault.message });
    await pause(clock, backoffMs, alarm.signal);
  };
  const run = async (): Promise<void> => {
    for (let backoffMs = FIRST_BACKOFF_MS; !gone(); backoffMs = Math.min(backoffMs * 2, LAST_BACKOFF_MS))
      try {
        again = false;
        const held = own.inHand().filter((partition) => !overdue.includes(partition));
        const joined = talk.join({ held, leaving: phase !== 'member' });
        take(await (held.length > 0 ? within(clock, talk.sessionLeftMs(), joined) : joined));
        backoffMs = FIRST_BACKOFF_MS / 2;
        await stay();
      } catch (error) {
        if (!gone()) await recover(error, backoffMs);
      }
  };
  void run();

  return {
    admitted,
    async leave() {
      phase = 'leaving';
      own.want([]);
      await drained();
      phase = 'gone';
      wake();
      // If nobody hears it, the session ends by itself.
      await talk.farewell().catch(() => undefined);
    },
  };
}
