/**
 * Votes of one partition: the second stage, which looks at what the first has told.
 *
 * V1  A vote is cast after everything else of a log record was judged, once a record, items before what votes on them.
 * V2  The rank voted is judged by the vote's own ladder as a reading of the place where it is shown: delays, counts and episodes are those of every rule.
 * V3  Who is lost leaves the vote. While counting the lost as they last showed would give more, nothing falls; while nobody can reach any need, nothing moves
 *     at all and standing alarms say so. That not everything can be voted is an alarm of its own.
 */
import type { Activation, Millis } from '@anlan/contracts';
import { loadPoint, savePoint } from '../codec.js';
import { wakeDue, type PointState } from '../point.js';
import type { Roster } from '../roster.js';
import type { Desk } from '../telling.js';
import { wake } from '../wake.js';
import { castRun, isQuiet, lookAt, tellParents } from './cast.js';
import { keyOf, linkRuns, openHall, settleRun, type Hall } from './hall.js';
import { isOpen, movesByTime, ruleOf, shownAt, sorted, type Run } from './run.js';

export type Votes = Readonly<{
  /** Follows an activation that the roster has taken up. */
  settle(activation: Activation, desk: Desk): void;
  /** Something of this point may have changed. */
  touch(point: PointState): void;
  /** What time alone does before log time `desk.at`. */
  wake(upAt: Millis, desk: Desk): void;
  /** Casts every vote that the record in hand calls for. */
  cast(upAt: Millis, desk: Desk): void;
  /** Texts to be saved since the last call, and keys to be dropped. */
  changes(): Readonly<{ put: ReadonlyMap<string, string>; drop: readonly string[] }>;
  restore(entries: ReadonlyMap<string, string>): void;
  states(): number;
}>;

/** While a vote is open it is cast again so often, for its ladder and its window move by time. */
const RECAST_MS = 1_000;

export function votes(roster: Roster): Votes {
  const hall = openHall(roster);
  const { runs, lively, dirty, gone } = hall;
  const ids = new Set<string>();
  const touched = new Set<PointState>();
  return {
    settle(activation, desk) {
      for (const rule of activation.rules) if (rule.kind === 'vote') ids.add(rule.id);
      if (ids.size === 0) return;
      for (const id of [...ids].sort()) {
        settleRun(hall, id, desk);
        if (!ruleOf(roster.rules.get(id))) ids.delete(id);
      }
      linkRuns(hall);
    },
    touch(point) {
      if (point.audience && !isQuiet(point, point.audience)) touched.add(point);
    },
    wake(upAt, desk) {
      for (const run of sorted(lively)) {
        if (wakeDue(run.place, upAt) >= desk.at) continue;
        wake(run.place, upAt, desk);
        dirty.add(run);
        tellParents(hall, run, run.place.wm);
      }
    },
    cast(upAt, desk) {
      if (touched.size === 0 && lively.size === 0) return;
      for (const point of touched) lookAt(hall, point, { desk, upAt });
      touched.clear();
      const done = new Set<Run>();
      const isNext = (run: Run): boolean => !done.has(run) && (run.isDue || isToBeRecast(run, desk.at));
      let queue = sorted(lively);
      for (let i = 0; i < queue.length; i += 1) {
        const run = queue[i];
        if (!run || !isNext(run)) continue;
        done.add(run);
        castRun(hall, run, { desk, upAt });
        if (!hall.parents.has(run.ruleId)) continue;
        // It may have called for a vote that was not lively.
        queue = sorted(lively);
        i = -1;
      }
    },
    changes() {
      const put = new Map([...dirty].map((run) => [keyOf(run.ruleId), savePoint(run.place)] as const));
      const drop = [...gone];
      dirty.clear();
      gone.clear();
      return { put, drop };
    },
    restore: (entries) => restore(hall, entries),
    states: () => runs.size,
  };
}

function isToBeRecast(run: Run, at: Millis): boolean {
  return movesByTime(run) && at - run.place.newestAt >= RECAST_MS;
}

/** Takes up saved states, in the order in which votes are cast: an item shows what it showed before anybody looks at it. */
function restore(hall: Hall, entries: ReadonlyMap<string, string>): void {
  const { runs, lively } = hall;
  for (const run of runs.values()) {
    const text = entries.get(keyOf(run.ruleId));
    if (text !== undefined) loadPoint(run.place, text);
    // What the members show now was voted on before it was saved.
    run.isDue = text === undefined;
  }
  for (const run of sorted(runs.values())) {
    const rule = ruleOf(run.versions);
    if (rule) for (const [id, seat] of run.seats) seat.shown = shownAt(id, rule, hall);
    if (run.isDue || isOpen(run)) lively.add(run);
    else lively.delete(run);
  }
}
