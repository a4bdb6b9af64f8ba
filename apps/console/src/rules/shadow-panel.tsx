import { useState, type ReactNode } from 'react';
import { useMutation } from '@tanstack/react-query';
import type { EntityJson, RuleDetailJson, ShadowJson } from '@anlan/contracts';
import { useCore } from '../data/react.js';
import { momentText } from '../data/server-clock.js';
import { useProblemText } from '../parts/states.js';
import { useShadows } from './api.js';
import { faultsOf, type Fault } from './faults.js';
import { TrialResult } from './trial-result.js';
import { MOST_POINTS } from './trial-panel.js';
import { useSay } from './use-rule-words.js';

const SPANS = ['1d', '7d', '30d'] as const;

type PanelProps = Readonly<{ rule: RuleDetailJson; body: EntityJson; onFaults(faults: readonly Fault[]): void }>;

/** The edited rule beside the standing one on what comes from now on. It raises nothing. */
export function ShadowPanel({ rule, body, onFaults }: PanelProps): ReactNode {
  const { say } = useSay();
  const { client, queries } = useCore();
  const problemText = useProblemText();
  const [span, setSpan] = useState<(typeof SPANS)[number]>('7d');
  const shadows = useShadows(true);
  const own =
    shadows.data?.find(({ ruleId, state }) => ruleId === rule.id && state !== 'ended') ??
    shadows.data?.find(({ ruleId }) => ruleId === rule.id);
  const running = own !== undefined && own.state !== 'ended';
  const settled = (): Promise<void> => queries.invalidateQueries({ queryKey: ['shadows'] });
  const start = useMutation({
    mutationFn: () =>
      client.post<ShadowJson>('/shadows', {
        rule: body,
        for: span,
        ...(rule.pointCount > MOST_POINTS && { pointIds: rule.points.slice(0, MOST_POINTS).map(({ id }) => id) }),
      }),
    onError: (error) => onFaults(faultsOf(error, '/rule')),
    onSettled: settled,
  });
  const stop = useMutation({
    mutationFn: (id: string) => client.remove<undefined>(`/shadows/${encodeURIComponent(id)}`),
    onSettled: settled,
  });
  const failure = start.error ?? stop.error ?? shadows.error;
  return (
    <section className="panel block trial">
      <h2>{say('shadow.title')}</h2>
      <p className="dim">{say('shadow.hint')}</p>
      <div className="row-wrap">
        {!running && (
          <div className="chips" role="group" aria-label={say('shadow.for')}>
            {SPANS.map((one) => (
              <button key={one} type="button" className="chip" aria-pressed={span === one} onClick={() => setSpan(one)}>
                {say(`shadow.for.${one}`)}
              </button>
            ))}
          </div>
        )}
        <span className="rules-fill" />
        {running ? (
          <button type="button" className="btn" disabled={stop.isPending} onClick={() => stop.mutate(own.id)}>
            {say('shadow.stop')}
          </button>
        ) : (
          <button type="button" className="btn" disabled={start.isPending} onClick={() => start.mutate()}>
            {say('shadow.start')}
          </button>
        )}
      </div>
      {failure !== null && (
        <p className="notice" role="alert">
          ⚠ {faultsOf(failure).length > 0 ? say('edit.refused') : problemText(failure)}
        </p>
      )}
      {own !== undefined && <Standing shadow={own} rule={rule} body={body} />}
    </section>
  );
}

function Standing({ shadow, rule, body }: Readonly<{ shadow: ShadowJson; rule: RuleDetailJson; body: EntityJson }>): ReactNode {
  const { say } = useSay();
  const { now } = useCore();
  const [from, ends] = [Date.parse(shadow.startedAt), Date.parse(shadow.endsAt)];
  return (
    <>
      <p className="row-wrap" role="status">
        <span className="tag">{say(`shadowState.${shadow.state}`)}</span>
        <span className="dim num">
          {momentText(from)} — {momentText(ends)}
        </span>
      </p>
      {shadow.state !== 'warming' && (
        <TrialResult
          rule={rule}
          body={body}
          report={shadow.report}
          difference={shadow.difference}
          span={{ from, to: Math.min(ends, Math.max(now(), from + 60_000)) }}
        />
      )}
    </>
  );
}
