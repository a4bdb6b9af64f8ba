/** Plain four-colour thresholds as a loop of a few lines, knowing nothing of the product: the oracle for its alarms. */
export type Limits = readonly Readonly<{ level: 'blue' | 'yellow' | 'orange' | 'red'; at: number; deadband: number }>[];
export type Change = Readonly<{ t: number; level: 'normal' | Limits[number]['level'] }>;

const LEVELS = ['blue', 'yellow', 'orange', 'red'] as const;
/** How much of the different values lies below each limit. */
const SHARES = [0.5, 0.7, 0.85, 0.95] as const;

/** Limits that the values themselves cross: as many of four as there are different values to set them at. */
export function ladderOf(values: readonly number[]): Limits {
  const different = [...new Set(values)].sort((a, b) => a - b);
  const ats = [
    ...new Set(SHARES.map((share) => different[Math.min(different.length - 1, Math.max(1, Math.floor(different.length * share)))] ?? 0)),
  ];
  return ats.map((at, i) => ({ level: LEVELS[i] ?? 'red', at, deadband: (at - (different[different.indexOf(at) - 1] ?? at)) * 1.5 }));
}

/** Up at or above the limit, down at or below limit − deadband; the gravest that is up is shown. */
export function changesOf(samples: readonly Readonly<{ t: number; v: number }>[], limits: Limits): readonly Change[] {
  const up = limits.map(() => false);
  const changes: Change[] = [];
  for (const { t, v } of samples) {
    limits.forEach(({ at, deadband }, i) => (up[i] = v >= at || (up[i] === true && v > at - deadband)));
    const level = limits[up.lastIndexOf(true)]?.level ?? 'normal';
    if (level !== (changes.at(-1)?.level ?? 'normal')) changes.push({ t, level });
  }
  return changes;
}
