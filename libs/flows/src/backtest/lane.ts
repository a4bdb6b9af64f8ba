import { keyText, type Activation, type Millis, type Reading, type ReadingsLogValue, type Verdict } from '@anlan/contracts';
import { createEngine } from '@anlan/rules';

/** One engine with a log of its own, whose time is that of its readings. */
export type Lane = Readonly<{
  /** Takes further readings, in the order of their times. */
  feed(readings: readonly Reading[]): void;
  /** Lets time pass, as far as held values count. */
  until(t: Millis): void;
}>;

export type LaneSetup = Readonly<{
  activation: Activation;
  /** May readings of several moments share a record while all is calm. Only for one point, and not where silence is judged. */
  isAlone: boolean;
  onVerdict(verdict: Verdict): void;
}>;

const MOST_IN_RECORD = 512;

export function lane({ activation, isAlone, onVerdict }: LaneSetup): Lane {
  // Ids of verdicts are not kept, so their text does as a digest.
  const engine = createEngine({ partition: 0, digest: (text) => text });
  /** Keys whose condition is not at rest: something of them may be due though nothing arrives. */
  const restless = new Set<string>();
  let offset = 0;
  let at: Millis = -Infinity;

  const step = (value: ReadingsLogValue, activations?: readonly Activation[]): void => {
    for (const verdict of engine.step({ offset, at, value }, activations)) {
      if (verdict.process === 'normal') restless.delete(keyText(verdict.key));
      else if (verdict.lane === 'live') restless.add(keyText(verdict.key));
      onVerdict(verdict);
    }
    offset += 1;
  };

  return {
    feed(readings) {
      const first = readings[0];
      if (first && offset === 0) {
        at = first.t;
        step({ kind: 'activation', version: activation.version, at }, [activation]);
      }
      for (let i = 0; i < readings.length;) {
        const end = isAlone && restless.size === 0 ? Math.min(i + MOST_IN_RECORD, readings.length) : endOfMoment(readings, i);
        const part = readings.slice(i, end);
        at = Math.max(at, readings[end - 1]?.t ?? at);
        step({ kind: 'readings', deviceId: '', siteId: '', arrivedAt: at, readings: part, rejected: 0, quarantined: 0 });
        i = end;
      }
    },
    until(t) {
      if (t <= at) return;
      at = t;
      step({ kind: 'tick', at });
    },
  };
}

/** Readings of one moment arrive together. */
function endOfMoment(readings: readonly Reading[], start: number): number {
  const t = readings[start]?.t;
  let end = start + 1;
  while (end < readings.length && end - start < MOST_IN_RECORD && readings[end]?.t === t) end += 1;
  return end;
}
