import { QUALITIES, type Reading, type ReadingsLogValue, type WarmedSlot } from '@anlan/contracts';
import { readingsValue } from '../readings-value.js';

/** A record that the engine may judge, and how many of its readings it may not. */
export type Judgeable = Readonly<{ value: ReadingsLogValue; strange: number }>;

const QUALITY_WORDS: ReadonlySet<unknown> = new Set(QUALITIES);

/**
 * The last gate before the engine, which trusts its input: only finite numbers and known words pass.
 * Undefined: nothing of this record can be judged (ingest never writes such a thing; a damaged log may hold it).
 */
export function judgeable(text: string): Judgeable | undefined {
  const value = readingsValue(text);
  if (!value) return undefined;
  if (value.kind === 'activation') return Number.isSafeInteger(value.version) ? { value, strange: 0 } : undefined;
  if (value.kind === 'warmed') return Array.isArray(value.slots) && value.slots.every(isWarmed) ? { value, strange: 0 } : undefined;
  if (value.kind !== 'readings') return { value, strange: 0 };
  if (!Array.isArray(value.readings) || !Number.isFinite(value.arrivedAt)) return undefined;
  if (value.readings.every(isReading)) return { value, strange: 0 };
  const readings = value.readings.filter(isReading);
  return { value: { ...value, readings }, strange: value.readings.length - readings.length };
}

function isWarmed(slot: WarmedSlot | null): slot is WarmedSlot {
  const isNamed = typeof slot?.pointId === 'string' && typeof slot.ruleId === 'string' && typeof slot.shape === 'string';
  return isNamed && Number.isFinite(slot.upTo) && typeof slot.memory === 'object';
}

function isReading(reading: Reading | null): reading is Reading {
  return (
    typeof reading?.pointId === 'string' &&
    Number.isFinite(reading.t) &&
    Number.isFinite(reading.v) &&
    QUALITY_WORDS.has(reading.q) &&
    (reading.tDevice === undefined || Number.isFinite(reading.tDevice)) &&
    (reading.flags === undefined || Array.isArray(reading.flags))
  );
}
