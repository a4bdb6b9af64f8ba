import { ALARM_LEVELS, graver, type AlarmCountsJson, type Level, type LevelCountsJson, type RegistrySnapshot } from '@anlan/contracts';
import type { AlarmCounts } from '@anlan/ports';

/** All four colours, absent ones as 0. */
export function levelCounts(counts: Readonly<Record<string, number>> | undefined): LevelCountsJson {
  return Object.fromEntries(ALARM_LEVELS.map((level) => [level, counts?.[level] ?? 0])) as LevelCountsJson;
}

export function countsJson(counts: AlarmCounts): AlarmCountsJson {
  return {
    total: counts.total,
    byLevel: levelCounts(counts.byLevel),
    byAck: { ...counts.byAck },
    byWork: { ...counts.byWork },
    byDomain: Object.fromEntries(Object.entries(counts.byDomain).map(([domain, levels]) => [domain, levelCounts(levels)])),
    bySite: { ...counts.bySite },
    byRegion: { ...counts.byRegion },
    shelved: levelCounts(counts.shelved),
  };
}

/** Worst level of each region and of all regions above it. */
export function regionColours(registry: RegistrySnapshot, byRegion: Readonly<Record<string, Level>>): ReadonlyMap<string, Level> {
  const colours = new Map<string, Level>();
  for (const [code, level] of Object.entries(byRegion)) {
    const seen = new Set<string>();
    for (let at: string | undefined = code; at !== undefined && !seen.has(at); at = registry.regions.get(at)?.parent) {
      seen.add(at);
      colours.set(at, graver(colours.get(at) ?? 'normal', level));
    }
  }
  return colours;
}
