import { act } from 'react';
import type { ImportJson, RuleDetailJson, UserJson } from '@anlan/contracts';
import { USER } from '../sheet/fixtures.js';
import { answer, appears, buttonOf, furnish, openPage, press, settle, signIn, type, type Asked, type Page } from '../testing/page.js';
import { BACKTEST, TEMPLATE, VERSIONS, ruleFixture } from './fixtures.js';

const ANALYST: UserJson = { ...USER, roles: ['analyst'] };
const NOTHING: ImportJson = { applied: { rules: 0 }, unchanged: 0, warnings: [], version: 4, pending: [] };
const HELD: ImportJson = { ...NOTHING, pending: [{ ruleId: 'r-1', levels: ['red'], changeId: 'c-1', kind: 'rules', id: 'r-1' }] };

type Stage = Readonly<{ user?: UserJson; rules?: readonly RuleDetailJson[]; patched?: (body: unknown, dryRun: boolean) => Response }>;

/** A gateway with a few rules; what it is asked to change goes through `patched`. */
function gateway({ user = ANALYST, rules = [ruleFixture()], patched = () => answer(200, HELD) }: Stage) {
  return ({ method, path, body }: Asked): Response | Promise<Response> => {
    if (path === '/auth/login')
      return answer(200, { accessToken: 'token', expiresAt: '2026-01-15T00:00:00.000Z', mustChangePassword: false, user });
    if (path.startsWith('/stream')) return new Promise(() => undefined);
    if (path.startsWith('/rules/r-1/versions')) return answer(200, { items: VERSIONS });
    if (path.startsWith('/rules/r-1') && method === 'PATCH') return patched(body, path.includes('dryRun=true'));
    if (path.startsWith('/rules/r-1') && method === 'DELETE') return answer(200, HELD);
    if (path.startsWith('/rules/r-1')) return answer(200, rules[0]);
    if (path === '/rules/approvals') return answer(200, { approved: 1 });
    if (path.startsWith('/rules/apply'))
      return answer(200, { ...NOTHING, applied: { rules: 1 }, rules: [{ ruleId: 'phreatic', from: null, to: 1, levels: [] }] });
    if (path.startsWith('/rules?')) return answer(200, { items: rules, nextCursor: null, total: rules.length });
    if (path === '/backtests') return answer(202, { ...BACKTEST, state: 'queued', report: null, difference: null });
    if (path.startsWith('/backtests/')) return answer(200, BACKTEST);
    if (path === '/shadows') return answer(200, { items: [] });
    if (path === '/templates') return answer(200, { items: [TEMPLATE] });
    if (path.startsWith('/sites')) return answer(200, { items: [{ id: 'pond-1', name: '龙桥尾矿库', domain: 'tsf' }], nextCursor: null });
    return answer(200, { items: [], nextCursor: null });
  };
}

