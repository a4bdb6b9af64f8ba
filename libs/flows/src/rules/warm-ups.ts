/**
 * What rules that began anew wait for (AS 3.7): the stored past of their point, judged apart and written into the log as what they remember of it.
 *
 * M1  The engine hears of it from the log only, so the same log gives the same verdicts. A crash repeats the work; of two answers the first counts.
 * M2  Nothing waits for it: it runs beside the judging, one rule on one point at a time, a few milliseconds in a row.
 * M3  Bounded: so many readings a point (the newest), so much patience with the recorder, so many attempts. Whoever is refused begins from nothing.
 */
import { TOPICS, type Millis, type WarmedRecord } from '@anlan/contracts';
import type { Logger, Meter } from '@anlan/observability';
import { LogUnavailable, SeriesUnavailable, pause, type Clock, type Log, type Sample, type Series, type Window } from '@anlan/ports';
import { rehearsal, warmedSlot, type WarmUp } from '@anlan/rules';
import { pump, type Pump } from '../pump.js';

/** Where the past is read. */
export type History = Pick<Series, 'read' | 'newest' | 'buckets'>;
export type WarmUpsDeps = Readonly<{
  history: History;
  log: Pick<Log, 'append'>;
  clock: Clock;
  meter: Meter;
  logger: Logger;
  /** What waits now, of partitions that are judged up to their end; at most so many. */
  waiting(most: number): readonly WarmUp[];
  limits?: Partial<WarmUpLimits>;
}>;
export type WarmUpLimits = Readonly<{ readings: number; page: number; attempts: number; patienceMs: Millis }>;

/** 50 000: five weeks of a reading a minute, 0.2 to 0.7 s of work. */
const LIMITS: WarmUpLimits = { readings: 50_000, page: 2_000, attempts: 5, patienceMs: 30_000 };
const MOST_AT_ONCE = 64;
const IDLE_MS = 500;
/** The recorder may still be writing. */
const LOOK_AGAIN_MS = 500;
/** An answer in the log is heard long before. */
const HEARD_AFTER_MS = 10_000;
/** A third of a core at most, and never long. */
const SLICE_MS = 5;
const REST_MS = 10;
/** Readings between two looks at the time: 3 ms of the costliest kind. */
const CHUNK = 200;
/** Parts in which the readings of a long stretch are counted. */
const PARTS = 200;

/** `since`: first asked for. `nextAt`: not before. */
type Attempt = { readonly since: Millis; nextAt: Millis; count: number };
type Answer = Readonly<{ memory: unknown; outcome: 'warmed' | 'nothing' | 'refused' }>;

export function warmUps(deps: WarmUpsDeps): Pump {
  const { clock, log, meter, logger, waiting } = deps;
  const limits = { ...LIMITS, ...deps.limits };
  let attempts = new Map<string, Attempt>();

  const answer = async (order: WarmUp, attempt: Attempt, signal: AbortSignal): Promise<void> => {
    const isPatient = clock.mono() - attempt.since < limits.patienceMs;
    if (isPatient && !(await isStored(deps.history, order))) {
      attempt.nextAt = clock.mono() + LOOK_AGAIN_MS;
      return;
    }
    attempt.count += 1;
    const found = attempt.count > limits.attempts ? REFUSED : await remembered({ ...deps, limits }, order, signal);
    if (!found) return;
    await log.append([{ topic: TOPICS.readings, key: order.spec.siteId, value: JSON.stringify(recordOf(order, found, clock.now())) }]);
    attempt.nextAt = clock.mono() + HEARD_AFTER_MS;
    meter.count('anlan_rule_warm_ups_total', 1, { outcome: found.outcome });
  };
  /** An engine that is away is waited for; what breaks on one rule must not keep the others from theirs. */
  const tried = async (order: WarmUp, attempt: Attempt, signal: AbortSignal): Promise<void> => {
    try {
      await answer(order, attempt, signal);
    } catch (error) {
      if (error instanceof SeriesUnavailable || error instanceof LogUnavailable) attempt.count -= 1;
      else attempt.nextAt = clock.mono() + HEARD_AFTER_MS;
      throw error;
    }
  };

  return pump({
    clock,
    async pull(signal) {
      const orders = waiting(MOST_AT_ONCE);
      attempts = new Map(orders.map((order) => [keyOf(order), attempts.get(keyOf(order)) ?? begun(clock.mono())]));
      const due = orders.filter((order) => (attempts.get(keyOf(order))?.nextAt ?? 0) <= clock.mono());
      for (const order of due) {
        const attempt = attempts.get(keyOf(order));
        if (attempt && !signal.aborted) await tried(order, attempt, signal);
      }
      if (due.length === 0) await pause(clock, IDLE_MS, signal);
    },
    onFailure: (error) => logger.warn('the history of rules cannot be read or said and is tried again', { reason: String(error) }),
  });
}

