import type { ReadingsLogValue } from '@anlan/contracts';

const KINDS: ReadonlySet<unknown> = new Set<ReadingsLogValue['kind']>(['readings', 'tick', 'up', 'activation', 'derived', 'warmed']);

/** A record of `anlan.readings.v1` as ingest wrote it; undefined for anything else, which readers count and step over. */
export function readingsValue(text: string): ReadingsLogValue | undefined {
  const value = jsonObject(text);
  return value && KINDS.has(value['kind']) ? (value as ReadingsLogValue) : undefined;
}

/** A JSON object, or undefined. */
export function jsonObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined; // not JSON: not ours
  }
}
