import { TOPICS, alarmJson, type RegistrySnapshot } from '@anlan/contracts';
import { pause, type AlarmQueries, type Checkpoints, type Clock, type Log } from '@anlan/ports';

export type AlarmTopicDeps = Readonly<{
  log: Log;
  queries: AlarmQueries;
  checkpoints: Checkpoints;
  registry: Readonly<{ current(): RegistrySnapshot }>;
  clock: Clock;
}>;

/** Owner of the place up to which changes stand in the topic. */
const OWNER = 'alarm-topic';
const PAGE = 200;
const LOOK_EVERY_MS = 500;

/**
 * Copies alarms into `anlan.alarms.v1`, for other systems: each alarm as the API shows it, after each change or a few close ones.
 * It follows the records (what is not committed is never seen there), at least once, and the newest state of an alarm comes last.
 * Only one process does it at a time; a second one fences the first (C2).
 */
export function alarmTopic({ log, queries, checkpoints, registry, clock }: AlarmTopicDeps): Readonly<{
  open(): Promise<void>;
  turn(signal: AbortSignal): Promise<void>;
}> {
  let epoch = 0;
  let position = 0;
  return {
    async open() {
      ({ epoch, nextOffset: position } = await checkpoints.open(OWNER, 0));
    },
    async turn(signal) {
      const page = await queries.changesSince({ regionCodes: null }, position, PAGE);
      if (page.alarms.length === 0) return pause(clock, LOOK_EVERY_MS, signal);
      const snapshot = registry.current();
      await log.append(
        page.alarms.map((alarm) => ({ topic: TOPICS.alarms, key: alarm.id, value: JSON.stringify(alarmJson(alarm, snapshot)) })),
      );
      await checkpoints.save(OWNER, 0, epoch, page.position, { put: new Map(), drop: [] });
      position = page.position;
    },
  };
}
