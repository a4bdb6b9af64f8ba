import type uPlot from 'uplot';
import type { AlarmLevel } from '@anlan/contracts';
import { LEVEL_PATH } from '../parts/level-geometry.js';
import type { Limit } from './limits.js';
import type { Gap, Mark } from './lines.js';

/** Colours and words the painters need, read from the page once a chart. */
export type Ink = Readonly<{
  ink: string;
  dim: string;
  /** Lines that a rule drew. */
  trend: string;
  line: string;
  /** Between the least and the most of a bucket. */
  band: string;
  surface: string;
  font: string;
  fill: Readonly<Record<AlarmLevel, string>>;
  edge: Readonly<Record<AlarmLevel, string>>;
  word: Readonly<Record<AlarmLevel, string>>;
  gapText(ms: number): string;
}>;

/** What happened to the alarm, on the lane above the plot. */
export type Happening = Readonly<{
  level: AlarmLevel;
  firstBreachAt: number;
  raisedAt: number;
  endedAt: number | null;
  ackedAt: number | null;
  now: number;
}>;

const DASH: Readonly<Record<AlarmLevel, readonly number[]>> = { red: [], orange: [8, 4], yellow: [4, 4], blue: [2, 4] };

/** Where a shape stands: its middle, and its width in px of the canvas. */
export type Spot = Readonly<{ x: number; y: number; size: number }>;

/** The level's shape at a spot. */
export function paintShape(ctx: CanvasRenderingContext2D, level: AlarmLevel, { x, y, size }: Spot, ink: Pick<Ink, 'fill' | 'edge'>): void {
  ctx.save();
  ctx.translate(x - size / 2, y - size / 2);
  ctx.scale(size / 24, size / 24);
  const path = new Path2D(LEVEL_PATH[level]);
  ctx.fillStyle = ink.fill[level];
  ctx.strokeStyle = ink.edge[level];
  ctx.lineWidth = 2;
  ctx.setLineDash([]);
  ctx.fill(path);
  ctx.stroke(path);
  ctx.restore();
}

/** Places for labels that want to stand at `wanted`: in range, in their order, and `gap` apart as far as there is room. */
export function spread(
  wanted: readonly number[],
  { from, to, gap }: Readonly<{ from: number; to: number; gap: number }>,
): readonly number[] {
  const order = wanted.map((_, i) => i).sort((a, b) => (wanted[a] ?? 0) - (wanted[b] ?? 0));
  const step = Math.min(gap, (to - from) / Math.max(1, wanted.length - 1));
  const placed = wanted.map((y) => Math.min(Math.max(y, from), to));
  order.forEach((at, rank) => {
    const above = order[rank - 1];
    placed[at] = Math.max(placed[at] ?? 0, above === undefined ? from : (placed[above] ?? 0) + step);
  });
  [...order].reverse().forEach((at, rank, reversed) => {
    const below = reversed[rank - 1];
    placed[at] = Math.min(placed[at] ?? 0, below === undefined ? to : (placed[below] ?? 0) - step);
  });
  return placed;
}

/** Limits as lines named at the right; those out of sight are named at the edge with an arrow. */
export function paintLimits(u: uPlot, limits: readonly Limit[], ink: Ink): void {
  const { ctx, bbox } = u;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.font = `${12 * ratio}px ${ink.font}`;
  ctx.textBaseline = 'middle';
  const heights = limits.map(({ at }) => u.valToPos(at, 'y', true));
  const labels = spread(heights, { from: bbox.top + 8 * ratio, to: bbox.top + bbox.height - 8 * ratio, gap: 16 * ratio });
  for (const [i, limit] of limits.entries()) {
    const [y = 0, labelY = 0] = [heights[i], labels[i]];
    const inside = y >= bbox.top && y <= bbox.top + bbox.height;
    if (inside) {
      if (limit.reset !== null) {
        ctx.globalAlpha = 0.18;
        ctx.fillStyle = ink.fill[limit.level];
        const resetY = u.valToPos(limit.reset, 'y', true);
        ctx.fillRect(bbox.left, Math.min(y, resetY), bbox.width, Math.abs(resetY - y));
        ctx.globalAlpha = 1;
      }
      ctx.strokeStyle = ink.edge[limit.level];
      ctx.lineWidth = 1.5 * ratio;
      ctx.setLineDash(DASH[limit.level].map((part) => part * ratio));
      ctx.beginPath();
      ctx.moveTo(bbox.left, y);
      ctx.lineTo(bbox.left + bbox.width, y);
      ctx.stroke();
    }
    const x = bbox.left + bbox.width + 12 * ratio;
    paintShape(ctx, limit.level, { x, y: labelY, size: 12 * ratio }, ink);
    ctx.fillStyle = ink.ink;
    ctx.textAlign = 'left';
    ctx.fillText(`${ink.word[limit.level]} ${limit.at}${inside ? '' : y < bbox.top ? ' ↑' : ' ↓'}`, x + 10 * ratio, labelY);
  }
  ctx.restore();
}

