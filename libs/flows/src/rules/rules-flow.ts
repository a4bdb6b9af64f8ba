import { TOPICS } from '@anlan/contracts';
import { Fenced, pause, type Flow } from '@anlan/ports';
import { pump } from '../pump.js';
import { rulesLoop, type RulesLoop, type RulesLoopDeps } from './rules-loop.js';

/** `partitions`: those that this process judges; absent: all. */
export type RulesDeps = Omit<RulesLoopDeps, 'group'> & Readonly<{ group?: string; partitions?: readonly number[] }>;

/** Behind by more than this it does not keep up. */
const LAG_OK = 10_000;
const MEASURE_EVERY_MS = 1_000;

/** Readings into verdicts: read, judge by the pure engine, append, now and then save. One loop a partition, alike and apart. */
export function rulesFlow({ group = 'rules', partitions, ...rest }: RulesDeps): Flow {
  const deps: RulesLoopDeps = { ...rest, group };
  const { log, clock, meter, logger } = deps;
  const mine = partitions ?? Array.from({ length: log.partitions(TOPICS.readings) }, (_, partition) => partition);
  const runs = mine.map((partition) => run(partition));
  let fatal = '';
  let lag = 0;

  function run(partition: number): { loop: RulesLoop; pump: ReturnType<typeof pump>; trouble: string } {
    const loop = rulesLoop(deps, partition);
    const state = { loop, trouble: '', pump: pump({ clock, pull, onFailure, isFatal: (error) => error instanceof Fenced }) };
    return state;

    async function pull(signal: AbortSignal): Promise<void> {
      await loop.turn(signal);
      state.trouble = '';
    }
    function onFailure(error: unknown): void {
      meter.count('anlan_flow_failures_total', 1, { flow: group });
      if (state.trouble === '') logger.warn('rules failed and are tried again', { partition, reason: String(error) });
      state.trouble = String(error);
    }
  }

  const measure = async (signal: AbortSignal): Promise<void> => {
    await pause(clock, MEASURE_EVERY_MS, signal);
    lag = (await Promise.all(runs.map(({ loop }) => loop.lag()))).reduce((sum, each) => sum + each, 0);
    meter.gauge('anlan_flow_lag', lag, { flow: group });
    meter.gauge(
      'anlan_rule_states',
      runs.reduce((sum, { loop }) => sum + loop.states(), 0),
    );
  };
  const gauges = pump({
    clock,
    pull: measure,
    onFailure: (error) => logger.warn('the lag of rules cannot be measured', { reason: String(error) }),
  });
  const died = (error: unknown): void => {
    if (error === undefined) return;
    fatal = error instanceof Error ? String(error) : 'unknown';
    logger.error('rules have ended: another writer took over, or their state is broken', { reason: fatal });
  };
  const close = async (loop: RulesLoop): Promise<void> => {
    try {
      await loop.close();
    } catch (error) {
      // Nothing is lost: the next start judges again from the last checkpoint.
      logger.warn('rules could not save at the end', { reason: String(error) });
    }
  };

  return {
    name: group,
    async start() {
      for (const { loop } of runs) await loop.open();
      gauges.start();
      for (const each of runs) {
        each.pump.start();
        void each.pump.ended.then(died);
      }
    },
    async drain() {
      await Promise.all([gauges.drain(), ...runs.map((each) => each.pump.drain())]);
      if (fatal === '') await Promise.all(runs.map(({ loop }) => close(loop)));
    },
    health() {
      const troubles = [fatal, ...runs.flatMap(({ loop, trouble }) => [trouble, loop.trouble()])].filter((text) => text !== '');
      return { ok: troubles.length === 0 && lag <= LAG_OK, lag, detail: troubles.join('; ') };
    },
  };
}
