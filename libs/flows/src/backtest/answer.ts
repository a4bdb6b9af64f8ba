/** Jobs and reports in the words of the API; the command line uses the same. */
import { isoOf, isoOrNull, type BacktestJson, type EpisodeJson, type ShadowJson } from '@anlan/contracts';
import type { BacktestJob } from './job.js';
import type { Difference } from './difference.js';
import type { Episode } from './episodes.js';
import type { BacktestReport, LabelledEvent } from './report.js';
import type { Shadow } from './shadow.js';

/** A job as the API tells it. */
export function backtestJsonOf(job: BacktestJob): BacktestJson {
  const { id, state, progress, readings, ruleId, problem, report, difference } = job;
  return {
    id,
    state,
    progress,
    readings,
    ruleId,
    from: isoOf(job.from),
    to: isoOf(job.to),
    createdAt: isoOf(job.createdAt),
    endedAt: isoOrNull(job.endedAt),
    problem,
    report: report && reportJsonOf(report),
    difference: difference && differenceJsonOf(difference),
  };
}

/** A shadow run as the API tells it. */
export function shadowJsonOf({ id, state, ruleId, pointIds, startedAt, endsAt, report, difference }: Shadow): ShadowJson {
  return {
    ...{ id, state, ruleId, pointIds: [...pointIds] },
    ...{ startedAt: isoOf(startedAt), endsAt: isoOf(endsAt) },
    ...{ report: reportJsonOf(report), difference: difference && differenceJsonOf(difference) },
  };
}

/** A report, times as ISO text. */
export function reportJsonOf({
  readings,
  from,
  to,
  episodes,
  dropped,
  byLevel,
  load,
  events,
}: BacktestReport): NonNullable<BacktestJson['report']> {
  return {
    readings,
    from: isoOrNull(from),
    to: isoOrNull(to),
    episodes: episodes.map(episodeJsonOf),
    dropped,
    byLevel,
    load: { ...load, histogram: [...load.histogram] },
    events: events
      ? {
          found: events.found.map(({ event, leadMs, level, alarms }) => ({ ...eventJsonOf(event), leadS: leadMs / 1_000, level, alarms })),
          missed: events.missed.map(eventJsonOf),
          falseAlarms: events.falseAlarms,
        }
      : null,
  };
}

function eventJsonOf({ from, to, name }: LabelledEvent): { from: string; to: string; name: string | null } {
  return { from: isoOf(from), to: isoOf(to), name: name ?? null };
}

function episodeJsonOf({ key, lane, firstBreachAt, raisedAt, endedAt, level, peak, value, unit, reason, changes }: Episode): EpisodeJson {
  return {
    pointId: key.pointId,
    ruleId: key.ruleId,
    kind: key.kind,
    retrospective: lane === 'retro',
    firstBreachAt: isoOf(firstBreachAt),
    raisedAt: isoOf(raisedAt),
    endedAt: isoOrNull(endedAt),
    level,
    peak,
    value,
    unit,
    reason,
    changes: changes.map((change) => ({ t: isoOf(change.t), level: change.level })),
  };
}

function differenceJsonOf({ before, now, shared, onlyBefore, onlyNow }: Difference): NonNullable<BacktestJson['difference']> {
  return {
    before,
    now,
    shared: shared.map((pair) => ({
      pointId: pair.now.key.pointId,
      raisedAt: isoOf(pair.now.raisedAt),
      laterS: pair.laterMs / 1_000,
      before: pair.before.peak,
      now: pair.now.peak,
    })),
    onlyBefore: onlyBefore.map(episodeJsonOf),
    onlyNow: onlyNow.map(episodeJsonOf),
  };
}