describe('the rule pages', () => {
  let page: Page;
  beforeAll(furnish);
  afterEach(() => page.close());

  async function open(at: string, stage: Stage = {}): Promise<HTMLElement> {
    page = await openPage(gateway(stage), at);
    await signIn(page.element);
    return page.element;
  }
  const changes = (): readonly Asked[] => page.asked.filter(({ method, path }) => method !== 'GET' && !path.startsWith('/auth/'));

  test('a row says what the rule watches, its limits with their source, and where it stands', async () => {
    const element = await open('/rules');
    const row = await appears(() => element.querySelector('.rule-rows .rule-row'), 'the row');
    for (const words of ['阀门井甲烷', '甲烷体积分数', '临江区燃气相邻窨井', '红色5橙色2.5%VOL', '平台推荐值', '王五', '未复核'])
      expect(row.textContent).toContain(words);
    expect(element.textContent).toContain('共 1 条');
  });

  test('of thousands of rules only those in sight are in the page', async () => {
    const rules = Array.from({ length: 500 }, (_, i) => ruleFixture({ id: `r-${i}` }));
    const element = await open('/rules', { rules });
    await appears(() => element.querySelector('.rule-rows .rule-row'), 'a row');
    expect(element.querySelectorAll('.rule-rows .rule-row').length).toBeLessThan(40);
  });

  test('the filter is asked of the platform as it stands in the address', async () => {
    const element = await open('/rules?state=pending&level=red');
    await appears(() => element.querySelector('.rule-rows .rule-row'), 'the row');
    expect(page.asked.some(({ path }) => path.startsWith('/rules?') && path.includes('state=pending') && path.includes('level=red'))).toBe(
      true,
    );
    expect(buttonOf(element, '待审批')?.getAttribute('aria-pressed')).toBe('true');
  });

  test('no rule under a filter is said in words', async () => {
    const element = await open('/rules?q=zzz', { rules: [] });
    await appears(() => element.querySelector('.empty'), 'the sentence');
    expect(element.textContent).toContain('此筛选下没有规则');
  });

  test('a second person marks rules of others as seen, after looking at them once more', async () => {
    const element = await open('/rules?state=unapproved');
    await press(await appears(() => buttonOf(element, '选中他人所写的 1 条'), 'the choice'));
    await press(buttonOf(element, '补审 1 条'));
    expect(changes()).toEqual([]);
    expect(element.querySelector('dialog')?.textContent).toContain('阀门井甲烷');
    await press(buttonOf(element, '确认补审'));
    expect(changes()).toEqual([{ method: 'POST', path: '/rules/approvals', body: { ruleIds: ['r-1'] } }]);
  });

  test('one rule says what it does in plain sentences', async () => {
    const element = await open('/rules/r-1');
    const told = await appears(() => element.querySelector('.rule-sentence'), 'the sentences');
    expect([...told.querySelectorAll('p')].map(({ textContent }) => textContent)).toEqual([
      '甲烷体积分数：≥ 5 %VOL 报红色，≥ 2.5 %VOL 报橙色。',
      '连续 2 次才报警。',
      '回到限值以内（扣除回差），持续 10 分钟后恢复。',
      '红色报警锁存，恢复后须人工复位。',
    ]);
  });

  test('who may not write rules is offered nothing to change', async () => {
    const element = await open('/rules/r-1?tab=edit', { user: { ...USER, roles: ['duty_officer'] } });
    await appears(() => element.querySelector('.rule-sentence'), 'the summary');
    expect(buttonOf(element, '停用')).toBeNull();
    expect(element.querySelector('.level-field')).toBeNull();
    expect(element.textContent).toContain('当前角色只能查看');
  });

  test('every version is told with author, reason and what it changed', async () => {
    const element = await open('/rules/r-1?tab=versions');
    const table = await appears(() => element.querySelector('.table-changes'), 'the versions');
    for (const words of ['v3', '现行', '王五', '汛后复核', '与 v2 相比', '红色 · 限值 4 → 5', '第一版'])
      expect(table.textContent).toContain(words);
  });

  const limitField = (element: HTMLElement): HTMLInputElement | null => element.querySelector('#rule-field-levels-0-at');

  test('what the platform refuses is told at its field, and nothing is sent', async () => {
    const errors = [{ path: '/levels/0/at', code: 'number', message: 'must be a finite number' }];
    const element = await open('/rules/r-1?tab=edit', { patched: () => answer(422, { status: 422, code: 'invalid', errors }) });
    await appears(() => limitField(element), 'the form');
    await type(limitField(element), 'much');
    await press(buttonOf(element, '保存'));
    await appears(() => element.querySelector('.field-error'), 'the fault');
    expect(limitField(element)?.getAttribute('aria-invalid')).toBe('true');
    expect(element.querySelector('.field-error')?.textContent).toBe('须为数字');
    expect(element.querySelector('.fault-list')?.textContent).toContain('红色 · 限值');
    expect(changes().every(({ path }) => path.endsWith('dryRun=true'))).toBe(true);
  });

  test('a change is tried first, needs a reason, carries only what differs, and says that it waits', async () => {
    const element = await open('/rules/r-1?tab=edit');
    await appears(() => limitField(element), 'the form');
    await type(limitField(element), '6');
    await press(buttonOf(element, '保存'));
    const dialog = await appears(() => element.querySelector('dialog .what-becomes')?.closest('dialog'), 'what becomes of it');
    expect(dialog.textContent).toContain('红色 · 限值 5 → 6');
    expect(dialog.textContent).toContain('须由另一人批准');
    await act(async () => dialog.querySelector('form')?.requestSubmit());
    expect(changes().every(({ path }) => path.endsWith('dryRun=true'))).toBe(true);
    await type(dialog.querySelector('textarea'), '枯水期');
    await act(async () => dialog.querySelector('form')?.requestSubmit());
    await settle();
    const sent = changes().at(-1);
    expect(sent).toMatchObject({
      method: 'PATCH',
      path: '/rules/r-1',
      body: { reason: '枯水期', levels: [{ level: 'red', at: 6 }, { level: 'orange' }] },
    });
    expect(Object.keys(sent?.body as object).sort()).toEqual(['levels', 'reason']);
    await appears(
      () => [...element.querySelectorAll('[role=status]')].find(({ textContent }) => textContent?.includes('去审批页')),
      'the notice',
    );
  });

  test('the edited rule is tried over history before it is saved, and the difference told in words', async () => {
    const element = await open('/rules/r-1?tab=edit');
    await appears(() => limitField(element), 'the form');
    await type(limitField(element), '6');
    await press(buttonOf(element, '近 30 天'));
    await press(buttonOf(element, '试算'));
    const result = await appears(() => element.querySelector('.trial-result'), 'the result');
    expect(result.textContent).toContain('新版本多报 0 次，少报 1 次，相同 0 次。');
    expect(result.querySelector('.episode')?.textContent).toContain('新版本少报');
    expect(changes()).toMatchObject([
      { path: '/backtests', body: { rule: { id: 'r-1', levels: [{ at: 6 }, { at: 2.5 }] }, from: '2025-12-15T18:14:31.000Z' } },
    ]);
  });

  test('a rule goes only after its id has been typed, and with a reason', async () => {
    const element = await open('/rules/r-1');
    await press(await appears(() => buttonOf(element, '删除'), 'the button'));
    const dialog = await appears(() => element.querySelector('dialog .what-becomes')?.closest('dialog'), 'what becomes of it');
    await type(dialog.querySelector('textarea'), '重复');
    expect(buttonOf(dialog, '删除')?.disabled).toBe(true);
    await type(dialog.querySelector('input'), 'r-1');
    await act(async () => dialog.querySelector('form')?.requestSubmit());
    await settle();
    expect(changes().map(({ path }) => path)).toEqual(['/rules/r-1?dryRun=true', '/rules/r-1?reason=%E9%87%8D%E5%A4%8D']);
  });

  test('a template is applied after what it comes to has been seen', async () => {
    const element = await open('/templates?template=tsf_phreatic_depth');
    const form = await appears(() => element.querySelector<HTMLFormElement>('.apply-form'), 'the form');
    await appears(() => element.querySelector('option[value=pond-1]'), 'the sites');
    expect(buttonOf(element, '预览')?.disabled).toBe(true);
    const site = form.querySelector('select');
    await act(async () => {
      Object.getOwnPropertyDescriptor(HTMLSelectElement.prototype, 'value')?.set?.call(site, 'pond-1');
      site?.dispatchEvent(new Event('change', { bubbles: true }));
    });
    await type(form.querySelector('#rule-field-references-control'), '4');
    expect(buttonOf(element, '套用')?.disabled).toBe(true);
    await act(async () => form.requestSubmit());
    await settle();
    expect(form.textContent).toContain('phreatic 新增');
    await press(buttonOf(element, '套用'));
    await type(await appears(() => element.querySelector('dialog textarea'), 'the reason'), '2026 年汛期');
    await act(async () => element.querySelector<HTMLFormElement>('dialog form')?.requestSubmit());
    await settle();
    expect(changes().at(-1)).toEqual({
      method: 'POST',
      path: '/rules/apply',
      body: {
        template: 'tsf_phreatic_depth',
        id: 'tsf_phreatic_depth',
        select: { siteId: 'pond-1' },
        references: { control: 4 },
        reason: '2026 年汛期',
      },
    });
  });
});
