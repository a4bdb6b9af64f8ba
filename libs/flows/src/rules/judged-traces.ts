import type { Verdict } from '@anlan/contracts';
import { isTold, placeAfter, silentTracer, type Span, type Tracer } from '@anlan/observability';
import type { Clock, LogRecord } from '@anlan/ports';
import { readingsValue } from '../readings-value.js';
import { factsOf, originOf, takenSpan } from '../traces.js';

export type JudgedTraces = Readonly<{
  /** A record was judged, with these verdicts. */
  judged(record: LogRecord, verdicts: readonly Verdict[]): void;
  /** The place that a verdict takes with it into the log. */
  of(verdict: Verdict): Readonly<{ trace?: string }>;
  /** All verdicts so far are in the log. */
  sent(): void;
}>;

const NOTHING = {};

/**
 * Traces of what rules judge: every record that raised a verdict, and of the others those whose message was chosen at its arrival.
 * Of a message that was not chosen, and now turns out to matter, what ingest did is told from the times that the log holds.
 */
export function judgedTraces({ tracer = silentTracer, clock }: Readonly<{ tracer?: Tracer | undefined; clock: Clock }>): JudgedTraces {
  if (!tracer.on) return { judged: () => undefined, of: () => NOTHING, sent: () => undefined };
  const open = new Map<string, Omit<Span, 'to'>>();

  const judged = (record: LogRecord, verdict: Verdict): void => {
    const parent = originOf(verdict, record);
    const at = placeAfter(parent, verdict.id);
    const taken = verdict.trigger === 'reading' ? readingsValue(record.value) : undefined;
    if (taken?.kind === 'readings' && !isTold(parent))
      tracer.tell(
        takenSpan({ at: parent, deviceId: taken.deviceId, siteId: taken.siteId, arrivedAt: taken.arrivedAt, durableAt: record.at }),
      );
    open.set(verdict.id, {
      at,
      ...(taken && { parent }),
      app: 'rules',
      name: 'judge reading',
      kind: 'consumer',
      from: clock.now(),
      facts: factsOf(verdict),
    });
  };
  return {
    judged(record, verdicts) {
      for (const verdict of verdicts) judged(record, verdict);
      const { trace, partition, offset } = record;
      if (verdicts.length > 0 || trace === undefined || !isTold(trace)) return;
      const now = clock.now();
      const facts = { 'anlan.partition': partition, 'anlan.offset': offset };
      tracer.tell({
        at: placeAfter(trace, 'judged'),
        parent: trace,
        app: 'rules',
        name: 'judge reading',
        kind: 'consumer',
        from: now,
        to: now,
        facts,
      });
    },
    of(verdict) {
      const trace = open.get(verdict.id)?.at;
      return trace === undefined ? NOTHING : { trace };
    },
    sent() {
      const to = clock.now();
      for (const span of open.values()) tracer.tell({ ...span, to });
      open.clear();
    },
  };
}
