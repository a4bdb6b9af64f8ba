import type { StreamEventJson, StreamEventName } from '@anlan/contracts';
import type { Client } from './client.js';
import { ApiProblem } from './problem.js';
import { eventParser, type ServerEvent } from './sse.js';

/** `connecting` before the first event; `live` while heartbeats come; `lost` since `at` until they come again. */
export type LinkState = 'connecting' | 'live' | 'lost';

export type StreamDeps = Readonly<{
  client: Pick<Client, 'open'>;
  onEvent(event: StreamEventJson): void;
  onState(state: LinkState): void;
  /** 0 ≤ x < 1, spreads reconnects of many seats. */
  chance(): number;
}>;

/** Heartbeats come every 5 s; after this long without any word the link is taken for dead. */
export const SILENCE_MS = 12_000;
const WAITS_MS = [500, 1_000, 2_000, 4_000, 8_000, 15_000] as const;

const KNOWN = new Set<string>([
  'alarm',
  'reading',
  'overview',
  'device',
  'registry',
  'heartbeat',
  'resync',
] satisfies readonly StreamEventName[]);

/** The event as ours, or null when it is of a newer kind or broken: neither may stop the stream. */
export function streamEventOf({ event, data, id }: ServerEvent): StreamEventJson | null {
  if (!KNOWN.has(event)) return null;
  try {
    return { event, id, data: JSON.parse(data) as unknown } as StreamEventJson;
  } catch {
    return null;
  }
}

/**
 * Reads `GET /stream` until stopped: resumes by `Last-Event-ID`, reconnects with growing, spread waits, and takes silence for loss.
 * Gives up only on 401 and 403, which no waiting mends. Returns what stops it.
 */
export function followStream({ client, onEvent, onState, chance }: StreamDeps): () => void {
  let lastId = '';
  let failures = 0;
  const stop = new AbortController();

  const readOnce = async (): Promise<void> => {
    const attempt = new AbortController();
    const end = (): void => attempt.abort();
    stop.signal.addEventListener('abort', end);
    let watchdog = setTimeout(end, SILENCE_MS);
    try {
      const answer = await client.open(
        '/stream',
        { accept: 'text/event-stream', ...(lastId !== '' && { 'last-event-id': lastId }) },
        attempt.signal,
      );
      const reader = answer.body?.getReader();
      const decoder = new TextDecoder();
      const parse = eventParser();
      while (reader) {
        const { done, value } = await reader.read();
        if (done) return;
        clearTimeout(watchdog);
        watchdog = setTimeout(end, SILENCE_MS);
        for (const raw of parse(decoder.decode(value, { stream: true }))) {
          if (raw.id !== '') lastId = raw.id;
          const event = streamEventOf(raw);
          if (event === null) continue;
          failures = 0;
          onState('live');
          onEvent(event);
        }
      }
    } finally {
      clearTimeout(watchdog);
      stop.signal.removeEventListener('abort', end);
      attempt.abort();
    }
  };

  const run = async (): Promise<void> => {
    onState('connecting');
    while (!stop.signal.aborted) {
      const failure = await readOnce().then(
        () => null,
        (error: unknown) => error,
      );
      if (stop.signal.aborted) return;
      onState('lost');
      if (failure instanceof ApiProblem && (failure.status === 401 || failure.status === 403)) return;
      const wait = WAITS_MS[Math.min(failures, WAITS_MS.length - 1)] ?? 0;
      failures += 1;
      await pause(wait * (0.5 + chance()), stop.signal);
    }
  };
  void run();
  return () => stop.abort();
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
