import { Suspense, useMemo, type ReactNode } from 'react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { AlarmJson, SeriesJson } from '@anlan/contracts';
import { useLooks } from '../app/looks-context.js';
import { SeriesChart } from '../chart/later.js';
import { inverseVelocityOf, overlaysOf } from '../chart/overlay.js';
import { limitsOf } from '../chart/limits.js';
import { bucketsFor, rangeOf, useSeriesLines } from '../chart/series-lines.js';
import { useCore, useEvidence, useNow, useRule } from '../data/react.js';
import { Empty, Failure, Loading } from '../parts/states.js';
import { figure } from '../parts/value.js';
import { placeText } from './place.js';

const HOUR_MS = 3_600_000;
/** Longer than this is drawn from buckets. */
const RAW_UP_TO_MS = 26 * HOUR_MS;
const RAW_LIMIT = 10_000;
/** A running alarm's chart moves on this often. */
const STEP_MS = 15_000;

type Window = Readonly<{ from: number; to: number; everyMs: number | null }>;

/** From an hour (or the whole rise, or as far as the rule looked back: `looksFrom`) before the first breach to now or half an hour after the end, in steps of 15 s. */
export function evidenceWindow(
  alarm: Pick<AlarmJson, 'firstBreachAt' | 'raisedAt' | 'endedAt'>,
  now: number,
  looksFrom = Infinity,
): Window {
  const [breach, raised] = [Date.parse(alarm.firstBreachAt), Date.parse(alarm.raisedAt)];
  const from = Math.min(looksFrom, breach - Math.max(HOUR_MS, 10 * Math.min(raised - breach, HOUR_MS)));
  const end = alarm.endedAt === null ? now : Math.min(now, Date.parse(alarm.endedAt) + HOUR_MS / 2);
  const to = Math.ceil(end / STEP_MS) * STEP_MS;
  return { from, to, everyMs: bucketsFor(to - from, RAW_UP_TO_MS) };
}

/** What the alarm stands on: readings, the limits of its rule, and its own life above them. */
export function EvidenceChart({ alarm, height }: Readonly<{ alarm: AlarmJson; height: number }>): ReactNode {
  const { t } = useTranslation();
  const { client } = useCore();
  const now = useNow();
  const { theme } = useLooks();
  const rule = useRule(alarm.ruleId);
  const evidence = useEvidence(alarm);
  const { from, to, everyMs } = evidenceWindow(alarm, now, evidence === null ? Infinity : Date.parse(evidence.from));
  const unit = alarm.place?.unit ?? alarm.unit;
  const series = useQuery<SeriesJson>({
    // Without `to`: what was read stays on the screen while newer readings are asked for, and when they cannot be had.
    queryKey: ['series', alarm.pointId, from, everyMs],
    refetchInterval: alarm.endedAt === null ? STEP_MS : false,
    queryFn: ({ signal }) =>
      client.get<SeriesJson>(
        `/points/${encodeURIComponent(alarm.pointId)}/series`,
        {
          from: new Date(from).toISOString(),
          to: new Date(to).toISOString(),
          limit: RAW_LIMIT,
          every: everyMs === null ? undefined : `${everyMs}ms`,
        },
        signal,
      ),
  });
  const lines = useSeriesLines(series.data?.items, everyMs);
  const limits = useMemo(() => (alarm.kind === 'threshold' ? limitsOf(rule.data) : []), [rule.data, alarm.kind]);
  const overlays = useMemo(() => overlaysOf(evidence, (name) => t(`chart.line.${name}`)), [evidence, t]);
  const inverse = useMemo(() => inverseVelocityOf(evidence, t('chart.line.fit')), [evidence, t]);
  const happening = useMemo(
    () => ({
      level: alarm.level,
      firstBreachAt: Date.parse(alarm.firstBreachAt),
      raisedAt: Date.parse(alarm.raisedAt),
      endedAt: alarm.endedAt === null ? null : Date.parse(alarm.endedAt),
      ackedAt: alarm.ackedAt === null ? null : Date.parse(alarm.ackedAt),
      now: to,
    }),
    [alarm.level, alarm.firstBreachAt, alarm.raisedAt, alarm.endedAt, alarm.ackedAt, to],
  );
  if (series.error !== null && lines === null) return <Failure error={series.error} retry={() => void series.refetch()} />;
  if (lines === null) return <Loading rows={Math.max(3, Math.floor(height / 40))} />;
  if (lines.values.length === 0 && lines.marks.length === 0) return <Empty>{t('empty.series')}</Empty>;
  const [low, high] = rangeOf(lines.values);
  const label = t('chart.label', {
    place: placeText(alarm),
    n: lines.values.length,
    low: figure(low),
    high: figure(high),
    unit,
  });
  return (
    <Suspense fallback={<div style={{ height }} />}>
      <SeriesChart
        lines={lines}
        limits={limits}
        overlays={overlays}
        unit={unit}
        from={from}
        to={to}
        happening={happening}
        height={height}
        label={label}
        theme={theme}
      />
      {inverse !== null && (
        <figure className="chart-inverse">
          <figcaption className="dim">{t('chart.inverseVelocity')}</figcaption>
          <SeriesChart
            lines={inverse.lines}
            limits={[]}
            overlays={inverse.fit}
            unit="d/mm"
            from={(inverse.lines.x[0] ?? 0) * 1_000}
            to={to}
            happening={null}
            height={Math.round(height / 2)}
            label={t('chart.inverseVelocity')}
            theme={theme}
          />
        </figure>
      )}
    </Suspense>
  );
}
