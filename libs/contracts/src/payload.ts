import type { Millis } from './basics.js';
import type { DeadLetterCode } from './dead-letter.js';
import { parseDecimal } from './payload-number.js';
import { MAX_PART_CHARS, decodeJson, excerpt, isObject, type Refusal } from './payload-text.js';
import { parseTime, type LocalToUtc } from './payload-time.js';
import { QUALITIES, type Quality, type Reading, type ReadingFlag } from './reading.js';

/** What parsing must know of one point. Outside `min`/`max` a value cannot be meant. */
export type PointBounds = Readonly<{ id: string; min?: number; max?: number }>;

/** Everything that parsing depends on besides the bytes; the same bytes and context give the same result. */
export type TelemetryContext = Readonly<{
  arrivedAt: Millis;
  /** Points of this device by metric code and by point id. */
  points: ReadonlyMap<string, PointBounds>;
  localToUtc: LocalToUtc;
  /** Retention of readings: older ones are refused. Null: any age. */
  maxAgeMs: Millis | null;
}>;

export type ParsedTelemetry = Readonly<{ seq?: number; readings: readonly Reading[]; refused: readonly Refusal[] }>;

export const TELEMETRY_LIMITS = { bytes: 64 * 1024, readings: 500, codeChars: 64 } as const;
/** A device's clock may be this far ahead and is believed. */
const AHEAD_OK_MS = 60_000;
/** Up to here ahead the time of arrival is used; beyond it the reading is set aside. */
const AHEAD_CLAMPED_MS = 3_600_000;

const KNOWN_QUALITIES: ReadonlyMap<unknown, Quality> = new Map(QUALITIES.map((quality) => [quality, quality]));

/** Collects what one message gives; a faulty reading is refused alone. */
type Yield = { readonly readings: Reading[]; readonly refused: Refusal[] };
/** One candidate as sent, before any of it is believed. `whole` says how the dead letter writes it down, so that it can be tried again. */
type Sent = Readonly<{ code: unknown; t: unknown; v: unknown; q: unknown; whole: () => unknown }>;

/**
 * Reads one telemetry message in any of the three forms of the contract (`values`, `readings`, array of those). Never throws;
 * whatever is not taken is named with a code, and good readings beside it are kept. A message that cannot be read at all gives
 * exactly one refusal.
 */
export function parseTelemetry(payload: Uint8Array | string, context: TelemetryContext): ParsedTelemetry {
  const decoded = decodeJson(payload, TELEMETRY_LIMITS.bytes);
  if (decoded.kind === 'refused') return { readings: [], refused: [decoded.refusal] };
  const { value } = decoded;
  const fault = messageFault(value);
  if (fault) return { readings: [], refused: [{ ...fault, part: excerpt(payload) }] };
  const out: Yield = { readings: [], refused: [] };
  if (Array.isArray(value)) for (const item of value) readBlock(item, context, out);
  else readBlock(value, context, out);
  const seq = isObject(value) ? seqOf(value['seq']) : undefined;
  return seq === undefined ? out : { seq, readings: out.readings, refused: out.refused };
}

/** Faults of the message as a whole: it is refused as one. */
function messageFault(value: unknown): Readonly<{ code: DeadLetterCode; reason: string }> | undefined {
  if (Array.isArray(value)) {
    if (value.length === 0) return { code: 'empty', reason: 'the message holds no reading' };
    let count = 0;
    for (const item of value) count += Math.max(1, countIn(item));
    return count > TELEMETRY_LIMITS.readings ? tooMany(count) : undefined;
  }
  if (!isObject(value)) return { code: 'bad_shape', reason: 'neither an object nor an array of objects' };
  const count = countIn(value);
  return count > TELEMETRY_LIMITS.readings ? tooMany(count) : undefined;
}

function tooMany(count: number): Readonly<{ code: DeadLetterCode; reason: string }> {
  return { code: 'too_many_readings', reason: `the message holds ${count} readings, ${TELEMETRY_LIMITS.readings} are allowed` };
}

function countIn(block: unknown): number {
  if (!isObject(block)) return 0;
  const { values, readings } = block;
  return (Array.isArray(readings) ? readings.length : 0) + (isObject(values) ? Object.keys(values).length : 0);
}

