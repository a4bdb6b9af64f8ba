import type { Fault, Millis } from '@anlan/contracts';

/** How the time of a row is written. Text without a zone is local time at `utcOffset`. */
export const TIME_FORMATS = ['iso', 'ms', 's'] as const;
export type TimeFormat = (typeof TIME_FORMATS)[number];

export type ColumnTarget = Readonly<{ device: string; metric: string; /** sent = cell × factor + plus */ factor: number; plus: number }>;
/** Which column of a table is which quantity of which device. */
export type ReplayMap = Readonly<{
  time: Readonly<{ column: string; format: TimeFormat; /** Minutes east of UTC. */ offsetMinutes: number }>;
  /** Only rows in which these columns hold these texts. */
  where: Readonly<Record<string, string>>;
  columns: Readonly<Record<string, ColumnTarget>>;
}>;

type Box = Readonly<Record<string, unknown>>;
const isBox = (value: unknown): value is Box => typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

/**
 * Reads a map: `{time: {column, format?: iso|ms|s, utcOffset?: "+08:00"}, where?: {column: text}, columns: {name: {device, metric, factor?, plus?}}}`.
 * Every fault at once.
 */
export function readReplayMap(value: unknown): Readonly<{ map?: ReplayMap; faults: readonly Fault[] }> {
  const faults: Fault[] = [];
  const report = (path: string, message: string): void => void faults.push({ path, code: 'bad_map', message });
  if (!isBox(value)) return { faults: [{ path: '', code: 'bad_map', message: 'a map has time and columns' }] };
  const time = isBox(value['time']) ? value['time'] : {};
  const format = time['format'] ?? 'iso';
  const offsetMinutes = offsetOf(time['utcOffset'] ?? '+00:00');
  if (!isText(time['column'])) report('/time/column', 'name the column with the time');
  if (!TIME_FORMATS.includes(format as TimeFormat)) report('/time/format', 'format is iso, ms or s');
  if (offsetMinutes === undefined) report('/time/utcOffset', 'utcOffset is like +08:00');
  const where = isBox(value['where']) ? value['where'] : {};
  for (const [column, text] of Object.entries(where)) if (typeof text !== 'string') report(`/where/${column}`, 'compare with a text');
  const columns = isBox(value['columns']) ? Object.entries(value['columns']) : [];
  if (columns.length === 0) report('/columns', 'name at least one column');
  const targets = columns.map(([name, target]) => [name, targetOf(target, `/columns/${name}`, report)] as const);
  if (faults.length > 0) return { faults };
  const map = { time: { column: time['column'], format, offsetMinutes }, where, columns: Object.fromEntries(targets) } as ReplayMap;
  return { map, faults };
}

function targetOf(value: unknown, path: string, report: (path: string, message: string) => void): ColumnTarget | undefined {
  if (!isBox(value) || !isText(value['device']) || !isText(value['metric'])) {
    report(path, 'a column goes to {device, metric}');
    return undefined;
  }
  const { factor = 1, plus = 0 } = value;
  if (typeof factor !== 'number' || !Number.isFinite(factor)) report(`${path}/factor`, 'factor is a number');
  if (typeof plus !== 'number' || !Number.isFinite(plus)) report(`${path}/plus`, 'plus is a number');
  return { device: value['device'], metric: value['metric'], factor: factor as number, plus: plus as number };
}

function offsetOf(value: unknown): number | undefined {
  const [, sign, hours, minutes] = /^([+-])(\d{2}):(\d{2})$/.exec(typeof value === 'string' ? value : '') ?? [];
  return sign === undefined ? undefined : (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

/** The devices that a map names. */
export function devicesOf(map: ReplayMap): readonly string[] {
  return [...new Set(Object.values(map.columns).map((target) => target.device))];
}

const ISO = /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3})\d*)?)?(Z|[+-]\d{2}:\d{2})?$/;

/** The time of a cell in milliseconds, or undefined. */
export function cellTime(text: string, { format, offsetMinutes }: ReplayMap['time']): Millis | undefined {
  if (format !== 'iso') {
    const value = cellNumber(text);
    return value === undefined ? undefined : Math.round(format === 's' ? value * 1000 : value);
  }
  const [matched, year, month, day, hour, minute, second = '0', fraction = '0', zone] = ISO.exec(text.trim()) ?? [];
  if (matched === undefined) return undefined;
  const offset = zone === undefined ? offsetMinutes : zone === 'Z' ? 0 : (offsetOf(zone) ?? 0);
  return (
    Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second), Number(fraction.padEnd(3, '0'))) -
    offset * 60_000
  );
}

/** The number in a cell, or undefined for a text or nothing. */
export function cellNumber(text: string): number | undefined {
  return /^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?\s*$/.test(text) ? Number(text) : undefined;
}
