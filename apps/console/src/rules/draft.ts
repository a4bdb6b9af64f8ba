/** A rule while it is edited: texts of fields, and the body that they come to. What the form does not know is kept as it was written. */
import { ALARM_LEVELS, rankOf, type AlarmLevel, type EntityJson, type RuleLimitJson } from '@anlan/contracts';
import { isBox, levelsOf, textOf, type Box } from './body.js';
import { DAYS, hoursOf, modesOf, type Hours } from './gate.js';

export const LEVEL_FIELDS = ['at', 'high', 'low', 'deadband', 'onDelay', 'onCount', 'offDelay', 'offCount'] as const;
export type LevelField = (typeof LEVEL_FIELDS)[number];
export type LevelDraft = Readonly<{
  level: AlarmLevel;
  latching: boolean;
  /** `limit`, or `at` that refers to another number: kept until it is replaced by a number. */
  reference: Box | null;
}> &
  Readonly<Record<LevelField, string>>;

export const HEAD_FIELDS = ['name', 'source', 'description', 'maxGap'] as const;
export type HeadField = (typeof HEAD_FIELDS)[number];
export type RuleDraft = Readonly<Record<HeadField, string>> &
  Readonly<{
    side: string;
    quality: string;
    levels: readonly LevelDraft[];
    hours: readonly Hours[];
    modes: string;
    /** Keys that only this kind has, as texts; objects as JSON. */
    params: Readonly<Record<string, string>>;
  }>;

const KNOWN: readonly string[] = [
  ...HEAD_FIELDS,
  ...['id', 'kind', 'enabled', 'pointId', 'pointIds', 'group', 'select', 'template', 'unit', 'validFrom'],
  ...['levels', 'active', 'modes', 'quality', 'side'],
];

/** The form of a rule as written. */
export function draftOf(rule: EntityJson): RuleDraft {
  const head = Object.fromEntries(HEAD_FIELDS.map((key) => [key, fieldText(rule[key])])) as Record<HeadField, string>;
  return {
    ...head,
    side: textOf(rule['side']) ?? 'high',
    quality: textOf(rule['quality']) ?? 'pause',
    levels: Array.isArray(rule['levels']) ? levelsOf(rule).map(levelDraft) : [],
    hours: hoursOf(rule),
    modes: modesOf(rule).join(' '),
    params: Object.fromEntries(
      Object.entries(rule)
        .filter(([key]) => !KNOWN.includes(key))
        .map(([key, value]) => [key, fieldText(value)]),
    ),
  };
}

function levelDraft(level: Box & Readonly<{ level: AlarmLevel }>): LevelDraft {
  const refers = Object.entries(level).filter(([key, value]) => key === 'limit' || (AMOUNTS.includes(key) && isBox(value)));
  const texts = Object.fromEntries(LEVEL_FIELDS.map((key) => [key, isBox(level[key]) ? '' : fieldText(level[key])]));
  return {
    ...(texts as Record<LevelField, string>),
    level: level.level,
    latching: level['latching'] === true,
    reference: refers.length > 0 ? Object.fromEntries(refers) : null,
  };
}

const AMOUNTS: readonly string[] = ['at', 'high', 'low'];

function fieldText(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : JSON.stringify(value);
}

/** A level that is not there yet, beyond or below those that are. */
export function freshLevel({ levels }: Pick<RuleDraft, 'levels'>): LevelDraft | null {
  const level = [...ALARM_LEVELS].reverse().find((one) => !levels.some((known) => known.level === one));
  if (level === undefined) return null;
  const like = levels[0];
  const empty = { at: '', high: '', low: '', deadband: '', onDelay: '', onCount: '', offDelay: '', offCount: '' };
  return { ...(like ?? empty), at: '', high: '', low: '', level, latching: false, reference: null };
}

/** Gravest first, as they are shown. */
export function ordered(levels: readonly LevelDraft[]): readonly LevelDraft[] {
  return [...levels].sort((a, b) => rankOf(b.level) - rankOf(a.level));
}

/** The body that the form comes to. A text that is no number stays a text, so that the platform says so at its field. */
export function bodyOf(draft: RuleDraft, before: EntityJson): EntityJson {
  const usual: Readonly<Record<string, string>> = { side: 'high', quality: 'pause' };
  // Only thresholds have a side; what was not written and is as usual stays unwritten.
  const keep = (key: 'side' | 'quality'): Box =>
    (before[key] === undefined && draft[key] === usual[key]) || (key === 'side' && before['kind'] !== 'threshold')
      ? {}
      : { [key]: draft[key] };
  const head = Object.fromEntries(HEAD_FIELDS.flatMap((key) => (draft[key].trim() === '' ? [] : [[key, typed(draft[key], before[key])]])));
  const params = Object.entries(draft.params).flatMap(([key, text]) =>
    text.trim() === '' ? [] : [[key, typed(text, before[key])] as const],
  );
  const modes = draft.modes.split(/[\s,，、]+/).filter((mode) => mode !== '');
  return {
    ...Object.fromEntries(Object.entries(before).filter(([key]) => KNOWN.includes(key) && !EDITED.includes(key))),
    ...head,
    ...Object.fromEntries(params),
    ...(before['kind'] === 'health' ? {} : { ...keep('side'), ...keep('quality') }),
    ...(draft.hours.length > 0 && { active: draft.hours.map(hoursBody) }),
    ...(modes.length > 0 && { modes }),
    ...(draft.levels.length > 0 && { levels: draft.levels.map(levelBody) }),
  };
}

const EDITED: readonly string[] = [...HEAD_FIELDS, 'levels', 'active', 'modes', 'quality', 'side'];

function levelBody(level: LevelDraft): Box {
  const fields = LEVEL_FIELDS.flatMap((key) => (level[key].trim() === '' ? [] : [[key, numeric(level[key])] as const]));
  return { level: level.level, ...Object.fromEntries(fields), ...level.reference, ...(level.latching && { latching: true }) };
}

function hoursBody({ days, from, to, offset }: Hours): Box {
  return { ...(days.length < DAYS.length && { days }), from, to, offset };
}

function numeric(text: string): unknown {
  const trimmed = text.trim();
  return Number.isFinite(Number(trimmed)) ? Number(trimmed) : trimmed;
}

/** A text as the type that stood there. */
function typed(text: string, was: unknown): unknown {
  const trimmed = text.trim();
  if (typeof was === 'number') return numeric(trimmed);
  if (typeof was === 'boolean') return trimmed === 'true' ? true : trimmed === 'false' ? false : trimmed;
  if (typeof was !== 'object' || was === null) return trimmed;
  try {
    return JSON.parse(trimmed) as unknown;
  } catch {
    // Not JSON: the platform refuses it at this very key.
    return trimmed;
  }
}

/** What a PATCH must carry to come from one body to the other; null takes a key away. */
export function patchOf(before: EntityJson, after: EntityJson): EntityJson {
  const changed = Object.entries(after).filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(before[key]));
  const gone = Object.keys(before).filter((key) => after[key] === undefined);
  return { ...Object.fromEntries(changed), ...Object.fromEntries(gone.map((key) => [key, null])) };
}

/** A level whose reference is to become the numbers that it came to. */
export function asNumbers(level: LevelDraft, limit: RuleLimitJson | undefined): LevelDraft {
  const text = (n: number | undefined): string => (n === undefined ? '' : String(n));
  return { ...level, reference: null, at: text(limit?.at), high: text(limit?.high), low: text(limit?.low) };
}
