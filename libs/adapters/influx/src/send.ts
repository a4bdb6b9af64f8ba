import type { InfluxConnection } from './connection.js';

export type SendLimits = Readonly<{ /** In one request. */ lines: number; /** In one request. */ bytes: number }>;
/** The store's own advice: 5 000 lines a request; 5 MB keeps far from every server's limit. */
export const SEND_LIMITS: SendLimits = { lines: 5_000, bytes: 5_000_000 };

export type Send = Readonly<{ connection: InfluxConnection; bucket: string; limits: SendLimits }>;
type Line = Readonly<{ text: string; index: number }>;
/** A line that the store will never take. */
export type RefusedLine = Readonly<{ index: number; reason: string }>;

const IN_FLIGHT = 2;

/**
 * Writes all lines, or rejects with SeriesUnavailable: then any of them may be stored or not. What the store refuses for its content
 * is isolated by halving and returned; its neighbours are written.
 */
export async function sendLines(send: Send, lines: readonly string[]): Promise<readonly RefusedLine[]> {
  const parts = requestsOf(lines, send.limits);
  const refused: RefusedLine[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let part = parts[next++]; part !== undefined; part = parts[next++]) refused.push(...(await sendPart(send, part)));
  };
  const ends = await Promise.allSettled(Array.from({ length: Math.min(IN_FLIGHT, parts.length) }, worker));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return refused;
}

function requestsOf(lines: readonly string[], limits: SendLimits): readonly (readonly Line[])[] {
  const parts: Line[][] = [];
  let bytes = Infinity;
  for (const [index, text] of lines.entries()) {
    const size = Buffer.byteLength(text) + 1;
    if (bytes + size > limits.bytes || (parts.at(-1)?.length ?? 0) >= limits.lines) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)?.push({ text, index });
    bytes += size;
  }
  return parts;
}

/** At most two requests a line, if all are refused one by one. */
async function sendPart(send: Send, part: readonly Line[]): Promise<readonly RefusedLine[]> {
  const answer = await send.connection.write(send.bucket, part.map(({ text }) => text).join('\n'));
  if (answer.kind === 'stored') return [];
  const reason = answer.kind === 'refused' ? answer.reason : 'too large for one request';
  if (part.length === 1 || (answer.kind === 'refused' && answer.dropped === part.length))
    return part.map(({ index }) => ({ index, reason }));
  const middle = Math.ceil(part.length / 2);
  return [...(await sendPart(send, part.slice(0, middle))), ...(await sendPart(send, part.slice(middle)))];
}
