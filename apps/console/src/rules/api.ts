/** What the rule pages ask the gateway. */
import {
  keepPreviousData,
  useInfiniteQuery,
  useQuery,
  type UseInfiniteQueryResult,
  type InfiniteData,
  type UseQueryResult,
} from '@tanstack/react-query';
import type {
  BacktestJson,
  EntityJson,
  PageJson,
  RuleDetailJson,
  RuleRowJson,
  RuleVersionJson,
  SeriesJson,
  ShadowJson,
  TemplateJson,
} from '@anlan/contracts';
import { useCore } from '../data/react.js';
import type { RuleFilter } from './filter.js';

export type RulePage = PageJson<RuleRowJson> & Readonly<{ total?: number }>;

const PAGE = 200;
const LIST_MS = 30_000;

/** Rules that fit, page by page as they are scrolled to. */
export function useRules(filter: RuleFilter): UseInfiniteQueryResult<InfiniteData<RulePage>> {
  const { client } = useCore();
  return useInfiniteQuery({
    queryKey: ['rules', filter],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }): Promise<RulePage> =>
      client.get<RulePage>('/rules', { ...filter, cursor: pageParam, limit: PAGE }, signal),
    getNextPageParam: ({ nextCursor }: RulePage) => nextCursor ?? undefined,
    placeholderData: keepPreviousData,
  });
}

const pathOf = (id: string): string => `/rules/${encodeURIComponent(id)}`;

export function useRuleDetail(id: string): UseQueryResult<RuleDetailJson> {
  const { client } = useCore();
  return useQuery({
    queryKey: ['rule', id, 'detail'],
    refetchInterval: LIST_MS,
    queryFn: ({ signal }) => client.get<RuleDetailJson>(pathOf(id), {}, signal),
  });
}

export function useRuleVersions(id: string): UseQueryResult<readonly RuleVersionJson[]> {
  const { client } = useCore();
  return useQuery({
    queryKey: ['rule', id, 'versions'],
    queryFn: async ({ signal }) =>
      (await client.get<Readonly<{ items: readonly RuleVersionJson[] }>>(`${pathOf(id)}/versions`, {}, signal)).items,
  });
}

/** All entries of a small kind: sites, regions, assets. At most 10 pages. */
export function useEntries(kind: 'sites' | 'regions' | 'assets', isWanted = true): UseQueryResult<readonly EntityJson[]> {
  const { client } = useCore();
  return useQuery({
    queryKey: ['entries', kind],
    staleTime: 300_000,
    enabled: isWanted,
    queryFn: async ({ signal }) => {
      const all: EntityJson[] = [];
      let cursor: string | undefined;
      for (let page = 0; page < 10; page += 1) {
        const answer = await client.get<PageJson<EntityJson>>(`/${kind}`, { limit: 500, cursor }, signal);
        all.push(...answer.items);
        if (answer.nextCursor === null) break;
        cursor = answer.nextCursor;
      }
      return all;
    },
  });
}

/** One limit of an asset, with its versions. */
export function useAssetLimit(id: string): UseQueryResult<EntityJson> {
  const { client } = useCore();
  return useQuery({
    queryKey: ['limit', id],
    retry: false,
    queryFn: ({ signal }) => client.get<EntityJson>(`/limits/${encodeURIComponent(id)}`, {}, signal),
  });
}

export function useTemplates(): UseQueryResult<readonly TemplateJson[]> {
  const { client } = useCore();
  return useQuery({
    queryKey: ['templates'],
    staleTime: 3_600_000,
    queryFn: async ({ signal }) => (await client.get<Readonly<{ items: readonly TemplateJson[] }>>('/templates', {}, signal)).items,
  });
}

export type Stretch = Readonly<{ from: number; to: number; everyMs: number | null }>;

/** Readings of a point over a stretch, raw or in buckets. */
export function useSeries(pointId: string, { from, to, everyMs }: Stretch): UseQueryResult<SeriesJson> {
  const { client } = useCore();
  return useQuery({
    queryKey: ['series', pointId, from, to, everyMs],
    enabled: pointId !== '',
    placeholderData: (before) => before,
    queryFn: ({ signal }) =>
      client.get<SeriesJson>(
        `/points/${encodeURIComponent(pointId)}/series`,
        {
          from: new Date(from).toISOString(),
          to: new Date(to).toISOString(),
          limit: 10_000,
          every: everyMs === null ? undefined : `${everyMs}ms`,
        },
        signal,
      ),
  });
}

const WATCH_MS = 700;

/** A back-test until it has ended. */
export function useBacktest(id: string | null): UseQueryResult<BacktestJson> {
  const { client } = useCore();
  return useQuery<BacktestJson>({
    queryKey: ['backtest', id],
    enabled: id !== null,
    gcTime: 3_600_000,
    refetchInterval: ({ state }) => (state.data === undefined || isUnderWay(state.data) ? WATCH_MS : false),
    queryFn: ({ signal }) => client.get<BacktestJson>(`/backtests/${encodeURIComponent(id ?? '')}`, {}, signal),
  });
}

export function isUnderWay({ state }: Pick<BacktestJson, 'state'>): boolean {
  return state === 'queued' || state === 'running';
}

/** The own shadow runs. */
export function useShadows(isWanted: boolean): UseQueryResult<readonly ShadowJson[]> {
  const { client } = useCore();
  return useQuery({
    queryKey: ['shadows'],
    enabled: isWanted,
    refetchInterval: 10_000,
    queryFn: async ({ signal }) => (await client.get<Readonly<{ items: readonly ShadowJson[] }>>('/shadows', {}, signal)).items,
  });
}
