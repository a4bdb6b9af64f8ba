import { createHash } from 'node:crypto';

/** A place in a trace, as W3C `traceparent`: `00-<trace, 32 hex>-<span, 16 hex>-<01: told, 00: not told>`. */
export type TracePlace = string;

/** A piece of work that is over. Times in ms since 1970. */
export type Span = Readonly<{
  at: TracePlace;
  /** What it followed from; absent at the beginning of a trace. */
  parent?: TracePlace;
  /** Whose work it was, whichever process tells of it. */
  app: string;
  name: string;
  kind: 'server' | 'consumer' | 'client';
  from: number;
  to: number;
  /** Never secrets, phone numbers, texts or payloads. */
  facts: Readonly<Record<string, string | number>>;
  /** Why it did not succeed. */
  failed?: string;
}>;

/** Where spans go. Never throws, never waits. */
export type Tracer = Readonly<{
  /** False: nobody needs to make or carry places. */
  on: boolean;
  /** A place for what has come in from outside; undefined when off. */
  begin(): TracePlace | undefined;
  tell(span: Span): void;
}>;

/** Traces nothing. */
export const silentTracer: Tracer = { on: false, begin: () => undefined, tell: () => undefined };

const FORM = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
const TRACE_END = 35;
const SPAN_END = 52;

/** A `traceparent` from outside; undefined for anything else. */
export function tracePlace(text: string): TracePlace | undefined {
  return FORM.test(text) ? text : undefined;
}

/** Is the span of this place told by whoever made it. */
export function isTold(place: TracePlace): boolean {
  return (Number.parseInt(place.slice(-1), 16) & 1) === 1;
}

/** The beginning of a trace that follows from a key alone: whoever knows the key finds the same place, whatever crashed in between. */
export function placeFrom(key: string): TracePlace {
  const hash = createHash('sha256').update(key).digest('hex');
  return `00-${hash.slice(0, 32)}-${hash.slice(32, 48)}-00`;
}

/** A place after `parent` in its trace. The same key after the same parent is the same place, so that work done again is not another span. */
export function placeAfter(parent: TracePlace, key: string): TracePlace {
  const hash = createHash('sha256')
    .update(`${parent.slice(0, SPAN_END)}|${key}`)
    .digest('hex');
  return `${parent.slice(0, TRACE_END)}-${hash.slice(0, 16)}-01`;
}

/** Ids of a place. */
export function idsOf(place: TracePlace): Readonly<{ traceId: string; spanId: string }> {
  return { traceId: place.slice(3, TRACE_END), spanId: place.slice(TRACE_END + 1, SPAN_END) };
}
