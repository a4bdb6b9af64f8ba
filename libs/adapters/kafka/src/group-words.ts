import kafkajs from 'kafkajs';

/** What a member says of itself when it joins. */
export type MemberWord = Readonly<{ held: readonly number[]; /** It is going and wants nothing more. */ leaving: boolean }>;

/** The only assignor of our groups. Its number changes when members of two versions could not share a group. */
export const ASSIGNOR = 'anlan-sticky-1';

/** In the form of Kafka's consumer protocol, so that its own tools can show the group. */
export function memberMetadata(topic: string, word: MemberWord): Buffer {
  const userData = Buffer.from(JSON.stringify(word));
  return kafkajs.AssignerProtocol.MemberMetadata.encode({ version: 1, topics: [topic], userData });
}

/** A member that says nothing readable holds nothing. */
export function memberWord(metadata: Buffer): MemberWord {
  try {
    const { userData } = kafkajs.AssignerProtocol.MemberMetadata.decode(metadata) ?? {};
    const word: unknown = JSON.parse(String(userData ?? ''));
    if (typeof word !== 'object' || word === null) return NOTHING;
    const held = 'held' in word && Array.isArray(word.held) ? word.held.filter((one): one is number => Number.isInteger(one)) : [];
    return { held, leaving: 'leaving' in word && word.leaving === true };
  } catch {
    return NOTHING;
  }
}
const NOTHING: MemberWord = { held: [], leaving: false };

export function memberAssignment(topic: string, partitions: readonly number[]): Buffer {
  return kafkajs.AssignerProtocol.MemberAssignment.encode({
    version: 1,
    assignment: { [topic]: [...partitions] },
    userData: Buffer.alloc(0),
  });
}

export function assignedPartitions(topic: string, assignment: Buffer): readonly number[] {
  return kafkajs.AssignerProtocol.MemberAssignment.decode(assignment)?.assignment[topic] ?? [];
}
