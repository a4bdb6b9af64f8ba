import { useEffect, useRef } from 'react';
import { useInfiniteQuery, type InfiniteData, type UseInfiniteQueryResult } from '@tanstack/react-query';
import type { AlarmEventJson, NotificationJson, PageJson } from '@anlan/contracts';
import { useCore } from '../data/react.js';

const PAGE = 100;

type Events = PageJson<AlarmEventJson>;

/** What happened to an alarm, newest first, page by page; each new `version` of the alarm reads what is shown anew. */
export function useTimeline(id: string, version: number): UseInfiniteQueryResult<InfiniteData<Events>> {
  const { client } = useCore();
  const found = useInfiniteQuery({
    queryKey: ['timeline', id],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      client.get<Events>(`/alarms/${encodeURIComponent(id)}/timeline`, { order: 'newest', limit: PAGE, cursor: pageParam }, signal),
    getNextPageParam: ({ nextCursor }: Events) => nextCursor ?? undefined,
  });
  const { refetch } = found;
  const shown = useRef(version);
  useEffect(() => {
    if (shown.current === version) return;
    shown.current = version;
    void refetch();
  }, [refetch, version]);
  return found;
}

/** Notifications of the stretch of time that the events cover: what was sent before it belongs to pages that are not read yet. */
export function noticesBeside(
  events: readonly AlarmEventJson[],
  notices: readonly NotificationJson[],
  hasEarlier: boolean,
): readonly NotificationJson[] {
  const oldest = events.at(-1);
  if (!hasEarlier || oldest === undefined) return notices;
  return notices.filter((notice) => momentOf(notice) >= Date.parse(oldest.at));
}

export function momentOf({ sentAt, dueAt }: NotificationJson): number {
  return Date.parse(sentAt ?? dueAt);
}
