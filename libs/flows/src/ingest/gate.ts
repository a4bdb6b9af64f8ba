/** Most that may be in hand at once. */
export type GateLimits = Readonly<{ messages: number; bytes: number }>;
/** Bounds what is in hand; who comes later waits in line, in order of arrival. */
export type Gate = Readonly<{
  /** Undefined when there is room now. Every `enter` that was let in needs its `leave`. */
  enter(bytes: number): Promise<void> | undefined;
  leave(bytes: number): void;
  inHand(): number;
}>;

type Waiting = Readonly<{ bytes: number; open: () => void }>;

/** A gate with room for so many messages and bytes. One message alone always has room. */
export function gate(limits: GateLimits): Gate {
  const line: Waiting[] = [];
  let messages = 0;
  let held = 0;
  const hasRoom = (bytes: number): boolean => messages === 0 || (messages < limits.messages && held + bytes <= limits.bytes);
  const take = (bytes: number): void => {
    messages += 1;
    held += bytes;
  };
  return {
    enter(bytes) {
      if (line.length === 0 && hasRoom(bytes)) {
        take(bytes);
        return undefined;
      }
      return new Promise((open) => {
        line.push({ bytes, open });
      });
    },
    leave(bytes) {
      messages -= 1;
      held -= bytes;
      for (let first = line[0]; first && hasRoom(first.bytes); first = line[0]) {
        line.shift();
        take(first.bytes);
        first.open();
      }
    },
    inHand: () => messages + line.length,
  };
}
