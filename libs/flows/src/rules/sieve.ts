import type { Activation } from '@anlan/contracts';

/** Keeps of each activation what concerns one partition. To be given every activation once, in order. */
export type Sieve = (activation: Activation) => Activation;

/** A point belongs to the partition of its site; one that moves away is removed here and added there. */
export function sieve(isOurs: (siteId: string) => boolean): Sieve {
  const ours = new Set<string>();
  return (activation) => {
    const points = activation.points.filter(({ siteId }) => isOurs(siteId));
    const moved = activation.points.filter(({ siteId, pointId }) => !isOurs(siteId) && ours.has(pointId)).map(({ pointId }) => pointId);
    const removedPointIds = [...activation.removedPointIds.filter((id) => ours.has(id)), ...moved];
    for (const id of removedPointIds) ours.delete(id);
    for (const { pointId } of points) ours.add(pointId);
    return { ...activation, points, removedPointIds };
  };
}
