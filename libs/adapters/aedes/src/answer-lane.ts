export type Answer = (error?: Error | null) => void;
/** Answers of one connection leave in the order in which the messages came, however the work ends. */
export type AnswerLane = Readonly<{ run(work: Promise<void>, answer: Answer): void; inHand(): number }>;

type Slot = { settled: boolean; error: Error | undefined; readonly answer: Answer };

/** `onSettled` is told after each answer. `onCrash`: the answer itself threw, which must not reach other connections. */
export function answerLane({ onSettled, onCrash }: Readonly<{ onSettled(): void; onCrash(error: unknown): void }>): AnswerLane {
  const slots: Slot[] = [];
  const give = ({ answer, error }: Slot): void => {
    try {
      answer(error ?? null);
    } catch (crash) {
      onCrash(crash);
    }
  };
  const settle = (slot: Slot, error: Error | undefined): void => {
    slot.settled = true;
    slot.error = error;
    for (let first = slots[0]; first?.settled; first = slots[0]) {
      slots.shift();
      give(first);
      onSettled();
    }
  };
  return {
    run(work, answer) {
      const slot: Slot = { settled: false, error: undefined, answer };
      slots.push(slot);
      work.then(
        () => settle(slot, undefined),
        (error: unknown) => settle(slot, error instanceof Error ? error : new Error(String(error))),
      );
    },
    inHand: () => slots.length,
  };
}
