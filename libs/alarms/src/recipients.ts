/** Who is told about an alarm: routes are data, and the answer is never nobody (`rulings` 35). */
import type { AlarmLevel, ChannelName, Person, RegistrySnapshot, Told } from '@anlan/contracts';

/** Everybody who could be told: the registry's people, and those who answer when the registry names nobody. */
export type Audience = Readonly<{ registry: RegistrySnapshot; administrators: readonly Person[] }>;
export type Recipient = Readonly<{ person: Person; channels: readonly ChannelName[] }>;
export type Concern = Readonly<{ level: AlarmLevel; domain: string; regionCode: string; unitId: string | null }>;

/** Longest chain of regions that is followed upwards; bounds a loop in bad data. */
const MAX_REGION_DEPTH = 20;
/** Stands in when there is no person at all, so that the outbox still shows the message. */
const NOBODY: Person = { id: 'administrators', name: '管理员', unitId: '' };

/** Is `code` the region `ancestor` or somewhere below it? */
export function isWithin(registry: RegistrySnapshot, code: string, ancestor: string): boolean {
  let here: string | undefined = code;
  for (let depth = 0; here !== undefined && depth < MAX_REGION_DEPTH; depth += 1) {
    if (here === ancestor) return true;
    here = registry.regions.get(here)?.parent;
  }
  return false;
}

/** A webhook needs an address; whoever has none of the asked channels still gets the outbox. */
function usable(person: Person, channels: readonly ChannelName[]): readonly ChannelName[] {
  const reachable = channels.filter((channel) => channel !== 'webhook' || person.webhook !== undefined);
  return reachable.length === 0 ? ['outbox'] : reachable;
}

function byRoutes({ registry }: Audience, { level, domain, regionCode }: Concern): ReadonlyMap<string, ReadonlySet<ChannelName>> {
  const chosen = new Map<string, Set<ChannelName>>();
  for (const route of registry.routes) {
    const concerns =
      route.levels.includes(level) && (route.domain ?? domain) === domain && isWithin(registry, regionCode, route.regionCode ?? regionCode);
    if (!concerns) continue;
    for (const personId of route.personIds) chosen.set(personId, new Set([...(chosen.get(personId) ?? []), ...route.channels]));
  }
  return chosen;
}

function everybody(people: readonly Person[]): readonly Recipient[] {
  return people.map((person) => ({ person, channels: usable(person, ['outbox', 'webhook']) }));
}

/** People of all matching routes; none match: all people of the site's unit; it has none: the administrators. Sorted by person id. */
export function recipientsOf(audience: Audience, concern: Concern): readonly Recipient[] {
  const { registry, administrators } = audience;
  const routed = [...byRoutes(audience, concern)].flatMap(([personId, channels]) => {
    const person = registry.people.get(personId);
    return person ? [{ person, channels: usable(person, [...channels]) }] : [];
  });
  const ofUnit = [...registry.people.values()].filter(({ unitId }) => unitId === concern.unitId);
  const chosen = [routed, everybody(ofUnit), everybody(administrators)].find((people) => people.length > 0) ?? everybody([NOBODY]);
  return [...chosen].sort((left, right) => (left.person.id < right.person.id ? -1 : 1));
}

/** Those who were told before, for a recovery; people who left the registry are still told by the outbox under their id. */
export function recipientsAgain({ registry, administrators }: Audience, told: readonly Told[]): readonly Recipient[] {
  return told.map(({ personId, channel }) => {
    const person = registry.people.get(personId) ?? administrators.find(({ id }) => id === personId);
    return { person: person ?? { ...NOBODY, id: personId, name: personId }, channels: [channel] };
  });
}
