import { useEffect, useRef, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { ALARM_LEVELS, type AlarmLevel } from '@anlan/contracts';
import { useSpanText } from '../parts/value.js';
import { wall } from '../data/server-clock.js';
import { gutterOf, paintOverlays, reachOf, type Overlay } from './overlay.js';
import { paintGaps, paintHappening, paintLimits, paintMarks, type Happening, type Ink } from './chart-paint.js';
import { rangeFor, type Limit } from './limits.js';
import type { Lines } from './lines.js';

export type ChartProps = Readonly<{
  lines: Lines;
  limits: readonly Limit[];
  /** What the rule saw, over the readings. */
  overlays?: readonly Overlay[];
  unit: string;
  from: number;
  to: number;
  happening: Happening | null;
  height: number;
  label: string;
  theme: string;
}>;

const NO_OVERLAYS: readonly Overlay[] = [];

/** Readings of one point with limits, gaps and the alarm. Drawn by uPlot on a canvas; the label says it in words. */
export function SeriesChart({
  lines,
  limits,
  overlays = NO_OVERLAYS,
  unit,
  from,
  to,
  happening,
  height,
  label,
  theme,
}: ChartProps): ReactNode {
  const { t } = useTranslation();
  const spanText = useSpanText();
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    const ink: Ink = {
      ...inkOf(element),
      word: wordsBy((level) => t(`level.short.${level}`)),
      gapText: (ms) => t('chart.gap', { span: spanText(ms) }),
    };
    const chart = new uPlot(
      optionsFor({ lines, limits, overlays, unit, from, to, happening, height, ink, width: element.clientWidth }),
      dataOf(lines),
      element,
    );
    const watcher = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height }));
    watcher.observe(element);
    return () => {
      watcher.disconnect();
      chart.destroy();
    };
    // The words are read at drawing; a change of language draws anew through `label`.
  }, [lines, limits, overlays, unit, from, to, happening, height, label, theme]);
  return <div ref={host} className="series-chart" role="img" aria-label={label} style={{ height }} />;
}

function wordsBy(word: (level: AlarmLevel) => string): Ink['word'] {
  return { red: word('red'), orange: word('orange'), yellow: word('yellow'), blue: word('blue') };
}

/** Colours as the style sheet has them for the theme that is on. */
function inkOf(element: Element): Omit<Ink, 'word' | 'gapText'> {
  const style = getComputedStyle(element);
  const token = (name: string): string => style.getPropertyValue(`--an-${name}`).trim();
  const byLevel = (suffix: string): Ink['fill'] =>
    Object.fromEntries(ALARM_LEVELS.map((level) => [level, token(level + suffix)])) as Ink['fill'];
  return {
    ink: token('ink'),
    dim: token('ink-3'),
    trend: token('series-2'),
    line: token('line'),
    band: token('hatch'),
    surface: token('surface'),
    font: token('font'),
    fill: byLevel(''),
    edge: byLevel('-edge'),
  };
}

function dataOf({ x, y, low, high }: Lines): uPlot.AlignedData {
  const columns = low === null || high === null ? [x, y] : [x, y, low, high];
  return columns.map((column) => [...column]) as uPlot.AlignedData;
}

type PlotInput = Readonly<{
  lines: Lines;
  limits: readonly Limit[];
  overlays: readonly Overlay[];
  unit: string;
  from: number;
  to: number;
  happening: Happening | null;
  height: number;
  width: number;
  ink: Ink;
}>;

function optionsFor({ lines, limits, overlays, unit, from, to, happening, height, width, ink }: PlotInput): uPlot.Options {
  const reach = reachOf(overlays);
  const until = Math.max(to, reach.to) / 1_000;
  const [low, max] = rangeFor([...lines.values, ...reach.values], limits);
  // Crosses of bad readings stand at the foot, under the line.
  const min = lines.marks.length > 0 ? low - (max - low) * 0.06 : low;
  const font = `12px ${ink.font}`;
  const axis = { stroke: ink.dim, font, grid: { stroke: ink.line, width: 0.5 }, ticks: { stroke: ink.line, width: 1, size: 4 } };
  const banded = lines.low !== null;
  const edge: uPlot.Series = { stroke: 'transparent', points: { show: false }, spanGaps: false };
  return {
    width,
    height,
    padding: [24, overlays.length === 0 ? 76 : (u) => gutterOf(u, overlays, ink.font), 0, 0],
    // Local getters of a shifted date: ticks fall on Shanghai's hours whatever the zone of the computer.
    tzDate: (s) => new Date(s * 1_000 + 8 * 3_600_000 + new Date(s * 1_000).getTimezoneOffset() * 60_000),
    legend: { show: false },
    cursor: { y: false, drag: { x: true, y: false } },
    scales: {
      x: {
        time: true,
        range: (_u, low, high) =>
          lines.x.length < 2 || low === high ? [from / 1_000, until] : [Math.min(from / 1_000, low), Math.max(until, high)],
      },
      y: { range: [min, max] },
    },
    axes: [
      { ...axis, size: 32, space: 80, values: (_u, splits) => splits.map(tickText) },
      { ...axis, size: 52, label: unit, labelSize: 20, labelFont: font, labelGap: 0 },
    ],
    series: [
      {},
      { stroke: ink.ink, width: 1.5, spanGaps: false, points: { show: lines.x.length < 120, size: 4, fill: ink.ink, stroke: ink.ink } },
      ...(banded ? [edge, edge] : []),
    ],
    ...(banded && { bands: [{ series: [3, 2] as [number, number], fill: ink.band }] }),
    hooks: {
      drawAxes: [
        (u) => {
          paintLimits(u, limits, ink);
          paintGaps(u, lines.gaps, ink);
        },
      ],
      draw: [
        (u) => {
          paintOverlays(u, overlays, ink);
          paintMarks(u, lines.marks, ink);
          if (happening !== null) paintHappening(u, happening, ink);
        },
      ],
    },
  };
}

/** `02:14`, and the date at midnight. */
function tickText(s: number): string {
  const { month, day, minute, time } = wall(s * 1_000);
  if (minute === '00:00') return `${month}-${day}`;
  return s % 60 === 0 ? minute : time;
}
