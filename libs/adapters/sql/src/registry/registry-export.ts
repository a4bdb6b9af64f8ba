import { perKind, type BundleKind, type Collections, type PlainEntity } from '@anlan/contracts';
import type { Entity } from '@anlan/ports';
import type { Catalogue } from './registry-state.js';

const PERSONAL: ReadonlySet<string> = new Set(['phone', 'webhook']);

/** An entity without what is personal. */
export function publicEntity(entity: PlainEntity): Entity {
  return Object.fromEntries(Object.entries(entity).filter(([field]) => !PERSONAL.has(field)));
}

/** Everything that stands, by id; metrics of the packs are left out, credentials were never here. */
export function bundleOf(collections: Collections, catalogue: Catalogue, personal: boolean): Readonly<Record<string, unknown>> {
  const listOf = (kind: BundleKind): readonly Entity[] => {
    const sorted = [...collections[kind]].sort(([a], [b]) => (a < b ? -1 : 1));
    const own = kind === 'metrics' ? sorted.filter(([code, metric]) => catalogue.get(code) !== metric) : sorted;
    return own.map(([, entity]) => (kind === 'people' && !personal ? publicEntity(entity) : entity));
  };
  return { version: 1, ...perKind(listOf) };
}
