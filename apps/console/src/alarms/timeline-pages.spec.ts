/** @jest-environment node */
import type { AlarmEventJson, NotificationJson } from '@anlan/contracts';
import { noticesBeside } from './timeline-pages.js';

const event = (at: string): AlarmEventJson => ({ at }) as AlarmEventJson;
const notice = (id: string, dueAt: string, sentAt: string | null): NotificationJson => ({ id, dueAt, sentAt }) as NotificationJson;

test('notifications stand beside the events that are shown; older ones come with the pages they belong to', () => {
  const events = [event('2026-03-01T10:00:00Z'), event('2026-03-01T09:00:00Z')];
  const notices = [
    notice('before', '2026-03-01T08:00:00Z', '2026-03-01T08:00:01Z'),
    notice('sent late', '2026-03-01T08:59:00Z', '2026-03-01T09:00:00Z'),
    notice('waiting', '2026-03-01T11:00:00Z', null),
  ];
  expect(noticesBeside(events, notices, true).map(({ id }) => id)).toEqual(['sent late', 'waiting']);
  expect(noticesBeside(events, notices, false)).toEqual(notices);
  expect(noticesBeside([], notices, true)).toEqual(notices);
});
