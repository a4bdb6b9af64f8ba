import { rankOf, type AlarmJson } from '@anlan/contracts';
import { byText } from './by-text.js';
import { source, type Signal } from './signal.js';

/** Changes are shown this often; the first unacknowledged red does not wait for it. */
export const BATCH_MS = 250;
/** Alarms kept in the page. Beyond it, blue and yellow that come new are counted, not kept; the board says so. */
export const MOST_KEPT = 20_000;
/** Closed ones kept for those who still look at them. */
const CLOSED_KEPT = 500;

export type AlarmsSnapshot = Readonly<{
  byId: ReadonlyMap<string, AlarmJson>;
  /** False until the first full list has come. */
  loaded: boolean;
  /** How many were not kept for want of room. */
  left: number;
}>;

export type AlarmStore = Signal<AlarmsSnapshot> &
  Readonly<{
    /** Newer facts about alarms, in any order; an older version than the one held is dropped. */
    offer(alarms: readonly AlarmJson[]): void;
    /** A whole list of open alarms whose request began at `askedAt` (server time, ms): what is missing in it and not newer is open no more. */
    replaceOpen(alarms: readonly AlarmJson[], askedAt: number): void;
    /** Shows what waits for its batch, now. */
    flush(): void;
    clear(): void;
  }>;

/** Is it one that people still have to do with. */
export function isOpenJson(alarm: Pick<AlarmJson, 'work' | 'retrospective'>): boolean {
  return !alarm.retrospective && alarm.work !== 'closed' && alarm.work !== 'false_alarm';
}

/** Red that nobody has seen and nobody has shelved: it breaks in everywhere, at once. */
export function isUrgentRed(alarm: AlarmJson): boolean {
  return alarm.level === 'red' && alarm.ack === 'unacked' && alarm.suppression === 'none' && isOpenJson(alarm);
}

/** Runs `work` after `ms`. Given from outside so that tests turn the clock. */
export type Later = (work: () => void, ms: number) => unknown;

const EMPTY: AlarmsSnapshot = { byId: new Map(), loaded: false, left: 0 };

/**
 * All alarms the page knows, by id; the newest version stands.
 * C1  A batch is shown at most BATCH_MS after its first alarm; the first unacknowledged red of a batch at once. (All reds at once would
 *     draw the page anew for each of a thousand.)
 * C2  An older version never replaces a newer one.
 * C3  Never more than MOST_KEPT are held, and red and orange are never left out for it.
 */
export function alarmStore(later: Later): AlarmStore {
  const shown = source<AlarmsSnapshot>(EMPTY);
  let waiting = new Map<string, AlarmJson>();
  let planned = false;
  let redShown = false;

  const flush = (): void => {
    if (waiting.size === 0) return;
    const batch = waiting;
    waiting = new Map();
    shown.set(merged(shown.get(), batch));
  };
  const endBatch = (): void => {
    planned = false;
    redShown = false;
    flush();
  };
  const offer = (alarms: readonly AlarmJson[]): void => {
    for (const alarm of alarms) {
      const known = waiting.get(alarm.id);
      if (known === undefined || alarm.version >= known.version) waiting.set(alarm.id, alarm);
    }
    if (waiting.size === 0) return;
    if (!redShown && alarms.some(isUrgentRed)) {
      redShown = true;
      flush();
    }
    if (planned) return;
    planned = true;
    later(endBatch, BATCH_MS);
  };
  return {
    get: shown.get,
    subscribe: shown.subscribe,
    offer,
    flush,
    replaceOpen: (alarms, askedAt) => {
      flush();
      const next = merged(shown.get(), new Map(alarms.map((alarm) => [alarm.id, alarm])));
      shown.set({ ...next, byId: withoutVanished(next.byId, new Set(alarms.map(({ id }) => id)), askedAt), loaded: true });
    },
    clear: () => {
      waiting = new Map();
      shown.set(EMPTY);
    },
  };
}

function merged(before: AlarmsSnapshot, batch: ReadonlyMap<string, AlarmJson>): AlarmsSnapshot {
  const byId = new Map(before.byId);
  let { left } = before;
  for (const [id, alarm] of batch) {
    const known = byId.get(id);
    if (known !== undefined && known.version > alarm.version) continue;
    if (known === undefined && byId.size >= MOST_KEPT && rankOf(alarm.level) < rankOf('orange')) left += 1;
    else byId.set(id, alarm);
  }
  return { ...before, byId: trimmed(byId), left };
}

/** Drops the closed ones that were touched longest ago, beyond CLOSED_KEPT; then the mildest, beyond MOST_KEPT. */
function trimmed(byId: Map<string, AlarmJson>): ReadonlyMap<string, AlarmJson> {
  const closed = [...byId.values()].filter((alarm) => !isOpenJson(alarm));
  if (closed.length > CLOSED_KEPT) {
    closed.sort((a, b) => byText(a.updatedAt, b.updatedAt));
    for (const { id } of closed.slice(0, closed.length - CLOSED_KEPT)) byId.delete(id);
  }
  if (byId.size > MOST_KEPT) {
    const mildest = [...byId.values()].sort((a, b) => rankOf(a.level) - rankOf(b.level) || byText(a.updatedAt, b.updatedAt));
    for (const { id, level } of mildest.slice(0, byId.size - MOST_KEPT)) if (rankOf(level) < rankOf('orange')) byId.delete(id);
  }
  return byId;
}

function withoutVanished(
  byId: ReadonlyMap<string, AlarmJson>,
  listed: ReadonlySet<string>,
  askedAt: number,
): ReadonlyMap<string, AlarmJson> {
  return new Map([...byId].filter(([id, alarm]) => listed.has(id) || !isOpenJson(alarm) || Date.parse(alarm.updatedAt) >= askedAt));
}
