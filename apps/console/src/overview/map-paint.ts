import type { FeatureLike } from 'ol/Feature.js';
import Style, { type RenderFunction } from 'ol/style/Style.js';
import { ALARM_LEVELS, type AlarmLevel, type Level, type SiteDotJson } from '@anlan/contracts';
import { paintShape, type Ink, type Spot } from '../chart/chart-paint.js';

/** Colours of the map, read from the theme. */
export type MapInk = Pick<Ink, 'ink' | 'dim' | 'fill' | 'edge' | 'font'> &
  Readonly<{ page: string; surface: string; strong: string; tint: Readonly<Record<AlarmLevel, string>> }>;

/** Width of a level's shape on the map: grave is large. */
const SIZE_PX: Readonly<Record<AlarmLevel, number>> = { red: 24, orange: 22, yellow: 19, blue: 15 };
/** Above this many sites only those with an alarm are named. */
const NAMED_UP_TO = 60;

export function mapInk(element: Element): MapInk {
  const style = getComputedStyle(element);
  const token = (name: string): string => style.getPropertyValue(`--an-${name}`).trim();
  const byLevel = (suffix: string): Ink['fill'] =>
    Object.fromEntries(ALARM_LEVELS.map((level) => [level, token(level + suffix)])) as Ink['fill'];
  return {
    ink: token('ink'),
    dim: token('ink-2'),
    font: token('font'),
    page: token('page'),
    surface: token('surface'),
    strong: token('strong'),
    fill: byLevel(''),
    edge: byLevel('-edge'),
    tint: byLevel('-tint'),
  };
}

type Ring = readonly (readonly [number, number])[];

/** Outline and name of a region; with `levels`, tinted by its worst open alarm. */
export function regionStyle(feature: FeatureLike, levels: ReadonlyMap<string, Level> | null, ink: MapInk): Style {
  const level = levels?.get(String(feature.get('code') ?? ''));
  const name = String(feature.get('name') ?? '');
  const renderer: RenderFunction = (coordinates, { context, pixelRatio, geometry }) => {
    const ctx = context;
    const rings =
      (geometry.getType() === 'MultiPolygon' ? (coordinates as unknown as Ring[][]).flat() : (coordinates as unknown as Ring[])) ?? [];
    ctx.beginPath();
    for (const ring of rings) {
      ring.forEach(([x, y], index) => (index === 0 ? ctx.moveTo(x, y) : ctx.lineTo(x, y)));
      ctx.closePath();
    }
    ctx.fillStyle = level === undefined || level === 'normal' ? ink.surface : ink.tint[level];
    ctx.fill('evenodd');
    ctx.strokeStyle = ink.strong;
    ctx.lineWidth = pixelRatio;
    ctx.stroke();
    const [x, y] = middleOf(rings[0] ?? []);
    ctx.font = `${14 * pixelRatio}px ${ink.font}`;
    ctx.textAlign = 'center';
    ctx.textBaseline = 'middle';
    ctx.fillStyle = ink.dim;
    ctx.globalAlpha = 0.8;
    ctx.fillText(name, x, y - 46 * pixelRatio);
    ctx.globalAlpha = 1;
  };
  return new Style({ renderer });
}

function middleOf(ring: Ring): readonly [number, number] {
  const n = Math.max(1, ring.length);
  return [ring.reduce((sum, [x]) => sum + x, 0) / n, ring.reduce((sum, [, y]) => sum + y, 0) / n];
}

const isUnknown = ({ devices, online }: SiteDotJson): boolean => devices > 0 && online === 0;

/** A site: its worst level as a shape, a small dot when all is quiet, a hatched square when nothing there is heard of. */
export function siteStyle(feature: FeatureLike, ink: MapInk): Style {
  const site = feature.get('site') as SiteDotJson;
  const renderer: RenderFunction = (coordinates, { context, pixelRatio }) => {
    const ctx = context;
    const [x = 0, y = 0] = coordinates as unknown as readonly number[];
    if (isUnknown(site)) paintUnknown(ctx, { x, y, size: (site.level === 'normal' ? 16 : 30) * pixelRatio }, ink);
    if (site.level !== 'normal') return paintShape(ctx, site.level, { x, y, size: SIZE_PX[site.level] * pixelRatio }, ink);
    if (isUnknown(site)) return;
    ctx.beginPath();
    ctx.arc(x, y, 3.5 * pixelRatio, 0, 2 * Math.PI);
    ctx.fillStyle = ink.strong;
    ctx.fill();
  };
  return new Style({ renderer });
}

export type Box = Readonly<{ left: number; right: number; top: number; bottom: number }>;

/** The name under a site, where no other name stands in `taken`; of many sites only those with an alarm are named. */
export function nameStyle(feature: FeatureLike, ink: MapInk, total: number, taken: Box[]): Style {
  const site = feature.get('site') as SiteDotJson;
  const renderer: RenderFunction = (coordinates, { context, pixelRatio }) => {
    if (site.level === 'normal' && total > NAMED_UP_TO) return;
    const ctx = context;
    const [x = 0, y = 0] = coordinates as unknown as readonly number[];
    const reach = isUnknown(site) ? 17 : site.level === 'normal' ? 5 : SIZE_PX[site.level] / 2 + 3;
    ctx.font = `${12 * pixelRatio}px ${ink.font}`;
    const [half, middle] = [ctx.measureText(site.name).width / 2, y + (reach + 9) * pixelRatio];
    const box = { left: x - half, right: x + half, top: middle - 8 * pixelRatio, bottom: middle + 8 * pixelRatio };
    if (taken.some((other) => box.left < other.right && other.left < box.right && box.top < other.bottom && other.top < box.bottom)) return;
    taken.push(box);
    paintName(ctx, site.name, { x, y: middle, size: 12 * pixelRatio }, ink);
  };
  return new Style({ renderer });
}

/** Not knowing looks unlike safe: black and white stripes. */
function paintUnknown(ctx: CanvasRenderingContext2D, { x, y, size }: Spot, ink: MapInk): void {
  ctx.save();
  ctx.beginPath();
  ctx.rect(x - size / 2, y - size / 2, size, size);
  ctx.fillStyle = ink.page;
  ctx.fill();
  ctx.strokeStyle = ink.ink;
  ctx.lineWidth = size / 12;
  ctx.stroke();
  ctx.clip();
  ctx.beginPath();
  for (let offset = -size; offset < size; offset += size / 4) {
    ctx.moveTo(x - size / 2 + offset, y + size / 2);
    ctx.lineTo(x + size / 2 + offset, y - size / 2);
  }
  ctx.stroke();
  ctx.restore();
}

function paintName(ctx: CanvasRenderingContext2D, name: string, { x, y, size }: Spot, ink: MapInk): void {
  ctx.font = `${size}px ${ink.font}`;
  ctx.textAlign = 'center';
  ctx.textBaseline = 'middle';
  ctx.lineWidth = size / 4;
  ctx.lineJoin = 'round';
  ctx.strokeStyle = ink.page;
  ctx.strokeText(name, x, y);
  ctx.fillStyle = ink.ink;
  ctx.fillText(name, x, y);
}
