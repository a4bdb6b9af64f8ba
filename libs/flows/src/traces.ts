/** Spans that more than one flow tells of, and how a verdict finds its place in a trace. */
import type { Millis, Verdict } from '@anlan/contracts';
import { placeFrom, type Span, type TracePlace } from '@anlan/observability';
import type { LogRecord } from '@anlan/ports';

/**
 * Where the trace of a verdict begins: at the message that raised it. A log that keeps no traces, and a verdict that time raised, have a
 * place that follows from the place in the log, so that whoever reads the verdict finds the same one.
 */
export function originOf({ cause, trigger, at, id }: Verdict, record?: LogRecord): TracePlace {
  const place = `${cause.partition}/${cause.offset}/${at}`;
  return trigger === 'reading' ? (record?.trace ?? placeFrom(place)) : placeFrom(`${place}/${id}`);
}

export type Taken = Readonly<{ at: TracePlace; deviceId: string; siteId: string; arrivedAt: Millis; durableAt: Millis }>;

/** What ingest did with a message: from its arrival until the log had it. */
export function takenSpan({ at, deviceId, siteId, arrivedAt, durableAt }: Taken): Span {
  return {
    at,
    app: 'ingest',
    name: 'take message',
    kind: 'server',
    from: arrivedAt,
    to: durableAt,
    facts: { 'anlan.device': deviceId, 'anlan.site': siteId },
  };
}

/** Facts of a verdict, alike wherever it is worked on. */
export function factsOf({ id, key, siteId, process, level, cause }: Verdict): Span['facts'] {
  return {
    'anlan.verdict': id,
    'anlan.point': key.pointId,
    'anlan.rule': key.ruleId,
    'anlan.site': siteId,
    'anlan.process': process,
    'anlan.level': level,
    'anlan.partition': cause.partition,
    'anlan.offset': cause.offset,
  };
}
