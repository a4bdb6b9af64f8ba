/** Made-up rules for the specs of these pages. */
import type { BacktestJson, RuleDetailJson, RuleVersionJson, TemplateJson } from '@anlan/contracts';

/** A rule on one point; each test changes only what it is about. */
export function ruleFixture(change: Partial<RuleDetailJson> = {}): RuleDetailJson {
  return {
    id: 'r-1',
    kind: 'threshold',
    name: '阀门井甲烷',
    pointId: 'well-7.ch4',
    side: 'high',
    levels: [
      { level: 'orange', at: 2.5, deadband: 0.25, onCount: 2, offDelay: '10m' },
      { level: 'red', at: 5, deadband: 0.5, onCount: 2, offDelay: '10m', latching: true },
    ],
    source: '平台推荐值',
    version: 3,
    active: true,
    enabled: true,
    draft: false,
    author: 'u-other',
    authorName: '王五',
    reason: '汛后复核',
    approvedBy: null,
    approvedByName: null,
    createdAt: '2026-01-14T18:00:00.000Z',
    pointCount: 1,
    watch: {
      points: 1,
      sites: [{ id: 'net-1', name: '临江区燃气相邻窨井' }],
      siteCount: 1,
      metrics: [{ code: 'uspace_ch4', name: '甲烷体积分数', nameEn: 'Methane', unit: '%VOL' }],
      domains: ['uspace'],
    },
    limits: [
      { level: 'orange', at: 2.5 },
      { level: 'red', at: 5 },
    ],
    pendingChange: null,
    unapproved: true,
    points: [
      {
        id: 'well-7.ch4',
        name: '甲烷体积分数',
        metric: 'uspace_ch4',
        unit: '%VOL',
        assetId: 'well-7',
        assetName: '滨江路阀门井 7 号',
        siteId: 'net-1',
        siteName: '临江区燃气相邻窨井',
      },
    ],
    ...change,
  };
}

export const VERSIONS: readonly RuleVersionJson[] = [3, 2].map((version) => ({
  ...ruleFixture({ version, active: version === 3 }),
  levels: [{ level: 'red', at: version === 3 ? 5 : 4 }],
  limits: [{ level: 'red', at: version === 3 ? 5 : 4 }],
  validFrom: null,
}));

const NONE = { blue: 0, yellow: 0, orange: 0, red: 0 };
const LOST = {
  pointId: 'well-7.ch4',
  ruleId: 'r-1',
  kind: 'threshold',
  retrospective: false,
  firstBreachAt: '2026-01-10T00:00:00.000Z',
  raisedAt: '2026-01-10T00:10:00.000Z',
  endedAt: '2026-01-10T02:00:00.000Z',
  level: 'red' as const,
  peak: 'red' as const,
  value: 5.2,
  unit: '%VOL',
  reason: { zh: '5.2 %VOL ≥ 5 %VOL', en: '5.2 %VOL ≥ 5 %VOL' },
  changes: [],
};

/** A back-test that has found one alarm fewer. */
export const BACKTEST: BacktestJson = {
  id: 'b-1',
  state: 'done',
  progress: 1,
  readings: 1_000,
  ruleId: 'r-1',
  from: '2026-01-07T18:14:31.000Z',
  to: '2026-01-14T18:14:31.000Z',
  createdAt: '2026-01-14T18:14:31.000Z',
  endedAt: '2026-01-14T18:14:32.000Z',
  problem: null,
  report: {
    readings: 1_000,
    from: '2026-01-07T18:14:31.000Z',
    to: '2026-01-14T18:14:31.000Z',
    episodes: [],
    dropped: 0,
    byLevel: NONE,
    load: { announcements: 0, windows: 1_000, mean: 0, most: 0, overTwo: 0, overTen: 0, histogram: [1_000] },
    events: null,
  },
  difference: { before: { ...NONE, red: 1 }, now: NONE, shared: [], onlyBefore: [LOST], onlyNow: [] },
};

export const TEMPLATE: TemplateJson = {
  id: 'tsf_phreatic_depth',
  name: '浸润线埋深不足',
  nameEn: 'Shallow phreatic line',
  pack: 'tsf',
  packName: '尾矿库',
  packNameEn: 'Tailings dams',
  kind: 'threshold',
  metric: 'tsf_phreatic_depth',
  unit: 'm',
  source: '平台推荐值',
  needs: { control: '控制浸润线埋深' },
  refs: {},
  levels: [{ level: 'red', limit: '控制浸润线埋深' }],
};
