/** One telemetry message on its way. `done` is called once: acknowledged, or dropped because the ring was full. */
export type Parcel = Readonly<{ payload: string; done?: (outcome: 'acked' | 'dropped') => void }>;
export type Sending = Readonly<{ id: number; parcel: Parcel; /** Sent before on an earlier connection. */ dup: boolean }>;

type Slot = { readonly parcel: Parcel; id: number; dup: boolean; acked: boolean };

/** Packet ids above this one are free for other uses. */
export const MAX_PACKET_ID = 60_000;

/**
 * What a device has still to deliver, in order.
 * O1  Nothing leaves the ring before its PUBACK; a lost connection sends it again, in the old order.
 * O2  At most `window` are in flight.
 * O3  A full ring drops its oldest unsent message and says so.
 */
export type Outbox = Readonly<{
  push(parcel: Parcel): void;
  /** The next one to send now, if the window has room. */
  next(): Sending | undefined;
  ack(id: number): void;
  rewind(): void;
  size(): number;
  inFlight(): number;
}>;

export function outbox({ limit, window }: Readonly<{ limit: number; window: number }>): Outbox {
  const slots: Slot[] = [];
  const flying = new Map<number, Slot>();
  let sent = 0;
  let lastId = 0;
  const nextId = (): number => {
    do lastId = (lastId % MAX_PACKET_ID) + 1;
    while (flying.has(lastId));
    return lastId;
  };
  const trim = (): void => {
    let done = 0;
    while (slots[done]?.acked) done += 1;
    if (done > 0) slots.splice(0, done);
    sent -= done;
  };
  return {
    push: (parcel) => {
      if (slots.length >= limit) {
        if (sent >= slots.length) return parcel.done?.('dropped');
        slots.splice(sent, 1).forEach((slot) => slot.parcel.done?.('dropped'));
      }
      slots.push({ parcel, id: 0, dup: false, acked: false });
    },
    next: () => {
      const slot = flying.size < window ? slots[sent] : undefined;
      if (!slot) return undefined;
      sent += 1;
      slot.id = nextId();
      flying.set(slot.id, slot);
      return { id: slot.id, parcel: slot.parcel, dup: slot.dup };
    },
    ack: (id) => {
      const slot = flying.get(id);
      if (!slot) return;
      flying.delete(id);
      slot.acked = true;
      trim();
      slot.parcel.done?.('acked');
    },
    rewind: () => {
      for (const slot of flying.values()) slot.dup = true;
      flying.clear();
      for (let i = slots.length - 1; i >= 0; i -= 1) if (slots[i]?.acked) slots.splice(i, 1);
      sent = 0;
    },
    size: () => slots.length,
    inFlight: () => flying.size,
  };
}
