import type { Evidence, Millis, Said } from '@anlan/contracts';
import type { About } from '../../detector.js';
import type { Sample } from './sample.js';

/** A way to see that a level has changed. The score is in limits; `begun`: since when the method has been listening. */
export type Method<M> = Readonly<{
  start(): M;
  step(memory: M, sample: Sample, begun: Millis): number | undefined;
  explain(memory: M, about: About): Said;
  evidence(memory: M, about: About): Evidence | undefined;
}>;
