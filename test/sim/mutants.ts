import { type Notification, type ReadingsLogValue, TOPICS } from '@anlan/contracts';
import type { AlarmTx, FeedMessage, LogRecord } from '@anlan/ports';
import type { Scheduler } from './scheduler.js';
import type { Parts } from './parts.js';

/**
 * Planted bugs: each takes one guard away. A guard whose mutant survives is untested or superfluous, and both are findings.
 */
export type Mutant = Readonly<{ name: string; plant(parts: Parts, scheduler: Scheduler): void }>;

const wrapTx = (parts: Parts, change: (tx: AlarmTx) => AlarmTx): void => {
  const { transact } = parts.alarms;
  parts.alarms = { ...parts.alarms, transact: (work) => transact((tx) => work(change(tx))) };
};
const editReadings = (record: LogRecord, edit: (value: ReadingsLogValue) => ReadingsLogValue): LogRecord =>
  record.topic === TOPICS.readings ? { ...record, value: JSON.stringify(edit(JSON.parse(record.value) as ReadingsLogValue)) } : record;
let chance = 0;

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'PUBACK before the log',
    plant: (parts) => {
      parts.line = (line) => ({
        get handler() {
          const { handler } = line;
          return handler && { ...handler, message: async (message: FeedMessage) => void handler.message(message).catch(() => undefined) };
        },
        set handler(value) {
          line.handler = value;
        },
        alive: () => line.alive(),
      });
    },
  },
  {
    name: 'offset saved, state forgotten',
    plant: (parts) => {
      const { save } = parts.checkpoints;
      parts.checkpoints = {
        ...parts.checkpoints,
        save: (...args) =>
          save(args[0], args[1], args[2], args[3], { put: new Map([...args[4].put].filter(() => ++chance % 3 !== 0)), drop: args[4].drop }),
      };
    },
  },
  {
    name: 'offset saved before the verdicts are in the log',
    plant: (parts, scheduler) => {
      const { append } = parts.rulesLog;
      parts.rulesLog = {
        ...parts.rulesLog,
        append: async (records) => {
          if (records.some(({ topic }) => topic === TOPICS.verdicts) && ++chance % 7 === 0) {
            return records.map(({ topic }) => ({ topic, partition: 0, offset: 0, at: scheduler.now() }));
          }
          return append(records);
        },
      };
    },
  },
  {
    name: 'commit before the series has it',
    plant: (parts) => {
      const { write } = parts.series;
      parts.series = { ...parts.series, write: async (rows) => (++chance % 9 === 0 ? rows.map(() => 'stored' as const) : write(rows)) };
    },
  },
  {
    name: 'repeats not recognised',
    plant: (parts) => {
      const { write } = parts.series;
      parts.series = { ...parts.series, write: async (rows) => (await write(rows)).map(() => 'stored' as const) };
    },
  },
  {
    name: 'the last value stands instead of the first',
    plant: (parts) => {
      const { write } = parts.series;
      parts.series = {
        ...parts.series,
        write: (rows) =>
          write(rows.map((row) => ({ ...row, reading: { ...row.reading, v: row.reading.v + (row.origin.endsWith('3:0') ? 1 : 0) } }))),
      };
    },
  },
  {
    name: 'the ledger counts a record twice',
    plant: (parts) => {
      const { apply } = parts.ledger;
      parts.ledger = {
        ...parts.ledger,
        apply: (partition, span, entries) => apply(partition, span, ++chance % 5 === 0 ? [...entries, ...entries] : entries),
      };
    },
  },
  {
    name: 'dead letters thrown away',
    plant: (parts) => {
      const { append } = parts.log;
      parts.log = {
        ...parts.log,
        append: (records) => append(records.filter(({ topic }) => topic !== TOPICS.rejected || ++chance % 4 !== 0)),
      };
    },
  },
  {
    name: 'random ids instead of derived ones',
    plant: (parts) => {
      const { digest } = parts;
      parts.digest = (text) => digest(`${text}${++chance}`);
    },
  },
  {
    name: 'repeated verdicts applied again',
    plant: (parts) => wrapTx(parts, (tx) => ({ ...tx, applied: async () => undefined })),
  },
  {
    name: 'applied mark saved, alarm not written',
    plant: (parts) => wrapTx(parts, (tx) => ({ ...tx, write: async (change) => (++chance % 11 === 0 ? undefined : tx.write(change)) })),
  },
  {
    name: 'open alarm not found',
    plant: (parts) => wrapTx(parts, (tx) => ({ ...tx, openByKey: async (key) => (++chance % 3 === 0 ? undefined : tx.openByKey(key)) })),
  },
  {
    name: 'sent again without asking',
    plant: (parts) => {
      const { settle } = parts.notifications;
      parts.notifications = {
        ...parts.notifications,
        settle: async (id, merged, record) => {
          await settle(id, merged, record);
          if (record.state === 'sent' && ++chance % 5 === 0) await settle(id, [], { ...record, state: 'due', dueAt: record.at });
        },
      };
    },
  },
  {
    name: 'marked sent, then sent',
    plant: (parts) => {
      const { settle } = parts.notifications;
      const lost = (row: Notification | undefined): boolean => row !== undefined && ++chance % 6 === 0;
      parts.notifications = {
        ...parts.notifications,
        settle: async (id, merged, record) => settle(id, merged, lost({} as Notification) ? { ...record, state: 'failed' } : record),
      };
    },
  },
  {
    name: 'a claim that does not hold',
    plant: (parts) => {
      const { claim } = parts.notifications;
      parts.notifications = { ...parts.notifications, claim: (now, _lease, limit, lane) => claim(now, now - 1, limit, lane) };
    },
  },
  {
    name: 'bad quality judged as good',
    plant: (parts) => {
      const { read } = parts.rulesLog;
      parts.rulesLog = {
        ...parts.rulesLog,
        read: async (topic, partition, offset, max) =>
          (await read(topic, partition, offset, max)).map((record) =>
            editReadings(record, (value) =>
              value.kind === 'readings'
                ? { ...value, readings: value.readings.map((reading) => ({ ...reading, q: 'good' as const })) }
                : value,
            ),
          ),
      };
    },
  },
  {
    name: 'ticks not heard',
    plant: (parts) => {
      const { read } = parts.rulesLog;
      parts.rulesLog = {
        ...parts.rulesLog,
        read: async (topic, partition, offset, max) =>
          (await read(topic, partition, offset, max)).map((record) =>
            editReadings(record, (value) => (value.kind === 'tick' ? { ...value, kind: 'up' } : value)),
          ),
      };
    },
  },
  {
    name: 'records read out of order',
    plant: (parts) => {
      const { read } = parts.rulesLog;
      parts.rulesLog = {
        ...parts.rulesLog,
        read: async (topic, partition, offset, max) => {
          const records = await read(topic, partition, offset, max);
          return topic === TOPICS.readings && records.length > 2 && ++chance % 4 === 0
            ? [records[1]!, records[0]!, ...records.slice(2)]
            : records;
        },
      };
    },
  },
  {
    name: 'ledger takes a batch from any place',
    plant: (parts) => {
      const { apply, position } = parts.ledger;
      parts.ledger = {
        ...parts.ledger,
        apply: async (partition, { from, next }, entries) => {
          const stands = await position(partition);
          return next <= stands ? stands : apply(partition, { from: stands === from ? from : stands, next }, entries);
        },
      };
    },
  },
  {
    name: 'no fence between two rule workers',
    plant: (parts) => {
      const { open, save } = parts.checkpoints;
      let newest = 0;
      parts.checkpoints = {
        open: async (owner, partition) => {
          const opened = await open(owner, partition);
          newest = opened.epoch;
          return opened;
        },
        // eslint-disable-next-line max-params -- as the port has it
        save: (owner, partition, _epoch, nextOffset, changes) => save(owner, partition, newest, nextOffset, changes),
      };
    },
  },
];
