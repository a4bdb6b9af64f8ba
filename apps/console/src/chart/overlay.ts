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
  inverse_velocity: [8, 4],
} as const satisfies Record<LineName, readonly number[]>;

/** The lines that share the axis of the readings. */
export function overlaysOf(evidence: EvidenceJson | null, word: (name: LineName) => string): readonly Overlay[] {
  return (evidence?.lines ?? [])
    .filter(({ name, points }) => name !== 'inverse_velocity' && points.length > 0)
    .map((line) => ({ ...overlayOf(line), word: word(line.name) }));
}

function overlayOf({ name, points }: EvidenceJson['lines'][number]): Omit<Overlay, 'word'> {
  return { name, points: points.map(({ t, v }) => ({ t: Date.parse(t), v })) };
}

/** The inverse velocity: readings of a chart of its own, and the line fitted through them, if any, down to where it meets zero. */
export type InverseVelocity = Readonly<{ lines: Lines; fit: readonly Overlay[] }>;

/** What a rule said of the inverse velocity; null where it said nothing. The first line of that name is what was measured, the second the fit. */
export function inverseVelocityOf(evidence: EvidenceJson | null, word: string): InverseVelocity | null {
  const [measured, fitted] = (evidence?.lines ?? []).filter(({ name }) => name === 'inverse_velocity');
  if (measured === undefined || measured.points.length < 2) return null;
  const lines = linesOfSamples(
    measured.points.map(({ t, v }) => ({ t, v, q: 'good' as const })),
    Infinity,
  );
  // Zero is what it is drawn for.
  return { lines: { ...lines, values: [...lines.values, 0] }, fit: fitted === undefined ? [] : [{ ...overlayOf(fitted), word }] };
}

/** Numbers and the last moment that a chart with these lines must show. */
export function reachOf(overlays: readonly Overlay[]): Readonly<{ values: readonly number[]; to: number }> {
  const points = overlays.flatMap((overlay) => overlay.points);
  return { values: points.map(({ v }) => v), to: points.reduce((latest, { t }) => Math.max(latest, t), -Infinity) };
}

/** Middles of labels, moved as little as keeps their order and `row` between neighbours, within `top` and `bottom` where there is room for all. */
export function keepApart(
  wanted: readonly number[],
  { row, top, bottom }: Readonly<{ row: number; top: number; bottom: number }>,
): readonly number[] {
  const order = wanted.map((_, index) => index).sort((a, b) => (wanted[a] ?? 0) - (wanted[b] ?? 0));
  const placed = [...wanted];
  let free = top;
  for (const index of order) {
    placed[index] = Math.max(free, wanted[index] ?? 0);
    free = (placed[index] ?? 0) + row;
  }
  let ceiling = bottom;
  for (const index of order.reverse()) {
    placed[index] = Math.min(ceiling, placed[index] ?? 0);
    ceiling = (placed[index] ?? 0) - row;
  }
  return placed;
}

/** Height of a row of names, and how far right of the plot they begin, in px. */
const NAME_ROW = 15;
const NAME_INDENT = 14;

/** Px that the names at the right need beside the plot. */
export function gutterOf({ ctx }: Pick<uPlot, 'ctx'>, overlays: readonly Overlay[], font: string): number {
  ctx.save();
  ctx.font = `12px ${font}`;
  const widest = overlays.reduce((most, { word }) => Math.max(most, ctx.measureText(word).width), 0);
  ctx.restore();
  return Math.ceil(widest) + NAME_INDENT + 6;
}

/** Draws the lines over the plot and names each: beside the plot where it runs to the right end, else above its end. */
export function paintOverlays(u: uPlot, overlays: readonly Overlay[], ink: Ink): void {
  const { ctx, bbox } = u;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.lineWidth = 1.5 * ratio;
  ctx.strokeStyle = ink.trend;
  ctx.fillStyle = ink.trend;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const { name, points } of overlays) {
    ctx.setLineDash(DASH[name].map((part) => part * ratio));
    ctx.beginPath();
    for (const { t, v } of points) ctx.lineTo(u.valToPos(t / 1_000, 'x', true), u.valToPos(v, 'y', true));
    ctx.stroke();
  }
  ctx.restore();
  paintNames(u, endsOf(u, overlays), ink);
  ctx.restore();
}

type End = Readonly<{ word: string; x: number; y: number }>;

/** Where the lines end, in px of the canvas; those that end above or below the plot are not named. */
function endsOf(u: uPlot, overlays: readonly Overlay[]): readonly End[] {
  const { left, top, width, height } = u.bbox;
  return overlays.flatMap(({ word, points }) => {
    const last = points.at(-1);
    if (last === undefined) return [];
    const y = u.valToPos(last.v, 'y', true);
    return y < top || y > top + height ? [] : [{ word, x: Math.min(u.valToPos(last.t / 1_000, 'x', true), left + width), y }];
  });
}

function paintNames({ ctx, bbox }: uPlot, ends: readonly End[], ink: Ink): void {
  const ratio = devicePixelRatio;
  const right = bbox.left + bbox.width;
  const isBeside = ({ x }: End): boolean => right - x < 12 * ratio;
  const beside = ends.filter(isBeside);
  const places = keepApart(
    beside.map(({ y }) => y),
    { row: NAME_ROW * ratio, top: bbox.top, bottom: bbox.top + bbox.height },
  );
  ctx.font = `${12 * ratio}px ${ink.font}`;
  ctx.setLineDash([]);
  ctx.textAlign = 'left';
  ctx.textBaseline = 'middle';
  ctx.lineWidth = ratio;
  beside.forEach(({ word, x, y }, index) => {
    const place = places[index] ?? y;
    ctx.beginPath();
    ctx.moveTo(x, y);
    ctx.lineTo(right + (NAME_INDENT - 4) * ratio, place);
    ctx.stroke();
    ctx.fillText(word, right + NAME_INDENT * ratio, place);
  });
  ctx.textAlign = 'right';
  ctx.textBaseline = 'bottom';
  for (const { word, x, y } of ends.filter((end) => !isBeside(end))) ctx.fillText(word, x - 4 * ratio, y - 6 * ratio);
}
