import { QueryClient } from '@tanstack/react-query';
import type { AlarmJson, HeartbeatJson, PageJson, ReadingEventJson, StreamEventJson } from '@anlan/contracts';
import { alarmStore, type AlarmStore } from './alarm-store.js';
import { httpClient, type Client } from './client.js';
import { ApiProblem } from './problem.js';
import { sessionOf, type Session } from './session.js';
import { source, type Signal } from './signal.js';
import { followStream, type LinkState } from './stream.js';

export type Link = Readonly<{
  state: LinkState;
  /** Server time of the last heartbeat; null before the first. */
  heardAt: number | null;
  /** Since when the link is lost, server time. */
  lostAt: number | null;
  /** How long acknowledged readings wait to be stored. */
  lagMs: number;
  /** False when the server says of itself that it is not all there. */
  ready: boolean;
}>;
export type NewestReading = ReadingEventJson['items'][number];

/** All that the screens share. Made once in main; tests and the sheet make their own. */
export type Core = Readonly<{
  client: Client;
  session: Session;
  alarms: AlarmStore;
  link: Signal<Link>;
  /** Server time in ms, one step a second. */
  clock: Signal<number>;
  /** Newest readings heard on the stream, by point. */
  readings: Signal<ReadonlyMap<string, NewestReading>>;
  queries: QueryClient;
  /** Server time now. */
  now(): number;
  /** Reads the open alarms afresh. */
  reload(): Promise<void>;
  stop(): void;
}>;

/** Points whose newest reading is remembered from the stream. */
const READINGS_KEPT = 5_000;
const PAGE = 500;
/** 20 000 alarms, as many as the store keeps. */
const MOST_PAGES = 40;
const AT_START: Link = { state: 'connecting', heardAt: null, lostAt: null, lagMs: 0, ready: true };

export type CoreDeps = Readonly<{ fetch: typeof globalThis.fetch; base: string; localNow(): number; chance(): number }>;

export function consoleCore({ fetch, base, localNow, chance }: CoreDeps): Core {
  let offset = 0;
  const now = (): number => localNow() + offset;
  const link = source<Link>(AT_START);
  const clock = source(now());
  const readings = source<ReadonlyMap<string, NewestReading>>(new Map());
  const alarms = alarmStore((work, ms) => setTimeout(work, ms));
  const session: Session = sessionOf(() => client);
  const client: Client = httpClient({ fetch, base, token: () => session.token(), onExpired: () => session.expire() });
  const queries = new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        refetchOnWindowFocus: false,
        retry: (count, error) => count < 2 && error instanceof ApiProblem && (error.status === 0 || error.status >= 500),
      },
    },
  });

  const reload = async (): Promise<void> => {
    const askedAt = now();
    const all = await openAlarms(client, (page) => alarms.offer(page));
    alarms.replaceOpen(all, askedAt);
  };
  const reloadSoon = (): void => void reload().catch(() => setTimeout(() => session.token() !== null && reloadSoon(), 5_000));

  const heard = (beat: HeartbeatJson): void => {
    const serverTime = Date.parse(beat.serverTime);
    offset = serverTime - localNow();
    clock.set(serverTime);
    link.set({ state: 'live', heardAt: serverTime, lostAt: null, lagMs: beat.lagMs, ready: beat.ready });
  };
  const onEvent = ({ event, data }: StreamEventJson): void => {
    switch (event) {
      case 'alarm':
        return alarms.offer([data]);
      case 'overview':
        return void queries.setQueryData(['overview'], data);
      case 'reading':
        return readings.set(withReadings(readings.get(), data.items));
      case 'heartbeat':
        return heard(data);
      case 'device':
        return void queries.invalidateQueries({ queryKey: ['devices'] });
      case 'registry':
        return void queries.invalidateQueries();
      case 'resync':
        return reloadSoon();
    }
  };
  const onState = (state: LinkState): void => {
    const before = link.get();
    if (state === before.state) return;
    link.set({ ...before, state, lostAt: state === 'lost' ? (before.lostAt ?? before.heardAt ?? now()) : null });
    if (state === 'live') {
      reloadSoon();
      void queries.invalidateQueries();
    }
  };

  let stopStream: (() => void) | null = null;
  const leaveStream = (): void => {
    stopStream?.();
    stopStream = null;
  };
  const unsubscribe = session.subscribe(() => {
    const { kind } = session.get();
    leaveStream();
    if (kind === 'in') {
      link.set(AT_START);
      reloadSoon();
      stopStream = followStream({ client, chance, onEvent, onState });
    }
    if (kind === 'expired') link.set({ ...link.get(), state: 'lost', lostAt: link.get().heardAt ?? now() });
    if (kind === 'out') {
      alarms.clear();
      queries.clear();
      readings.set(new Map());
    }
  });
  const ticker = setInterval(() => clock.set(now()), 1_000);
  const stop = (): void => {
    clearInterval(ticker);
    leaveStream();
    unsubscribe();
  };
  return { client, session, alarms, link, clock, readings, queries, now, reload, stop };
}

async function openAlarms(client: Client, onPage: (page: readonly AlarmJson[]) => void): Promise<readonly AlarmJson[]> {
  const all: AlarmJson[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const answer = await client.get<PageJson<AlarmJson>>('/alarms', { open: true, sort: 'urgency', limit: PAGE, cursor });
    all.push(...answer.items);
    onPage(answer.items);
    if (answer.nextCursor === null) break;
    cursor = answer.nextCursor;
  }
  return all;
}

function withReadings(known: ReadonlyMap<string, NewestReading>, items: readonly NewestReading[]): ReadonlyMap<string, NewestReading> {
  const next = new Map(known);
  for (const item of items) {
    const before = next.get(item.pointId);
    if (before !== undefined && before.t > item.t) continue;
    next.delete(item.pointId);
    next.set(item.pointId, item);
  }
  for (const oldest of next.keys()) {
    if (next.size <= READINGS_KEPT) break;
    next.delete(oldest);
  }
  return next;
}
