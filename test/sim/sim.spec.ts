import { checkAll } from '../check/checks.js';
import { MUTANTS } from './mutants.js';
import { runStory } from './story.js';

/** `SIM_SEEDS=1-300` (what `npm run sim -- --seeds` sets). */
const [FIRST, LAST] = (process.env['SIM_SEEDS'] ?? '1-60').split('-').map(Number) as [number, number];
const MUTANT_SEEDS = Number(process.env['SIM_MUTANT_SEEDS'] ?? 60);

/** Counters that a batch must see at least once, or it proves nothing. */
const SOMETIMES = [
  'message resent',
  'verdict repeated and absorbed',
  'red alarm',
  'retrospective record',
  'alarm acknowledged',
  'rise after an acknowledgement',
  'data gone stale',
  'dead letter',
  'duplicate reading',
  'notification merged',
  'notification cancelled by an acknowledgement',
  'same id sent again after an unknown outcome',
  'rule changed',
  'ingest killed after log.append',
  'rules killed after log.append',
  'rules killed after checkpoints.save',
  'recorder killed after series.write',
  'recorder killed after ledger.apply',
  'alarm killed after records.transact',
  'notifier killed after outbox.claim',
  'rules woke as a zombie',
  'rules fought a duel',
] as const;

const again = (seed: number): string => `npm run sim -- --seed ${seed}`;

describe('simulation of the whole pipeline', () => {
  test(`seeds ${FIRST} to ${LAST}: no invariant is violated, and the storm was a storm`, async () => {
    const seen = new Map<string, number>();
    const broken: string[] = [];
    let events = 0;
    for (let seed = FIRST; seed <= LAST; seed++) {
      const outcome = await runStory(seed);
      events += outcome.events;
      for (const [name, n] of outcome.sometimes) seen.set(name, (seen.get(name) ?? 0) + n);
      for (const { invariant, says } of checkAll(outcome.evidence).findings) broken.push(`${invariant}: ${says}   ← ${again(seed)}`);
      if (seed % 50 === 0) expect((await runStory(seed)).name).toBe(outcome.name);
    }
    process.stderr.write(`simulation: ${LAST - FIRST + 1} seeds, ${events} events, ${broken.length} violations\n`);
    expect(broken.slice(0, 20)).toEqual([]);
    if (LAST - FIRST >= 50) expect(SOMETIMES.filter((name) => !seen.get(name))).toEqual([]);
  }, 1_800_000);

  test.each(MUTANTS.map((mutant) => [mutant.name, mutant] as const))(
    'mutant "%s" is caught',
    async (_name, mutant) => {
      for (let seed = 1; seed <= MUTANT_SEEDS; seed++) {
        const found = await runStory(seed, mutant).then(
          (outcome) => checkAll(outcome.evidence).findings.map(({ invariant }) => invariant),
          (error: unknown) => [`threw ${String(error)}`],
        );
        if (found.length > 0) {
          process.stderr.write(`mutant ${mutant.name}: caught by ${[...new Set(found)].join(' ')} at seed ${seed}\n`);
          return;
        }
      }
      throw new Error(`${mutant.name} survived ${MUTANT_SEEDS} seeds`);
    },
    600_000,
  );
});
