import type { Change } from '@anlan/alarms';
import { keyText, type Millis } from '@anlan/contracts';
import { placeAfter, silentTracer, type TracePlace, type Tracer } from '@anlan/observability';
import type { Clock, LogRecord } from '@anlan/ports';
import { factsOf, originOf } from '../traces.js';
import type { Traced } from './judge.js';

type Judged = Readonly<{ record: LogRecord; verdict: Traced['verdict'] }>;
export type AppliedTraces = Readonly<{
  /** The verdict with the place that its notifications go on from. */
  of(judged: Judged): Traced;
  /** The verdicts of this batch are applied and committed. */
  applied(batch: readonly Judged[], changes: readonly Change[], from: Millis): void;
}>;

/** Traces of verdicts as they become alarms. */
export function appliedTraces({ tracer = silentTracer, clock }: Readonly<{ tracer?: Tracer | undefined; clock: Clock }>): AppliedTraces {
  if (!tracer.on) return { of: ({ verdict }) => ({ verdict }), applied: () => undefined };
  // A log that keeps no traces: rules and alarm find the same place by the verdict itself.
  const parentOf = ({ record, verdict }: Judged): TracePlace => record.trace ?? placeAfter(originOf(verdict), verdict.id);
  const placeOf = (judged: Judged): TracePlace => placeAfter(parentOf(judged), 'applied');
  return {
    of: (judged) => ({ verdict: judged.verdict, trace: placeOf(judged) }),
    applied(batch, changes, from) {
      const to = clock.now();
      const alarms = new Map(changes.map(({ alarm }) => [keyText(alarm.key), alarm.id]));
      for (const judged of batch) {
        const alarm = alarms.get(keyText(judged.verdict.key));
        const facts = { ...factsOf(judged.verdict), ...(alarm !== undefined && { 'anlan.alarm': alarm }) };
        tracer.tell({
          at: placeOf(judged),
          parent: parentOf(judged),
          app: 'alarm',
          name: 'apply verdict',
          kind: 'consumer',
          from,
          to,
          facts,
        });
      }
    },
  };
}
