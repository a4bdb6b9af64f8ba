import type { Said, VoteRule } from '@anlan/contracts';
import type { About, Detector } from '../detector.js';
import { COLOURS } from '../figures.js';
import { NO_TALLY, type Tally } from './tally.js';

/** The last tally of a vote; what is judged comes from the votes, so this only keeps it for the reason. */
export type VoteTrace = { tally: Tally };

/** The score of a vote is the rank voted, which the votes hand in as a reading. */
export function voteDetector(rule: VoteRule): Detector<VoteTrace> {
  return {
    unit: () => '',
    start: () => ({ tally: NO_TALLY }),
    step: (_, { v }) => v,
    explain: ({ tally }, about) => say(rule, tally, about),
    evidence: ({ tally }, { t }) => ({
      from: t,
      to: t,
      numbers: { rank: tally.rank, present: tally.present, total: tally.total, ...(tally.row && { need: tally.row.need }) },
      lines: [],
    }),
    save: ({ tally }) => tally,
    load: (saved) => ({ tally: saved as Tally }),
  };
}

function say({ way }: VoteRule, { row, who, present, total, rank }: Tally, { score }: About): Said {
  const left = present < total ? { zh: `；可表决 ${present}/${total}`, en: `; ${present} of ${total} can vote` } : { zh: '', en: '' };
  if (way.by === 'when') return { zh: `组合条件成立${left.zh}`, en: `the condition holds${left.en}` };
  if (!row || rank < score) return { zh: `原表决等级保持${left.zh}`, en: `held at the level voted before${left.en}` };
  const [of, gives] = [COLOURS[row.of], COLOURS[row.gives]];
  const names = who.join('、');
  return {
    zh: `至少 ${row.need} 个达到${of.zh}及以上，判为${gives.zh}：${names}${left.zh}`,
    en: `at least ${row.need} at ${of.en} or graver give ${gives.en}: ${who.join(', ')}${left.en}`,
  };
}

/** What is said when too few can vote. */
export function sayTooFew({ present, total }: Tally): Said {
  return { zh: `无法表决：可信测点 ${present}/${total}`, en: `unable to vote: ${present} of ${total} trusted` };
}