/** One object with `values` at one time, or `readings` with a time each; both together are both read. */
function readBlock(block: unknown, context: TelemetryContext, out: Yield): void {
  if (!isObject(block)) return refuseWhole(out, 'bad_shape', 'not an object', block);
  const { values, readings, t, q } = block;
  const hasValues = isObject(values);
  const hasReadings = Array.isArray(readings);
  if (!hasValues && !hasReadings) return refuseWhole(out, 'bad_shape', 'neither `values` nor `readings`', block);
  if (countIn(block) === 0) return refuseWhole(out, 'empty', 'the message holds no reading', block);
  if (hasValues) {
    for (const code of Object.keys(values)) {
      const v = values[code];
      readOne(
        { code, t, v, q, whole: () => ({ t: brief(t), ...(q !== undefined && { q: brief(q) }), values: { [code]: v } }) },
        context,
        out,
      );
    }
  }
  if (hasReadings) for (const item of readings) readItem(item, context, out);
}

function readItem(item: unknown, context: TelemetryContext, out: Yield): void {
  if (!isObject(item)) return refuseWhole(out, 'bad_shape', 'a reading is not an object', { readings: [item] });
  readOne({ code: item['m'], t: item['t'], v: item['v'], q: item['q'], whole: () => ({ readings: [item] }) }, context, out);
}

function readOne(sent: Sent, context: TelemetryContext, out: Yield): void {
  const { code } = sent;
  if (typeof code !== 'string' || code.length === 0 || code.length > TELEMETRY_LIMITS.codeChars)
    return refuseOne(out, sent, 'name_bad', 'a metric code or point id has 1 to 64 characters');
  const point = context.points.get(code);
  if (!point) return refuseOne(out, sent, 'unknown_metric', `this device has no point for ${JSON.stringify(code)}`);
  if (sent.t === undefined || sent.t === null) return refuseOne(out, sent, 'time_missing', 'the reading has no time');
  const t = parseTime(sent.t, context.localToUtc);
  if (t === undefined) return refuseOne(out, sent, 'time_bad', 'the time is not in a known form');
  const ahead = t - context.arrivedAt;
  if (ahead > AHEAD_CLAMPED_MS) return refuseOne(out, sent, 'future', 'the time is more than an hour ahead of the server');
  if (context.maxAgeMs !== null && -ahead > context.maxAgeMs)
    return refuseOne(out, sent, 'too_old', 'the time lies before the retention of readings');
  if (sent.v === undefined || sent.v === null) return refuseOne(out, sent, 'value_missing', 'the reading has no value');
  const v = parseDecimal(sent.v);
  if (v === undefined) return refuseOne(out, sent, 'value_bad', 'the value is not a finite decimal number');
  const q = sent.q === undefined || sent.q === null ? 'good' : KNOWN_QUALITIES.get(sent.q);
  if (q === undefined) return refuseOne(out, sent, 'quality_bad', `the quality is none of ${QUALITIES.join(', ')}`);
  out.readings.push(readingOf(point, { t, ahead, v, q }, context.arrivedAt));
}

/** Applies the clock guard and the range of the point (outside it the value is kept, marked bad). */
function readingOf(point: PointBounds, sent: Readonly<{ t: Millis; ahead: Millis; v: number; q: Quality }>, arrivedAt: Millis): Reading {
  const { t, v } = sent;
  const skewed = sent.ahead > AHEAD_OK_MS;
  const outside = (point.min !== undefined && v < point.min) || (point.max !== undefined && v > point.max);
  if (!skewed && !outside) return { pointId: point.id, t, v, q: sent.q };
  const flags: ReadingFlag[] = [];
  if (skewed) flags.push('clockSkew');
  if (outside) flags.push('outOfRange');
  const q = outside ? 'bad' : sent.q;
  return skewed ? { pointId: point.id, t: arrivedAt, tDevice: t, v, q, flags } : { pointId: point.id, t, v, q, flags };
}

function refuseOne(out: Yield, sent: Sent, code: DeadLetterCode, reason: string): void {
  refuseWhole(out, code, reason, sent.whole());
}

function refuseWhole(out: Yield, code: DeadLetterCode, reason: string, part: unknown): void {
  out.refused.push({ code, reason, part: JSON.stringify(part).slice(0, MAX_PART_CHARS) });
}

/** Shared parts stand in every dead letter of a message: cut, so that one message cannot become megabytes of them. */
function brief(value: unknown): unknown {
  if (typeof value === 'string') return value.slice(0, 64);
  return typeof value === 'object' && value !== null ? '[object]' : value;
}

/** The device's message counter; anything but a whole number from 0 up is left out, for it only finds gaps. */
function seqOf(value: unknown): number | undefined {
  const seq = value === undefined ? undefined : parseDecimal(value);
  return seq !== undefined && seq >= 0 && Number.isSafeInteger(seq) ? seq : undefined;
}
