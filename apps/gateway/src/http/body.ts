import type { Request } from 'express';
import { Refusal } from './refusal.js';

export type JsonBounds = Readonly<{ depth: number; keys: number }>;

/** Reads the whole body, at most `maxBytes`; refuses with 413 beyond it, before it is in memory. */
export async function readBody(request: Request, maxBytes: number): Promise<Buffer> {
  const tooLarge = (): Refusal => new Refusal('too_large', `The body may have ${maxBytes} bytes at most.`);
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge();
  if (request.headers['content-encoding'] !== undefined && request.headers['content-encoding'] !== 'identity')
    throw new Refusal('unsupported_type', 'Send the body without compression.');
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const part of request as AsyncIterable<Buffer>) {
      size += part.length;
      if (size > maxBytes) throw tooLarge();
      parts.push(part);
    }
  } catch (error) {
    throw error instanceof Refusal ? error : new Refusal('bad_request', 'The body was cut off.');
  }
  return Buffer.concat(parts);
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENERS = new Set([0x5b, 0x7b]);
const CLOSERS = new Set([0x5d, 0x7d]);
const COLON = 0x3a;

/** Depth and number of keys of a JSON text, without parsing it: a bomb is refused before it costs anything. */
export function measureJson(text: string): JsonBounds {
  let [depth, deepest, keys] = [0, 0, 0];
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (quoted) {
      if (code === BACKSLASH) at++;
      else if (code === QUOTE) quoted = false;
    } else if (code === QUOTE) quoted = true;
    else if (OPENERS.has(code)) deepest = Math.max(deepest, ++depth);
    else if (CLOSERS.has(code)) depth--;
    else if (code === COLON) keys++;
  }
  return { depth: deepest, keys };
}

/** JSON within bounds, as a plain value. */
export function parseJson(bytes: Buffer, bounds: JsonBounds): unknown {
  const text = decode(bytes);
  const { depth, keys } = measureJson(text);
  if (depth > bounds.depth) throw new Refusal('too_deep', `JSON may be nested ${bounds.depth} deep at most.`);
  if (keys > bounds.keys) throw new Refusal('too_deep', `JSON may have ${bounds.keys} keys at most.`);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new Refusal('not_json', 'The body is not valid JSON.');
  }
}

/** UTF-8 without a byte order mark; anything else is refused. */
export function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Refusal('not_json', 'The body is not valid UTF-8.');
  }
}
