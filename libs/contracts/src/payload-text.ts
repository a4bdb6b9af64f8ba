import type { DeadLetterCode } from './dead-letter.js';

/** Why a device's message, or one reading of it, was not taken: a stable code, a plain sentence, and the part as text that can be tried again. */
export type Refusal = Readonly<{ code: DeadLetterCode; reason: string; part: string }>;
export type Decoded = Readonly<{ kind: 'json'; value: unknown }> | Readonly<{ kind: 'refused'; refusal: Refusal }>;

/** Characters of an offending part that a dead letter keeps. */
export const MAX_PART_CHARS = 4_000;
/** Deepest nesting of arrays and objects in what a device sends. */
export const MAX_PAYLOAD_DEPTH = 6;

const strict = new TextDecoder('utf-8', { fatal: true });
const lenient = new TextDecoder('utf-8');
// Bytes that SQLite or PostgreSQL text would cut at or refuse, and that upset a terminal.
// eslint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffe\uffff]/g;

/** JSON of a device's message, after the bounds that keep parsing cheap: size, text, depth. A refused message gives one refusal. */
export function decodeJson(payload: Uint8Array | string, maxBytes: number): Decoded {
  if (payload.length === 0) return refuse('empty', 'the message is empty', '');
  if (payload.length > maxBytes)
    return refuse('too_large', `the message has ${payload.length} bytes, ${maxBytes} are allowed`, excerpt(payload));
  const text = textOf(payload);
  if (text === undefined) return refuse('text_bad', 'the message is not UTF-8', excerpt(payload));
  if (isTooDeep(text)) return refuse('too_deep', `the message is nested deeper than ${MAX_PAYLOAD_DEPTH}`, excerpt(text));
  try {
    return { kind: 'json', value: JSON.parse(text) };
  } catch {
    return refuse('not_json', 'the message is not JSON', excerpt(text));
  }
}

function refuse(code: DeadLetterCode, reason: string, part: string): Decoded {
  return { kind: 'refused', refusal: { code, reason, part } };
}

function textOf(payload: Uint8Array | string): string | undefined {
  if (typeof payload === 'string') return payload;
  try {
    return strict.decode(payload);
  } catch {
    return undefined;
  }
}

/** Readable beginning of what a device sent, safe in any text column. */
export function excerpt(payload: Uint8Array | string): string {
  // At most four bytes a character: enough for the characters that are kept.
  const text = typeof payload === 'string' ? payload : lenient.decode(payload.subarray(0, MAX_PART_CHARS * 4));
  return text.slice(0, MAX_PART_CHARS).replace(CONTROLS, '\ufffd');
}

const QUOTE = 34;
const BACKSLASH = 92;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

/** One pass over the characters, before anything is built. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (quoted) {
      if (code === BACKSLASH) at += 1;
      else if (code === QUOTE) quoted = false;
    } else if (code === QUOTE) quoted = true;
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      depth += 1;
      if (depth > MAX_PAYLOAD_DEPTH) return true;
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth -= 1;
  }
  return false;
}

/** A JSON object, not an array and not null. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
