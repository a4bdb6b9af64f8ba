import { TOPICS, type DeadLetter, type Digest, type Millis, type Reading } from '@anlan/contracts';
import { isTold, type Logger, type Meter, placeAfter, type Tracer } from '@anlan/observability';
import {
  pause,
  type Clock,
  type DeadLetterStore,
  type Fanout,
  type LastValues,
  type Ledger,
  type LedgerEntry,
  type Log,
  type LogRecord,
  type RowOutcome,
  type Series,
} from '@anlan/ports';
import { readingsValue } from '../readings-value.js';
import { entryOf, isDelivery, outcomeLetters, newestOf, rowsOf, type Carried, type Delivery } from './tally.js';

export type ReadingsLoopDeps = Readonly<{
  log: Log;
  series: Series;
  ledger: Ledger;
  deadLetters: DeadLetterStore;
  fanout: Fanout;
  /** Kept up to date beside the series, where there is one. */
  lastValues?: LastValues;
  clock: Clock;
  digest: Digest;
  meter: Meter;
  tracer?: Tracer;
  logger: Logger;
  group: string;
  pace?: Pace;
}>;
export type PartitionLoop = Readonly<{ turn(signal: AbortSignal): Promise<void>; lag(): Promise<number> }>;

/** Rows in one write of the series. */
const MAX_ROWS = 4_000;
const MAX_RECORDS = 4_000;

/**
 * While readings stream in, a turn begins at most so often, unless it would be a full one: each costs three round trips to the disk,
 * however little it carries, and what it writes to the disk is in the way of the log, for which PUBACKs and alarms wait.
 * `together`: the partitions of a process take their turns at the same moments, so that they share what the stores do for each.
 */
export type Pace = Readonly<{ everyMs: Millis; together: boolean }>;
/** In one process with everything else: short pieces of work, spread in time. */
const PACE: Pace = { everyMs: 150, together: false };

/** A record with what the series said of its readings, in their order. */
type Judged<C extends Carried = Carried> = Readonly<{ carried: C; outcomes: readonly RowOutcome[] }>;

/**
 * One partition of the readings log into series and ledger. Every step may be repeated after a crash: the series knows origins,
 * dead letters have ids by place, the ledger knows its position. The commit comes last.
 */
export function readingsLoop(deps: ReadingsLoopDeps, partition: number): PartitionLoop {
  const { log, ledger, clock, group } = deps;
  let next: number | undefined;
  let turnedAt = -Infinity;
  let isBehind = false;
  return {
    async turn(signal) {
      next ??= await ledger.position(partition);
      await log.until(TOPICS.readings, partition, next, signal);
      if (!isBehind) await gather(deps, turnedAt, signal);
      turnedAt = clock.mono();
      const began = clock.now();
      const records = await log.read(TOPICS.readings, partition, next, MAX_RECORDS);
      const batch = bounded(steps(records, deps));
      const last = batch.at(-1)?.place;
      isBehind = records.length === MAX_RECORDS || batch.length < records.length;
      if (!last) return;
      const judged = await stored(batch, deps);
      const delivered = judged.filter((one): one is Judged<Delivery> => isDelivery(one.carried));
      await letOutcomesBeKnown(delivered, deps);
      const end = last.offset + 1;
      const position = await ledger.apply(partition, { from: next, next: end }, await entries(delivered, deps));
      if (position !== end) {
        // Counted already by an attempt whose answer was lost, or by a predecessor that woke again: go on from there.
        next = position;
        return;
      }
      await log.commit(group, TOPICS.readings, partition, end);
      next = end;
      tell(judged, deps);
      trace(judged, began, deps);
    },
    async lag() {
      return (await log.bounds(TOPICS.readings, partition)).next - (next ?? (await ledger.position(partition)));
    },
  };
}

async function gather({ clock, pace = PACE }: ReadingsLoopDeps, turnedAt: Millis, signal: AbortSignal): Promise<void> {
  const now = clock.mono();
  const early = turnedAt + pace.everyMs - now;
  // Who has had nothing to do for so long does not wait: what comes seldom (ticks) never stands as lag.
  if (early <= 0) return;
  const restMs = pace.together ? pace.everyMs - (now % pace.everyMs) : early;
  await pause(clock, restMs, signal);
}

/** A step of the batch: a place in the log, and the readings there, if any (most control records have none). */
type Step = Readonly<{ place: Carried['place']; carried: Carried | undefined }>;