/** Hatched bands where there are no data. */
export function paintGaps(u: uPlot, gaps: readonly Gap[], ink: Ink): void {
  const { ctx, bbox } = u;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.font = `${12 * ratio}px ${ink.font}`;
  ctx.textAlign = 'center';
  for (const { from, to } of gaps) {
    const [left, right] = [u.valToPos(from / 1_000, 'x', true), u.valToPos(to / 1_000, 'x', true)];
    if (right < bbox.left || left > bbox.left + bbox.width) continue;
    ctx.save();
    ctx.beginPath();
    ctx.rect(left, bbox.top, right - left, bbox.height);
    ctx.clip();
    ctx.strokeStyle = ink.line;
    ctx.lineWidth = 1.5 * ratio;
    ctx.beginPath();
    for (let x = left - bbox.height; x < right; x += 8 * ratio) {
      ctx.moveTo(x, bbox.top + bbox.height);
      ctx.lineTo(x + bbox.height, bbox.top);
    }
    ctx.stroke();
    ctx.restore();
    const text = ink.gapText(to - from);
    if (right - left > ctx.measureText(text).width + 8 * ratio) {
      const width = ctx.measureText(text).width + 8 * ratio;
      ctx.fillStyle = ink.surface;
      ctx.fillRect((left + right - width) / 2, bbox.top + bbox.height / 2 - 9 * ratio, width, 18 * ratio);
      ctx.fillStyle = ink.ink;
      ctx.textBaseline = 'middle';
      ctx.fillText(text, (left + right) / 2, bbox.top + bbox.height / 2);
    }
  }
  ctx.restore();
}

/** Uncertain readings as hollow dots on the line; bad and maintenance as crosses at the foot, out of scale. */
export function paintMarks(u: uPlot, marks: readonly Mark[], ink: Ink): void {
  const { ctx, bbox } = u;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.strokeStyle = ink.ink;
  ctx.lineWidth = 1.5 * ratio;
  for (const { t, v, q } of marks) {
    const x = u.valToPos(t / 1_000, 'x', true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.beginPath();
    if (q === 'uncertain') ctx.arc(x, u.valToPos(v, 'y', true), 3 * ratio, 0, 2 * Math.PI);
    else {
      const [y, arm] = [bbox.top + bbox.height - 7 * ratio, 3.5 * ratio];
      ctx.moveTo(x - arm, y - arm);
      ctx.lineTo(x + arm, y + arm);
      ctx.moveTo(x + arm, y - arm);
      ctx.lineTo(x - arm, y + arm);
    }
    ctx.stroke();
  }
  ctx.restore();
}

/** The alarm's own time above the plot: hollow at the first breach, its shape at the raise, a bar to the end, a ring at the acknowledgement. */
export function paintHappening(u: uPlot, happening: Happening, ink: Ink): void {
  const { ctx, bbox } = u;
  const ratio = devicePixelRatio;
  const y = bbox.top - 10 * ratio;
  const [left, right] = [bbox.left, bbox.left + bbox.width];
  const at = (ms: number): number => Math.min(right, Math.max(left, u.valToPos(ms / 1_000, 'x', true)));
  const [raised, end] = [at(happening.raisedAt), at(happening.endedAt ?? happening.now)];
  ctx.save();
  ctx.fillStyle = ink.fill[happening.level];
  ctx.strokeStyle = ink.edge[happening.level];
  ctx.lineWidth = ratio;
  ctx.fillRect(raised, y - 3 * ratio, Math.max(end - raised, 2 * ratio), 6 * ratio);
  ctx.strokeRect(raised, y - 3 * ratio, Math.max(end - raised, 2 * ratio), 6 * ratio);
  const first = at(happening.firstBreachAt);
  ctx.strokeStyle = ink.ink;
  ctx.setLineDash([2 * ratio, 3 * ratio]);
  ctx.beginPath();
  ctx.moveTo(raised, bbox.top);
  ctx.lineTo(raised, bbox.top + bbox.height);
  ctx.stroke();
  ctx.setLineDash([]);
  if (raised - first > 10 * ratio) {
    ctx.beginPath();
    ctx.moveTo(first - 5 * ratio, y - 4 * ratio);
    ctx.lineTo(first + 5 * ratio, y - 4 * ratio);
    ctx.lineTo(first, y + 5 * ratio);
    ctx.closePath();
    ctx.stroke();
  }
  paintShape(ctx, happening.level, { x: raised, y, size: 16 * ratio }, ink);
  if (happening.ackedAt !== null) {
    ctx.beginPath();
    ctx.arc(at(happening.ackedAt), y, 5 * ratio, 0, 2 * Math.PI);
    ctx.fillStyle = ink.surface;
    ctx.fill();
    ctx.lineWidth = 2 * ratio;
    ctx.strokeStyle = ink.ink;
    ctx.stroke();
  }
  ctx.restore();
}
