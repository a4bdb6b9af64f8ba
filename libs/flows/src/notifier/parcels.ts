/** Claimed rows into messages: orange and red each alone; fresh blue and yellow of one person and channel together. */
import { LEVEL_WORDS, alarmsIn, renderDigest } from '@anlan/alarms';
import { rankOf, type Level, type Notification } from '@anlan/contracts';

/** One message: the row whose id it bears, and those that ride along. */
export type Parcel = Readonly<{ carrier: Notification; merged: readonly Notification[]; text: string; title: string }>;

/**
 * A row that was tried before goes alone and unchanged: a provider that did get it knows it by its id,
 * and would drop whatever else came under that id.
 */
export function mayMerge({ level, attempts }: Notification): boolean {
  return rankOf(level) <= rankOf('yellow') && attempts <= 1;
}

function alone(row: Notification): Parcel {
  const word = LEVEL_WORDS[row.level];
  return { carrier: row, merged: [], text: row.text, title: `${word.zh}报警通知 / ${word.en}` };
}

function together(rows: readonly Notification[], shown: ReadonlyMap<string, Level>): readonly Parcel[] {
  const [carrier, ...merged] = rows;
  if (!carrier) return [];
  if (merged.length === 0) return [alone(carrier)];
  const count = alarmsIn(rows);
  return [{ carrier, merged, text: renderDigest(rows, shown), title: `报警汇总 ${count} / ${count} alarms` }];
}

/** `shown`: what the alarms show now. */
export function parcelsOf(rows: readonly Notification[], shown: ReadonlyMap<string, Level>): readonly Parcel[] {
  const groups = new Map<string, Notification[]>();
  for (const row of rows.filter(mayMerge)) {
    const inbox = `${row.channel} ${row.personId}`;
    groups.set(inbox, [...(groups.get(inbox) ?? []), row]);
  }
  return [...rows.filter((row) => !mayMerge(row)).map(alone), ...[...groups.values()].flatMap((group) => together(group, shown))];
}