function steps(records: readonly LogRecord[], { meter, logger }: Pick<ReadingsLoopDeps, 'meter' | 'logger'>): readonly Step[] {
  return records.map((place) => {
    const record = readingsValue(place.value);
    if (!record) {
      meter.count('anlan_flow_failures_total', 1, { flow: 'recorder' });
      logger.error('a record of the readings log is unreadable and is stepped over', { partition: place.partition, offset: place.offset });
    }
    return { place, carried: record?.kind === 'readings' || record?.kind === 'derived' ? { place, record } : undefined };
  });
}

/** As many steps as fit into one write; at least one. */
function bounded(all: readonly Step[]): readonly Step[] {
  let rows = 0;
  const end = all.findIndex(({ carried }, index) => {
    rows += carried?.record.readings.length ?? 0;
    return index > 0 && rows > MAX_ROWS;
  });
  return end === -1 ? all : all.slice(0, end);
}

async function stored(batch: readonly Step[], { series, meter }: ReadingsLoopDeps): Promise<readonly Judged[]> {
  const found = batch.flatMap(({ carried }) => (carried ? [carried] : []));
  const rows = found.flatMap(rowsOf);
  const outcomes = rows.length > 0 ? await series.write(rows) : [];
  if (outcomes.length !== rows.length) throw new RangeError(`the series answered ${outcomes.length} of ${rows.length} rows`);
  for (const outcome of ['stored', 'duplicate', 'conflict', 'refused'] as const) {
    const count = outcomes.filter((each) => each === outcome).length;
    if (count > 0) meter.count('anlan_readings_total', count, { outcome });
  }
  let from = 0;
  return found.map((carried) => ({ carried, outcomes: outcomes.slice(from, (from += carried.record.readings.length)) }));
}

async function letOutcomesBeKnown(judged: readonly Judged<Delivery>[], { log, digest, meter }: ReadingsLoopDeps): Promise<void> {
  const letters = judged.flatMap(({ carried, outcomes }) => outcomeLetters(carried, outcomes, digest));
  if (letters.length === 0) return;
  for (const { code } of letters) meter.count('anlan_dead_letters_total', 1, { code });
  await log.append(letters.map((letter: DeadLetter) => ({ topic: TOPICS.rejected, key: letter.deviceId, value: JSON.stringify(letter) })));
}

async function entries(judged: readonly Judged<Delivery>[], { deadLetters }: ReadingsLoopDeps): Promise<readonly LedgerEntry[]> {
  const list: LedgerEntry[] = [];
  for (const { carried, outcomes } of judged) list.push(entryOf(carried, outcomes, await isTheRetry(carried, deadLetters)));
  return list;
}

/** The first record that retries a letter marks it with its own place; only that one moves the letter's count, whatever is repeated. */
async function isTheRetry({ place, record }: Delivery, deadLetters: DeadLetterStore): Promise<boolean> {
  if (!record.retryOf) return false;
  const mark = `accepted, log ${place.partition}:${place.offset}`;
  if (await deadLetters.markRetried(record.retryOf.deadLetterId, record.arrivedAt, mark)) return true;
  return (await deadLetters.get(record.retryOf.deadLetterId))?.retryOutcome === mark;
}

/** What stands in the series is told to those who watch. Losing it is harmless: they can read the series. */
function tell(judged: readonly Judged[], { fanout, lastValues, logger }: ReadingsLoopDeps): void {
  const fresh = judged.flatMap(({ carried: { record }, outcomes }) =>
    record.readings.flatMap((reading, index) => (outcomes[index] === 'stored' ? [{ ...reading, receivedAt: record.arrivedAt }] : [])),
  );
  if (fresh.length === 0) return;
  const newest = newestOf(fresh);
  fanout.publish({ kind: 'readings', readings: newest.map(({ receivedAt: _, ...reading }): Reading => reading) });
  lastValues
    ?.put(newest.map(({ pointId, t, v, q, receivedAt }) => ({ pointId, t, v, q, receivedAt })))
    .catch((error: unknown) => logger.warn('the last values were not told', { reason: String(error) }));
}

/** Messages that were chosen at their arrival are followed into the series. */
function trace(judged: readonly Judged[], from: Millis, { tracer, clock }: ReadingsLoopDeps): void {
  if (!tracer?.on) return;
  const to = clock.now();
  for (const { carried } of judged) {
    const { trace: parent, partition, offset } = carried.place;
    if (parent === undefined || !isTold(parent)) continue;
    const facts = { 'anlan.partition': partition, 'anlan.offset': offset };
    tracer.tell({ at: placeAfter(parent, 'stored'), parent, app: 'recorder', name: 'store readings', kind: 'consumer', from, to, facts });
  }
}
