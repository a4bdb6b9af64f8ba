/**
 * Acknowledgements of one connection, in the order in which the messages came (MQTT-4.6.0-2), many in flight.
 * Those that become due in one turn of the event loop leave in one write.
 */
export type AckLane = Readonly<{
  /** `messageId` 0 (QoS 0) keeps its place and says nothing. */
  add(messageId: number): Readonly<{ done(): void }>;
  /** Writes at once what is due. */
  flush(): void;
}>;

type Slot = { readonly messageId: number; settled: boolean };
/** Taking elements off the front of an array copies the rest: the lane is cleared in strides. */
const STRIDE = 512;

export function ackLane(write: (messageIds: readonly number[]) => void): AckLane {
  const slots: Slot[] = [];
  let first = 0;
  let flushing = false;
  const flush = (): void => {
    flushing = false;
    const due: number[] = [];
    for (let slot = slots[first]; slot?.settled; slot = slots[++first]) if (slot.messageId !== 0) due.push(slot.messageId);
    if (first >= STRIDE || first === slots.length) {
      slots.splice(0, first);
      first = 0;
    }
    if (due.length > 0) write(due);
  };
  return {
    add(messageId) {
      const slot: Slot = { messageId, settled: false };
      slots.push(slot);
      return {
        done() {
          slot.settled = true;
          if (flushing || slots[first]?.settled !== true) return;
          flushing = true;
          setImmediate(flush);
        },
      };
    },
    flush,
  };
}
