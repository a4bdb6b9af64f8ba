import type { Millis } from '@anlan/contracts';

/** Something that somebody ordered and comes back for, whichever process then answers. */
export type StoredJob = Readonly<{
  id: string;
  /** Who ordered it. */
  by: string;
  isOpen: boolean;
  /** When whoever works on it said so last. */
  seenAt: Millis;
  /** JSON text of whoever owns the job. */
  body: string;
}>;

/**
 * J1  What `put` resolved is durable; the same id again takes the place of what stood there, but a closed job stays as it was closed.
 * J2  `forget` takes closed jobs only, and open ones that nobody has spoken of since `before`.
 */
export type JobStore = Readonly<{
  put(job: StoredJob): Promise<void>;
  get(id: string): Promise<StoredJob | undefined>;
  /** Open jobs spoken of at or after `since`. */
  open(since: Millis): Promise<readonly StoredJob[]>;
  /** All last spoken of before `before`, and of the closed ones all but the newest `keep`. */
  forget(before: Millis, keep: number): Promise<void>;
}>;