const REFUSED: Answer = { memory: null, outcome: 'refused' };

function begun(at: Millis): Attempt {
  return { since: at, nextAt: at, count: 0 };
}

function keyOf({ spec, rule }: WarmUp): string {
  return `${spec.pointId}|${rule.id}`;
}

function recordOf(order: WarmUp, { memory }: Answer, at: Millis): WarmedRecord {
  return { kind: 'warmed', siteId: order.spec.siteId, at, slots: [warmedSlot(order, { upTo: order.upTo, memory })] };
}

/** Has the recorder come to the reading after which the rule has kept all? */
async function isStored(history: History, { spec, upTo }: WarmUp): Promise<boolean> {
  const [newest] = await history.newest([spec.pointId]);
  return newest !== undefined && newest.t >= upTo;
}

type Reader = Pick<WarmUpsDeps, 'history' | 'clock'> & Readonly<{ limits: WarmUpLimits }>;

/** What the rule remembers of the stored stretch; undefined when it is to end. */
async function remembered({ history, clock, limits }: Reader, order: WarmUp, signal: AbortSignal): Promise<Answer | undefined> {
  const played = rehearsal(order);
  const window = await newestPart(history, order, limits.readings);
  let count = 0;
  let sliceEnd = clock.mono() + SLICE_MS;
  for await (const page of pagesOf(history, { pointId: order.spec.pointId, window, size: limits.page })) {
    if (signal.aborted) return undefined;
    count += page.length;
    // More than its interval says, and more than were counted.
    if (count > 2 * limits.readings) return REFUSED;
    for (let i = 0; i < page.length; i += CHUNK) {
      played.take(page.slice(i, i + CHUNK));
      if (clock.mono() < sliceEnd) continue;
      await pause(clock, REST_MS, signal);
      sliceEnd = clock.mono() + SLICE_MS;
    }
  }
  const memory = played.memory();
  return { memory, outcome: memory === null ? 'nothing' : 'warmed' };
}

/** As much of the end of the stretch as the limit allows. */
async function newestPart(history: History, { spec, from, upTo }: WarmUp, most: number): Promise<Window> {
  const whole = { from, to: upTo + 1 };
  if (upTo - from <= (most / 2) * spec.intervalMs) return whole;
  const everyMs = Math.ceil((whole.to - whole.from) / PARTS);
  const parts = await history.buckets(spec.pointId, whole, everyMs, PARTS + 1);
  let count = 0;
  const last = parts.findLast((part) => (count += part.count) > most);
  return last ? { ...whole, from: last.t + everyMs } : whole;
}

type Reading = Readonly<{ pointId: string; window: Window; size: number }>;

async function* pagesOf(history: History, { pointId, window, size }: Reading): AsyncGenerator<readonly Sample[]> {
  let after: Millis | undefined;
  for (;;) {
    const page = await history.read(pointId, window, size, after);
    yield page;
    if (page.length < size) return;
    after = page.at(-1)?.t;
  }
}
