import { degrees, range } from './demo-parts.js';

type Position = readonly [lon: number, lat: number];
export type RegionFeature = Readonly<{
  type: 'Feature';
  id: string;
  properties: Readonly<{ code: string; name: string; parent: string; center: Position }>;
  geometry: Readonly<{ type: 'Polygon'; coordinates: readonly (readonly Position[])[] }>;
}>;
export type FeatureCollection = Readonly<{ type: 'FeatureCollection'; features: readonly RegionFeature[] }>;

/** 江澜市 is made up; 3499xx is a range that GB/T 2260 has not given away. */
export const CITY = { code: '349900', name: '江澜市' } as const;

/** Districts on a lattice of three columns (west to east) and two rows (south to north). */
const DISTRICTS = [
  { code: '349921', name: '望溪县', column: 0, row: 0 },
  { code: '349904', name: '云台区', column: 1, row: 0 },
  { code: '349922', name: '青岭县', column: 2, row: 0 },
  { code: '349903', name: '安平区', column: 0, row: 1 },
  { code: '349902', name: '临江区', column: 1, row: 1 },
  { code: '349905', name: '高新区', column: 2, row: 1 },
] as const;
export type DistrictCode = (typeof DISTRICTS)[number]['code'];

const WEST = 117.5;
const SOUTH = 30.7;
const WIDTH = 0.24;
const HEIGHT = 0.2;
const STEPS = 12;

/** A place inside a district; `u` and `v` from 0.25 to 0.75 are certain to lie within its border. WGS-84. */
export function placeIn(code: DistrictCode, u: number, v: number): Readonly<{ lon: number; lat: number }> {
  const district = DISTRICTS.find((one) => one.code === code);
  if (!district) throw new Error(`no district ${code}`);
  return { lon: degrees(WEST + WIDTH * (district.column + u)), lat: degrees(SOUTH + HEIGHT * (district.row + v)) };
}

/** The city and its districts, as the registry wants them. */
export function demoRegionRows(): readonly Readonly<{ code: string; name: string; parent?: string }>[] {
  return [CITY, ...DISTRICTS.map(({ code, name }) => ({ code, name, parent: CITY.code }))];
}

/** Outlines of the districts for the map. Neighbours share their border exactly. */
export function demoRegions(): FeatureCollection {
  return { type: 'FeatureCollection', features: DISTRICTS.map(featureOf) };
}

function featureOf({ code, name, column, row }: (typeof DISTRICTS)[number]): RegionFeature {
  const [a, b, c, d] = [
    [column, row],
    [column + 1, row],
    [column + 1, row + 1],
    [column, row + 1],
  ] as const;
  const ring = [...border(a, b), ...border(b, c), ...border(c, d), ...border(d, a)];
  const { lon, lat } = placeIn(code, 0.5, 0.5);
  const [first] = ring;
  return {
    type: 'Feature',
    id: code,
    properties: { code, name, parent: CITY.code, center: [lon, lat] },
    geometry: { type: 'Polygon', coordinates: [first ? [...ring, first] : ring] },
  };
}

type Node = readonly [column: number, row: number];

/** From one lattice node towards the next, without the last position. Always worked out west to east and south to north, so that both neighbours get the same line. */
function border(from: Node, to: Node): readonly Position[] {
  const forward = from[0] < to[0] || from[1] < to[1];
  const line = forward ? wobbly(from, to) : [...wobbly(to, from)].reverse();
  return line.slice(0, -1);
}

function wobbly(from: Node, to: Node): readonly Position[] {
  const [start, end] = [corner(from), corner(to)];
  const phase = from[0] * 2.1 + from[1] * 3.7 + to[0] * 5.3;
  return range(STEPS + 1).map((i) => {
    const s = i / STEPS;
    const bend = Math.sin(Math.PI * s) * (0.012 * Math.sin(7 * s + phase) + 0.006 * Math.sin(19 * s + 2 * phase));
    const across = from[1] === to[1];
    return [
      degrees(start[0] + (end[0] - start[0]) * s + (across ? 0 : bend)),
      degrees(start[1] + (end[1] - start[1]) * s + (across ? bend : 0)),
    ];
  });
}

function corner([column, row]: Node): Position {
  return [WEST + WIDTH * column + 0.02 * Math.sin(3 * column + 5 * row), SOUTH + HEIGHT * row + 0.015 * Math.cos(4 * column + 2 * row)];
}
