import { TOPICS } from '@anlan/contracts';
import { Fenced, pause, type Flow, type Shares } from '@anlan/ports';
import type { WarmUp } from '@anlan/rules';
import { heldPartitions } from '../held-partitions.js';
import { pump } from '../pump.js';
import { type RulesLoop, type RulesLoopDeps, rulesLoop } from './rules-loop.js';
import { warmUps, type WarmUpLimits } from './warm-ups.js';

export type RulesDeps = Omit<RulesLoopDeps, 'group'> &
  Readonly<{
    group?: string;
    /** Other bounds of what rules that begin anew are given of the past. */
    warmUps?: Partial<WarmUpLimits>;
    /** Who shares the partitions with other processes; absent: this process judges them all. */
    shares?: Shares;
    /** This process must end: another writer took over one of its partitions, or a saved state is broken. */
    onFatal?(error: unknown): void;
  }>;

/** Behind by more than this it does not keep up. */
const LAG_OK = 10_000;
const MEASURE_EVERY_MS = 1_000;

/** Readings into verdicts: read, judge by the pure engine, append, now and then save. One loop a partition, alike and apart. */
export function rulesFlow({ group = 'rules', shares, onFatal, ...rest }: RulesDeps): Flow {
  const deps: RulesLoopDeps = { ...rest, group };
  const { log, clock, meter, logger } = deps;
  /** What fails at present, by partition. */
  const troubles = new Map<number, string>();
  let fatal = '';
  let lag = 0;

  const held = heldPartitions<RulesLoop>({
    log,
    clock,
    shares,
    group,
    topic: TOPICS.readings,
    make: (partition) => rulesLoop(deps, partition),
    onTurn: (partition) => troubles.delete(partition),
    onFailure(partition, error) {
      meter.count('anlan_flow_failures_total', 1, { flow: group });
      if (!troubles.has(partition)) logger.warn('rules failed and are tried again', { partition, reason: String(error) });
      troubles.set(partition, String(error));
    },
    isFatal: (error) => error instanceof Fenced,
    onFatal(partition, error) {
      fatal = error instanceof Error ? String(error) : 'unknown';
      logger.error('rules have ended: another writer took over, or their state is broken', { partition, reason: fatal });
      onFatal?.(error);
    },
  });
  const measure = async (signal: AbortSignal): Promise<void> => {
    await pause(clock, MEASURE_EVERY_MS, signal);
    lag = await held.lag();
    meter.gauge('anlan_flow_lag', lag, { flow: group });
    meter.gauge('anlan_flow_partitions', held.works().size, { flow: group });
    meter.gauge(
      'anlan_rule_states',
      [...held.works().values()].reduce((sum, loop) => sum + loop.states(), 0),
    );
  };
  const gauges = pump({
    clock,
    pull: measure,
    onFailure: (error) => logger.warn('the lag of rules cannot be measured', { reason: String(error) }),
  });

  const { history } = rest;
  const waiting = (most: number): readonly WarmUp[] => [...held.works().values()].flatMap((loop) => loop.waiting(most)).slice(0, most);
  const warming = history && warmUps({ log, clock, meter, logger, history, waiting, limits: rest.warmUps ?? {} });

  return {
    name: group,
    async start() {
      await held.start();
      gauges.start();
      warming?.start();
    },
    async drain() {
      await warming?.drain();
      await Promise.all([gauges.drain(), held.drain()]);
    },
    health() {
      const saving = [...held.works().values()].map((loop) => loop.trouble());
      const said = [fatal, ...troubles.values(), ...saving].filter((text) => text !== '');
      return { ok: said.length === 0 && lag <= LAG_OK, lag, detail: said.join('; ') };
    },
  };
}
