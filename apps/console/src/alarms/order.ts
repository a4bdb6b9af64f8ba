import { rankOf, type AlarmJson } from '@anlan/contracts';
import { isOpenJson } from '../data/alarm-store.js';
import { byText } from '../data/by-text.js';

/** Still the business of the sensor or unseen, and not shelved: stands above what has recovered and only waits for paperwork. */
export function isStanding(alarm: AlarmJson): boolean {
  return alarm.suppression === 'none' && (alarm.ack === 'unacked' || alarm.process !== 'normal');
}

/**
 * Order of the board: standing before recovered; inside, graver first, then unseen, then newest. (All unseen on top was tried:
 * forty blues pushed an orange in work off the screen.) Total: ties end at the id.
 */
export function compareForBoard(a: AlarmJson, b: AlarmJson): number {
  return (
    Number(isStanding(b)) - Number(isStanding(a)) ||
    rankOf(b.level) - rankOf(a.level) ||
    Number(b.ack === 'unacked') - Number(a.ack === 'unacked') ||
    byText(b.raisedAt, a.raisedAt) ||
    byText(a.id, b.id)
  );
}

/** Order of working, for "next most urgent": not shelved, unseen, graver, sooner due, longer standing. */
export function compareForWork(a: AlarmJson, b: AlarmJson): number {
  return (
    Number(b.suppression === 'none') - Number(a.suppression === 'none') ||
    Number(b.ack === 'unacked') - Number(a.ack === 'unacked') ||
    rankOf(b.level) - rankOf(a.level) ||
    byText(a.ackDueAt ?? '9', b.ackDueAt ?? '9') ||
    byText(a.raisedAt, b.raisedAt) ||
    byText(a.id, b.id)
  );
}

/** The most urgent alarm that nobody has acknowledged or shelved, other than `except` where there is another. */
export function nextUrgent(alarms: Iterable<AlarmJson>, except: string | null): AlarmJson | null {
  const open = [...alarms]
    .filter((alarm) => alarm.ack === 'unacked' && alarm.suppression === 'none' && isOpenJson(alarm))
    .sort(compareForWork);
  return open.find(({ id }) => id !== except) ?? open[0] ?? null;
}
