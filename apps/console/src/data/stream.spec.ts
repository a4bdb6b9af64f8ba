/** @jest-environment node */
import { jest } from '@jest/globals';
import type { StreamEventJson } from '@anlan/contracts';
import { ApiProblem } from './problem.js';
import { SILENCE_MS, followStream, streamEventOf, type LinkState } from './stream.js';

type Opened = Readonly<{ headers: Readonly<Record<string, string>>; signal: AbortSignal; say(text: string): void; end(): void }>;

function stage(answer: () => ApiProblem | null = () => null) {
  const opened: Opened[] = [];
  const states: LinkState[] = [];
  const events: StreamEventJson[] = [];
  const stop = followStream({
    chance: () => 0.5,
    onEvent: (event) => events.push(event),
    onState: (state) => states.push(state),
    client: {
      open: (_path, headers, signal) => {
        const refusal = answer();
        if (refusal !== null) return Promise.reject(refusal);
        const body = new ReadableStream<Uint8Array>({
          start: (controller) => {
            signal.addEventListener('abort', () => controller.error(new Error('aborted')));
            opened.push({
              headers,
              signal,
              say: (text) => controller.enqueue(new TextEncoder().encode(text)),
              end: () => controller.close(),
            });
          },
        });
        return Promise.resolve(new Response(body));
      },
    },
  });
  return { opened, states, events, stop };
}

const settle = async (): Promise<void> => {
  for (let i = 0; i < 20; i += 1) await Promise.resolve();
};

describe('followStream', () => {
  beforeEach(() => void jest.useFakeTimers({ doNotFake: ['queueMicrotask'] }));
  afterEach(() => void jest.useRealTimers());

  test('gives known events and resumes by the last id after the stream ends', async () => {
    const { opened, events, states, stop } = stage();
    await settle();
    opened[0]?.say('event: heartbeat\nid: 41\ndata: {"lagMs":0}\n\nevent: of-next-year\nid: 42\ndata: {}\n\n');
    await settle();
    expect(events.map(({ event }) => event)).toEqual(['heartbeat']);
    expect(states).toEqual(['connecting', 'live']);
    opened[0]?.end();
    await settle();
    expect(states.at(-1)).toBe('lost');
    await jest.advanceTimersByTimeAsync(1_000);
    expect(opened[1]?.headers['last-event-id']).toBe('42');
    stop();
  });

  test('takes silence for loss and connects again', async () => {
    const { opened, states, stop } = stage();
    await settle();
    opened[0]?.say('event: heartbeat\nid: 1\ndata: {}\n\n');
    await settle();
    await jest.advanceTimersByTimeAsync(SILENCE_MS - 1);
    expect(opened).toHaveLength(1);
    await jest.advanceTimersByTimeAsync(2_000);
    expect(states).toContain('lost');
    expect(opened.length).toBeGreaterThan(1);
    expect(opened[0]?.signal.aborted).toBe(true);
    stop();
  });

  test('waits longer each time, and not at all for a session that has ended', async () => {
    let tries = 0;
    const down = stage(() => {
      tries += 1;
      return new ApiProblem({ status: 0, code: 'no_answer' });
    });
    await settle();
    await jest.advanceTimersByTimeAsync(60_000);
    down.stop();
    expect(tries).toBeGreaterThan(4);
    expect(tries).toBeLessThan(12);
    let refused = 0;
    const out = stage(() => {
      refused += 1;
      return new ApiProblem({ status: 401, code: 'unauthorized' });
    });
    await jest.advanceTimersByTimeAsync(60_000);
    expect(refused).toBe(1);
    expect(out.states.at(-1)).toBe('lost');
  });

  test('a broken event is dropped, not fatal', () => {
    expect(streamEventOf({ event: 'alarm', data: '{', id: '' })).toBeNull();
  });
});
