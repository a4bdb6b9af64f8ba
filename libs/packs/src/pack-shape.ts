import { durationMs, type Fault } from '@anlan/contracts';
import { CONFIDENCES, OUR_DEFAULT, type Confidence } from './pack.js';

export type Box = Readonly<Record<string, unknown>>;
export type Report = (path: string, code: string, message: string) => void;

export const isBox = (value: unknown): value is Box => typeof value === 'object' && value !== null && !Array.isArray(value);
export const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== '';
export const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);

/** Gathers faults, each with its place. */
export function collector(): Readonly<{ faults: readonly Fault[]; report: Report }> {
  const faults: Fault[] = [];
  return { faults, report: (path, code, message) => void faults.push({ path, code, message }) };
}

/** P1: no number without a source; ours are called 平台推荐值, and nothing else is. */
export function checkSource({ source, confidence }: Box, path: string, report: Report): void {
  if (!isText(source)) return report(`${path}/source`, 'source_missing', `name the standard, or ${OUR_DEFAULT}`);
  if (!CONFIDENCES.includes(confidence as Confidence))
    return report(`${path}/confidence`, 'confidence_missing', 'confidence is S, K or P; an unsure value may not be shipped');
  if ((confidence === 'P') !== (source === OUR_DEFAULT))
    report(`${path}/source`, 'source_wrong', `confidence P and ${OUR_DEFAULT} go together`);
}

export function checkTexts(value: Box, keys: readonly string[], path: string, report: Report): void {
  for (const key of keys) if (!isText(value[key])) report(`${path}/${key}`, 'text_missing', `${key} must be a text`);
}

export function checkDuration(value: unknown, path: string, report: Report): void {
  if (!isText(value) || durationMs(value) === undefined) report(path, 'bad_duration', 'a duration is like 10s, 5m or 1h');
}

/** Durations of rules know weeks and intervals of the point (`3x`) too. */
export function checkRuleDuration(value: unknown, path: string, report: Report): void {
  if (!isText(value) || !/^\d{1,9}(\.\d{1,3})?(ms|s|min|m|h|d|w|x)$/.test(value))
    report(path, 'bad_duration', 'a duration is like 10s, 5m, 1h or 3x');
}

export function checkKeys(value: Box, known: readonly string[], path: string, report: Report): void {
  for (const key of Object.keys(value)) if (!known.includes(key)) report(`${path}/${key}`, 'unknown_key', `${key} is not known here`);
}

export function checkUnique(items: readonly unknown[], key: string, path: string, report: Report): void {
  const seen = new Set<unknown>();
  items.filter(isBox).forEach((item, i) => {
    if (seen.has(item[key])) report(`${path}/${i}/${key}`, 'duplicate', `${String(item[key])} stands here twice`);
    seen.add(item[key]);
  });
}
