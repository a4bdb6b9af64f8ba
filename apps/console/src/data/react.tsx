import { createContext, use, useSyncExternalStore } from 'react';
import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import {
  HEALTH_KINDS,
  type AlarmDetailJson,
  type AlarmJson,
  type DeadLetterJson,
  type DeviceRowJson,
  type EntityJson,
  type EvidenceJson,
  type LedgerJson,
  type NotificationJson,
  type OverviewJson,
  type PageJson,
  type RuleChangeJson,
  type UserJson,
} from '@anlan/contracts';
import type { AlarmsSnapshot } from './alarm-store.js';
import type { Core, Link } from './core.js';
import type { Signal } from './signal.js';

const CoreContext = createContext<Core | null>(null);
export const CoreProvider = CoreContext.Provider;

export function useCore(): Core {
  const core = use(CoreContext);
  if (core === null) throw new Error('no CoreProvider above this part');
  return core;
}
export function useSignal<T>(signal: Signal<T>): T {
  return useSyncExternalStore(signal.subscribe, signal.get);
}
/** Server time, one step a second. */
export function useNow(): number {
  return useSignal(useCore().clock);
}
export function useLink(): Link {
  return useSignal(useCore().link);
}
export function useAlarms(): AlarmsSnapshot {
  return useSignal(useCore().alarms);
}
export function useUser(): UserJson | null {
  const state = useSignal(useCore().session);
  return state.kind === 'out' ? null : state.user;
}

const LIVE_MS = 10_000;

export function useOverview(): UseQueryResult<OverviewJson> {
  const { client } = useCore();
  return useQuery({
    queryKey: ['overview'],
    queryFn: ({ signal }) => client.get<OverviewJson>('/overview', {}, signal),
    refetchInterval: 30_000,
  });
}
/** All devices that this person may see; at most 20 pages. */
export function useDevices(): UseQueryResult<readonly DeviceRowJson[]> {
  const { client } = useCore();
  return useQuery({
    queryKey: ['devices'],
    refetchInterval: LIVE_MS,
    queryFn: async ({ signal }) => {
      const all: DeviceRowJson[] = [];
      let cursor: string | undefined;
      for (let page = 0; page < 20; page += 1) {
        const answer = await client.get<PageJson<DeviceRowJson>>('/devices', { limit: 500, cursor }, signal);
        all.push(...answer.items);
        if (answer.nextCursor === null) break;
        cursor = answer.nextCursor;
      }
      return all;
    },
  });
}
const DAY_MS = 86_400_000;
/** The ledger of the last 24 hours of arrival. */
export function useLedger(): UseQueryResult<LedgerJson> {
  const { client, now } = useCore();
  return useQuery({
    queryKey: ['ledger'],
    refetchInterval: 15_000,
    queryFn: ({ signal }) =>
      client.get<LedgerJson>(
        '/ledger',
        { from: new Date(now() - DAY_MS).toISOString(), to: new Date(now() + 60_000).toISOString() },
        signal,
      ),
  });
}
export function useDeadLetters(
  filter: Readonly<{ deviceId?: string | undefined; code?: string | undefined }>,
  cursor?: string,
): UseQueryResult<PageJson<DeadLetterJson>> {
  const { client } = useCore();
  return useQuery({
    queryKey: ['dead-letters', filter, cursor],
    refetchInterval: cursor === undefined ? LIVE_MS : false,
    queryFn: ({ signal }) => client.get<PageJson<DeadLetterJson>>('/dead-letters', { ...filter, cursor, limit: 200 }, signal),
  });
}
export function useOutbox(cursor?: string): UseQueryResult<PageJson<NotificationJson>> {
  const { client } = useCore();
  return useQuery({
    queryKey: ['outbox', cursor],
    refetchInterval: cursor === undefined ? LIVE_MS : false,
    queryFn: ({ signal }) => client.get<PageJson<NotificationJson>>('/notifications', { cursor, limit: 200 }, signal),
  });
}
/** Changes in a state, or of all states. */
export function useRuleChanges(state: RuleChangeJson['state'] | undefined, cursor?: string): UseQueryResult<PageJson<RuleChangeJson>> {
  const { client } = useCore();
  return useQuery({
    queryKey: ['rule-changes', state, cursor],
    refetchInterval: cursor === undefined ? LIVE_MS : false,
    queryFn: ({ signal }) => client.get<PageJson<RuleChangeJson>>('/rules/changes', { state, cursor, limit: 100 }, signal),
  });
}
/** One alarm: the live copy where the store has it, else fetched. */
export function useAlarm(id: string): Readonly<{ alarm: AlarmJson | undefined; error: Error | null }> {
  const { client } = useCore();
  const live = useAlarms().byId.get(id);
  const asked = useQuery({
    queryKey: ['alarm', id],
    queryFn: ({ signal }) => client.get<AlarmJson>(`/alarms/${encodeURIComponent(id)}`, {}, signal),
  });
  const fetched = asked.data;
  return { alarm: live !== undefined && (fetched === undefined || live.version >= fetched.version) ? live : fetched, error: asked.error };
}
/** What the rule of an alarm saw, for the kinds that draw something. */
export function useEvidence({ id, version, kind }: Pick<AlarmJson, 'id' | 'version' | 'kind'>): EvidenceJson | null {
  const { client } = useCore();
  const asked = useQuery<AlarmDetailJson>({
    queryKey: ['evidence', id, version],
    enabled: kind !== 'threshold' && !HEALTH_KINDS.has(kind),
    placeholderData: (before) => before,
    queryFn: ({ signal }) => client.get<AlarmDetailJson>(`/alarms/${encodeURIComponent(id)}`, {}, signal),
  });
  return asked.data?.evidence ?? null;
}
/** `version` in the key: each change of the alarm reads anew what was sent. */
export function useNotifications(id: string, version: number): UseQueryResult<PageJson<NotificationJson>> {
  const { client } = useCore();
  return useQuery({
    queryKey: ['notifications', id, version],
    placeholderData: (before) => before,
    refetchInterval: LIVE_MS,
    queryFn: ({ signal }) => client.get<PageJson<NotificationJson>>(`/alarms/${encodeURIComponent(id)}/notifications`, {}, signal),
  });
}
export function useRule(ruleId: string): UseQueryResult<EntityJson> {
  const { client } = useCore();
  return useQuery({
    queryKey: ['rule', ruleId],
    staleTime: 60_000,
    retry: false,
    queryFn: ({ signal }) => client.get<EntityJson>(`/rules/${encodeURIComponent(ruleId)}`, {}, signal),
  });
}
