/** Saved state of one worker's partition: offset and state in one transaction, guarded by an epoch. */
export type Checkpoint = Readonly<{ epoch: number; nextOffset: number; entries: ReadonlyMap<string, string> }>;
export type CheckpointDelta = Readonly<{ put: ReadonlyMap<string, string>; drop: readonly string[] }>;

/** This writer has been replaced: it must stop and change nothing more. */
export class Fenced extends Error {
  override readonly name = 'Fenced';
}

/**
 * C1  `save` writes offset and entries together, or nothing.
 * C2  `open` raises the epoch; a `save` of an older epoch throws Fenced and changes nothing.
 * C3  Every entry is kept with a checksum; a corrupt one makes `open` fail loudly with its key.
 */
export type Checkpoints = Readonly<{
  open(owner: string, partition: number): Promise<Checkpoint>;
  save(owner: string, partition: number, epoch: number, nextOffset: number, delta: CheckpointDelta): Promise<void>;
}>;
