import type { Kind } from '../kinds/kind.js';
import { parseVote, VOTE_KEYS } from './parse-vote.js';
import { voteDetector, type VoteTrace } from './vote-detector.js';

/** Several points together. Who votes on what is the rule's shape; hours and modes are those of the rules that it looks at. */
export const vote: Kind<'vote', VoteTrace> = {
  keys: VOTE_KEYS,
  isUngated: true,
  parse: parseVote,
  detector: voteDetector,
  shape: ({ place, way, rules, items, windowMs, domains }) => [place, way, rules, items, windowMs, domains],
  // What its members show is known at once.
  reach: () => 0,
};
