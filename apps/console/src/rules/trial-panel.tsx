import { useState, type ReactNode } from 'react';
import { useMutation } from '@tanstack/react-query';
import type { BacktestJson, EntityJson, RuleDetailJson } from '@anlan/contracts';
import { useCore } from '../data/react.js';
import { momentOfField } from '../data/server-clock.js';
import { useProblemText } from '../parts/states.js';
import { isUnderWay, useBacktest } from './api.js';
import { faultsOf, type Fault } from './faults.js';
import { TrialEvents, type EventDraft } from './trial-events.js';
import { TrialResult } from './trial-result.js';
import { useSay } from './use-rule-words.js';

const DAY_MS = 86_400_000;
const DAYS = [7, 30, 90] as const;
/** As many points as one back-test takes. */
export const MOST_POINTS = 200;

type PanelProps = Readonly<{ rule: RuleDetailJson; body: EntityJson; changed: boolean; onFaults(faults: readonly Fault[]): void }>;
type Order = Readonly<{ days: number; pointId: string; events: readonly EventDraft[] }>;

/** Tries the rule as it stands in the form over the readings of the past, before anything is saved. */
export function TrialPanel({ rule, body, changed, onFaults }: PanelProps): ReactNode {
  const { say } = useSay();
  const { client, now } = useCore();
  const problemText = useProblemText();
  const [order, setOrder] = useState<Order>({
    days: 7,
    pointId: rule.pointCount > MOST_POINTS ? (rule.points[0]?.id ?? '') : '',
    events: [],
  });
  const [tried, setTried] = useState<Readonly<{ id: string; body: EntityJson }> | null>(null);
  const start = useMutation({
    mutationFn: () => client.post<BacktestJson>('/backtests', trialOf(body, order, now())),
    onSuccess: ({ id }) => setTried({ id, body }),
    onError: (error) => onFaults(faultsOf(error, '/rule')),
  });
  const job = useBacktest(tried?.id ?? null);
  const running = start.isPending || (tried !== null && job.error === null && (job.data === undefined || isUnderWay(job.data)));
  const failure = start.error ?? job.error;
  return (
    <section className="panel block trial">
      <h2>{say('trial.title')}</h2>
      <p className="dim">{say(changed ? 'trial.hintChanged' : 'trial.hint')}</p>
      <div className="row-wrap">
        <div className="chips" role="group" aria-label={say('trial.days')}>
          {DAYS.map((days) => (
            <button
              key={days}
              type="button"
              className="chip"
              aria-pressed={order.days === days}
              onClick={() => setOrder({ ...order, days })}
            >
              {say('trial.lastDays', { n: days })}
            </button>
          ))}
        </div>
        {rule.points.length > 1 && (
          <select
            className="input rules-select"
            aria-label={say('rule.point')}
            value={order.pointId}
            onChange={({ target }) => setOrder({ ...order, pointId: target.value })}
          >
            {rule.pointCount <= MOST_POINTS && <option value="">{say('trial.allPoints', { n: rule.pointCount })}</option>}
            {rule.points.map(({ id, assetName, name }) => (
              <option key={id} value={id}>
                {assetName} · {name}
              </option>
            ))}
          </select>
        )}
        <span className="rules-fill" />
        <button type="button" className="btn btn-primary" disabled={running} onClick={() => start.mutate()}>
          {say(running ? 'trial.running' : 'trial.start')}
        </button>
      </div>
      <TrialEvents events={order.events} onChange={(events) => setOrder({ ...order, events })} />
      {failure !== null && (
        <p className="notice" role="alert">
          ⚠ {faultsOf(failure).length > 0 ? say('edit.refused') : job.error === null ? problemText(failure) : say('trial.lostJob')}
        </p>
      )}
      {running && <Progress job={job.data} />}
      {!running && job.data !== undefined && tried !== null && (
        <Outcome job={job.data} rule={rule} body={tried.body} stale={tried.body !== body} />
      )}
    </section>
  );
}

/** The body of the request. Points are named only when not all of the rule's are tried. */
export function trialOf(body: EntityJson, { days, pointId, events }: Order, now: number): EntityJson {
  const given = events.filter(({ from, to }) => from !== '' && to !== '');
  return {
    rule: body,
    ...(pointId !== '' && { pointIds: [pointId] }),
    from: new Date(now - days * DAY_MS).toISOString(),
    to: new Date(now).toISOString(),
    ...(given.length > 0 && {
      events: given.map(({ from, to, name }) => ({
        from: new Date(momentOfField(from)).toISOString(),
        to: new Date(momentOfField(to)).toISOString(),
        ...(name.trim() !== '' && { name: name.trim() }),
      })),
    }),
  };
}

function Progress({ job }: Readonly<{ job: BacktestJson | undefined }>): ReactNode {
  const { say } = useSay();
  const share = Math.round((job?.progress ?? 0) * 100);
  return (
    <div role="status">
      <p className="dim">
        {job === undefined || job.state === 'queued' ? say('trial.queued') : say('trial.progress', { percent: share, n: job.readings })}
      </p>
      <progress className="trial-progress" max={100} value={share} aria-label={say('trial.running')} />
    </div>
  );
}

function Outcome({
  job,
  rule,
  body,
  stale,
}: Readonly<{ job: BacktestJson; rule: RuleDetailJson; body: EntityJson; stale: boolean }>): ReactNode {
  const { say } = useSay();
  if (job.report === null)
    return (
      <p className="notice" role="alert">
        ⚠ {say(`trialProblem.${job.problem ?? 'internal'}`)}
      </p>
    );
  return (
    <>
      {stale && <p className="notice">{say('trial.stale')}</p>}
      <TrialResult
        rule={rule}
        body={body}
        report={job.report}
        difference={job.difference}
        span={{ from: Date.parse(job.from), to: Date.parse(job.to) }}
      />
    </>
  );
}
