/** What a setting may be, and how its text is read. Every reader answers a value or one fault in words. */
import { existsSync } from 'node:fs';

export type Parsed<T> = Readonly<{ value: T }> | Readonly<{ fault: string }>;
export type SettingSpec<T> = Readonly<{
  fallback: string | null;
  shown?: string;
  help: string;
  secret?: boolean;
  parse(text: string | null): Parsed<T>;
}>;

/** What the settings of a table come to. */
export type ValuesOf<T> = { readonly [N in keyof T]: T[N] extends SettingSpec<infer V> ? V : never };

export const ok = <T>(value: T): Parsed<T> => ({ value });
export const bad = (fault: string): Parsed<never> => ({ fault });

const DURATION_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

export function text(): (value: string | null) => Parsed<string> {
  return (value) => (value === null || value === '' ? bad('must not be empty') : ok(value));
}

export function optionalText(minLength = 1): (value: string | null) => Parsed<string | null> {
  return (value) => (value === null ? ok(null) : value.length < minLength ? bad(`must have at least ${minLength} characters`) : ok(value));
}

export function port(): (value: string | null) => Parsed<number> {
  return (value) => {
    const number = Number(value);
    return /^\d{1,5}$/.test(value ?? '') && number <= 65_535 ? ok(number) : bad('must be a port number from 0 to 65535 (0: any free port)');
  };
}

export function whole(min: number, max: number): (value: string | null) => Parsed<number> {
  return (value) => {
    const number = Number(value);
    return /^\d{1,12}$/.test(value ?? '') && number >= min && number <= max
      ? ok(number)
      : bad(`must be a whole number from ${min} to ${max}`);
  };
}

export function fraction(): (value: string | null) => Parsed<number> {
  return (value) => {
    const number = Number(value);
    return /^[01](\.\d{1,9})?$/.test(value ?? '') && number <= 1 ? ok(number) : bad('must be a number from 0 to 1, such as 0.01');
  };
}

export function oneOf<const T extends string>(...words: readonly T[]): (value: string | null) => Parsed<T> {
  return (value) => {
    const word = words.find((candidate) => candidate === value);
    return word === undefined ? bad(`must be one of ${words.join(', ')}`) : ok(word);
  };
}

/** A length of time such as `90d`, `12h`, or `off`, in ms; null for off. */
export function retention(): (value: string | null) => Parsed<number | null> {
  return (value) => {
    if (value === 'off') return ok(null);
    const match = /^(\d{1,6})(ms|s|m|h|d)$/.exec(value ?? '');
    if (!match) return bad('must be a length of time such as 400d or 12h, or off');
    const [, count, unit] = match;
    const ms = Number(count) * DURATION_MS[unit as keyof typeof DURATION_MS];
    return ms > 0 ? ok(ms) : bad('must be longer than nothing');
  };
}

export function optionalUrl(...schemes: readonly string[]): (value: string | null) => Parsed<string | null> {
  const allowed = schemes.length > 0 ? schemes : ['http', 'https'];
  return (value) => {
    if (value === null) return ok(null);
    const url = URL.canParse(value) ? new URL(value) : null;
    if (!url || !allowed.includes(url.protocol.slice(0, -1))) return bad(`must be an address with ${allowed.join(' or ')}`);
    return ok(value.replace(/\/+$/, ''));
  };
}

export function matching(pattern: RegExp, fault: string): (value: string | null) => Parsed<string> {
  return (value) => (pattern.test(value ?? '') ? ok(value ?? '') : bad(fault));
}

/** Items separated by commas, each of a form; null where nothing is set. */
export function optionalList(item: RegExp, form: string): (value: string | null) => Parsed<readonly string[] | null> {
  return (value) => {
    if (value === null) return ok(null);
    const items = value.split(',').map((one) => one.trim());
    return items.every((one) => item.test(one)) ? ok(items) : bad(`must be a list of ${form}, separated by commas`);
  };
}

export function list(): (value: string | null) => Parsed<readonly string[]> {
  return (value) =>
    ok(
      (value ?? '')
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== ''),
    );
}

export function optionalFile(): (value: string | null) => Parsed<string | null> {
  return (value) => (value === null || existsSync(value) ? ok(value) : bad(`names a file that is not there: ${value}`));
}

export const setting = <T>(spec: SettingSpec<T>): SettingSpec<T> => spec;
