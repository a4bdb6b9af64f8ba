import { type Clock, type Hands, hands, type Holder, type Membership, type Shares, spread } from '@anlan/ports';

export type MemorySharesDeps = Readonly<{
  clock: Clock;
  /** Partitions of every topic. */
  partitions: number;
  onFailure?(partition: number, error: unknown): void;
}>;

type Member = { readonly own: Hands; leaving: boolean };
type Group = { readonly members: Map<string, Member>; joined: number; turn: Promise<void> };

/** Shares among members in one process. The only one gets everything at once. */
export function memoryShares({ clock, partitions, onFailure = () => undefined }: MemorySharesDeps): Shares {
  const groups = new Map<string, Group>();
  const groupOf = (name: string): Group => {
    const found = groups.get(name) ?? { members: new Map<string, Member>(), joined: 0, turn: Promise.resolve() };
    groups.set(name, found);
    return found;
  };
  /** One after the other: let go of what moves, then take it up. */
  const settle = (group: Group): Promise<void> => {
    group.turn = group.turn.then(async () => {
      const members = [...group.members];
      const staying = members.filter(([, { leaving }]) => !leaving);
      const target = spread(partitions, new Map(staying.map(([id, { own }]) => [id, own.inHand()])));
      for (const [id, { own }] of members) own.want(own.inHand().filter((partition) => target.get(id)?.includes(partition)));
      await Promise.all(members.map(([, { own }]) => own.letGo()));
      for (const [id, { own, leaving }] of members) own.want(leaving ? [] : (target.get(id) ?? []));
    });
    return group.turn;
  };

  return {
    async join(name: string, topic: string, holder: Holder): Promise<Membership> {
      const group = groupOf(`${name} ${topic}`);
      const id = `member-${String(group.joined++).padStart(6, '0')}`;
      const own = hands({ holder, clock, onFailure });
      const member: Member = { own, leaving: false };
      group.members.set(id, member);
      void settle(group);
      return {
        held: own.held,
        async leave() {
          member.leaving = true;
          await settle(group);
          group.members.delete(id);
        },
      };
    },
  };
}
