import type { AlarmJson } from '@anlan/contracts';
import type { Core } from '../data/core.js';
import type { ApiProblem } from '../data/problem.js';
import { source, type Signal } from '../data/signal.js';
import { bulkRefusal, randomKey, sendCommand, toldChanges, type Command, type CommandOutcome, type ToldChange } from './commands.js';

/** What stands beside an alarm after a command: it is on its way, was refused, or met a change. */
export type Note =
  | Readonly<{ kind: 'sending' }>
  | Readonly<{ kind: 'changed'; changes: readonly ToldChange[] }>
  | Readonly<{ kind: 'refused'; problem: ApiProblem; command: Command }>;

/** Acts that ask something first. */
export type FormType = 'comment' | 'shelve' | 'markFalse' | 'reset';
export type Panel =
  | Readonly<{ kind: 'form'; type: FormType; alarm: AlarmJson }>
  | Readonly<{ kind: 'second'; alarm: AlarmJson; command: Command; refused: ApiProblem | null }>;

export type DeskState = Readonly<{ panel: Panel | null; notes: ReadonlyMap<string, Note>; bulk: BulkResult | null }>;
/** A bulk act answers per row, never all or nothing. */
export type BulkResult = Readonly<{ done: number; byOthers: number; changed: number; refused: number }>;

export type ActionDesk = Signal<DeskState> &
  Readonly<{
    /** Sends at once on what `alarm` shows. */
    send(alarm: AlarmJson, command: Command): Promise<CommandOutcome>;
    open(type: FormType, alarm: AlarmJson): void;
    close(): void;
    dismiss(alarmId: string): void;
    /** Acknowledges several, one after the other; null when the choice as a whole is refused. */
    acknowledgeAll(alarms: readonly AlarmJson[], wasSeen: (id: string) => boolean): Promise<BulkResult | null>;
    forgetBulk(): void;
  }>;

/** Notes kept; older ones go first. */
const NOTES_KEPT = 200;

/** Where commands are sent from, with what came of them. One a page. */
export function actionDesk(core: Pick<Core, 'client' | 'alarms' | 'queries'>): ActionDesk {
  const state = source<DeskState>({ panel: null, notes: new Map(), bulk: null });

  const note = (id: string, next: Note | null): void => {
    const notes = new Map(state.get().notes);
    notes.delete(id);
    if (next !== null) notes.set(id, next);
    for (const oldest of notes.keys()) {
      if (notes.size <= NOTES_KEPT) break;
      notes.delete(oldest);
    }
    state.set({ ...state.get(), notes });
  };
  const learn = (alarm: AlarmJson): void => {
    core.alarms.offer([alarm]);
    core.alarms.flush();
    core.queries.setQueryData(['alarm', alarm.id], alarm);
  };
  const settleOutcome = (seen: AlarmJson, command: Command, outcome: CommandOutcome): void => {
    switch (outcome.kind) {
      case 'done':
        learn(outcome.alarm);
        note(seen.id, null);
        return state.set({ ...state.get(), panel: null });
      case 'changed': {
        learn(outcome.alarm);
        const beaten = command.type === 'acknowledge' && outcome.alarm.ack === 'acked' && outcome.alarm.level === seen.level;
        note(seen.id, beaten ? null : { kind: 'changed', changes: toldChanges(seen, outcome.alarm) });
        return state.set({ ...state.get(), panel: null });
      }
      case 'second_person':
        note(seen.id, null);
        return state.set({ ...state.get(), panel: { kind: 'second', alarm: seen, command, refused: outcome.refused } });
      case 'refused': {
        const { panel } = state.get();
        note(seen.id, { kind: 'refused', problem: outcome.problem, command });
        if (panel?.kind === 'second') state.set({ ...state.get(), panel: { ...panel, refused: outcome.problem } });
      }
    }
  };
  const send = async (alarm: AlarmJson, command: Command): Promise<CommandOutcome> => {
    note(alarm.id, { kind: 'sending' });
    const outcome = await sendCommand({ client: core.client, newKey: randomKey }, alarm, command);
    settleOutcome(alarm, command, outcome);
    return outcome;
  };
  const acknowledgeAll = async (alarms: readonly AlarmJson[], wasSeen: (id: string) => boolean): Promise<BulkResult | null> => {
    if (bulkRefusal(alarms, wasSeen) !== 'none') return null;
    const tally = { done: 0, byOthers: 0, changed: 0, refused: 0 };
    for (const alarm of alarms.filter(({ ack }) => ack === 'unacked')) {
      const outcome = await send(alarm, { type: 'acknowledge' });
      if (outcome.kind === 'done') tally.done += 1;
      else if (outcome.kind === 'changed' && outcome.alarm.ack === 'acked') tally.byOthers += 1;
      else if (outcome.kind === 'changed') tally.changed += 1;
      else tally.refused += 1;
    }
    state.set({ ...state.get(), bulk: tally });
    return tally;
  };
  return {
    get: state.get,
    subscribe: state.subscribe,
    send,
    acknowledgeAll,
    open: (type, alarm) => state.set({ ...state.get(), panel: { kind: 'form', type, alarm } }),
    close: () => state.set({ ...state.get(), panel: null }),
    dismiss: (id) => note(id, null),
    forgetBulk: () => state.set({ ...state.get(), bulk: null }),
  };
}
