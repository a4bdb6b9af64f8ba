/** One server-sent event. `id` is the last one seen on this stream, '' before any. */
export type ServerEvent = Readonly<{ event: string; data: string; id: string }>;

/** A line longer than this is not ours; the reader gives up rather than grow. */
export const LONGEST_LINE = 4_000_000;

/**
 * Incremental parser of `text/event-stream` (HTML standard, 9.2.6): feed it text as it arrives, in any pieces, and it gives the
 * events that became complete. A comment line is dropped; an event without data too.
 */
export function eventParser(): (text: string) => readonly ServerEvent[] {
  let rest = '';
  let event = '';
  let data: string[] = [];
  let id = '';

  const dispatch = (into: ServerEvent[]): void => {
    if (data.length > 0) into.push({ event: event === '' ? 'message' : event, data: data.join('\n'), id });
    event = '';
    data = [];
  };
  const take = (line: string): void => {
    const colon = line.indexOf(':');
    if (colon === 0) return;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (field === 'event') event = value;
    else if (field === 'data') data.push(value);
    else if (field === 'id' && !value.includes('\0')) id = value;
  };

  return (text) => {
    const events: ServerEvent[] = [];
    rest += text;
    let from = 0;
    for (;;) {
      const end = lineEnd(rest, from);
      if (end === null) break;
      const line = rest.slice(from, end.at);
      from = end.next;
      if (line === '') dispatch(events);
      else take(line);
    }
    rest = rest.slice(from);
    if (rest.length > LONGEST_LINE) throw new RangeError('line of the stream too long');
    return events;
  };
}

/** Where the line that begins at `from` ends. A CR at the very end waits: its LF may be in the next piece. */
function lineEnd(text: string, from: number): Readonly<{ at: number; next: number }> | null {
  for (let at = from; at < text.length; at += 1) {
    const char = text[at];
    if (char === '\n') return { at, next: at + 1 };
    if (char !== '\r') continue;
    if (at + 1 === text.length) return null;
    return { at, next: text[at + 1] === '\n' ? at + 2 : at + 1 };
  }
  return null;
}
