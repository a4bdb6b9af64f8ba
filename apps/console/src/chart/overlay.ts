import type uPlot from 'uplot';
import type { EvidenceJson } from '@anlan/contracts';
import type { Ink } from './chart-paint.js';
import { linesOfSamples, type Lines } from './lines.js';

type LineName = EvidenceJson['lines'][number]['name'];

/** A line that a rule drew beside the readings; times in ms. */
export type Overlay = Readonly<{ name: LineName; word: string; points: readonly Readonly<{ t: number; v: number }>[] }>;

/** What is reckoned is broken, what is an edge is dotted; so no two can be taken for each other without colour. */
const DASH = {
  limit: [8, 4],
  centre: [],
  lower: [2, 3],
  upper: [2, 3],
  slope: [],
  forecast: [8, 4],
  forecast_low: [2, 3],
  forecast_high: [2, 3],
  inverse_velocity: [],
} as const satisfies Record<LineName, readonly number[]>;

/** The lines that share the axis of the readings. */
export function overlaysOf(evidence: EvidenceJson | null, word: (name: LineName) => string): readonly Overlay[] {
  return (evidence?.lines ?? [])
    .filter(({ name, points }) => name !== 'inverse_velocity' && points.length > 0)
    .map(({ name, points }) => ({ name, word: word(name), points: points.map(({ t, v }) => ({ t: Date.parse(t), v })) }));
}

/** The inverse velocity as readings of a chart of its own; null where there is none. */
export function inverseVelocityOf(evidence: EvidenceJson | null): Lines | null {
  const line = evidence?.lines.find(({ name }) => name === 'inverse_velocity');
  if (line === undefined || line.points.length < 2) return null;
  const lines = linesOfSamples(
    line.points.map(({ t, v }) => ({ t, v, q: 'good' as const })),
    Infinity,
  );
  // Zero is what it is drawn for.
  return { ...lines, values: [...lines.values, 0] };
}

/** Numbers and the last moment that a chart with these lines must show. */
export function reachOf(overlays: readonly Overlay[]): Readonly<{ values: readonly number[]; to: number }> {
  const points = overlays.flatMap((overlay) => overlay.points);
  return { values: points.map(({ v }) => v), to: points.reduce((latest, { t }) => Math.max(latest, t), -Infinity) };
}

/** Draws the lines over the plot, each named at its right end. */
export function paintOverlays(u: uPlot, overlays: readonly Overlay[], ink: Ink): void {
  const { ctx, bbox } = u;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.font = `${12 * ratio}px ${ink.font}`;
  ctx.lineWidth = 1.5 * ratio;
  ctx.strokeStyle = ink.trend;
  ctx.fillStyle = ink.trend;
  ctx.textAlign = 'right';
  ctx.textBaseline = 'bottom';
  for (const { name, word, points } of overlays) {
    ctx.setLineDash(DASH[name].map((part) => part * ratio));
    ctx.beginPath();
    for (const { t, v } of points) ctx.lineTo(u.valToPos(t / 1_000, 'x', true), u.valToPos(v, 'y', true));
    ctx.stroke();
    const last = points.at(-1);
    if (!last) continue;
    const x = Math.min(u.valToPos(last.t / 1_000, 'x', true), bbox.left + bbox.width) - 4 * ratio;
    const y = u.valToPos(last.v, 'y', true);
    if (y > bbox.top && y < bbox.top + bbox.height) ctx.fillText(word, x, y - 3 * ratio);
  }
  ctx.restore();
}
