import { act } from 'react';
import type { AlarmJson, RuleChangeJson } from '@anlan/contracts';
import type { Core } from '../data/core.js';
import { USER, alarmFixture } from '../sheet/fixtures.js';
import { answer, appears, furnish, openPage, settle, signIn, type Asked, type Page, type Reply } from '../testing/page.js';

const CHANGE: RuleChangeJson = {
  id: 'c-1',
  kind: 'rules',
  entityId: 'r-1',
  author: 'u-other',
  authorName: '王五',
  reason: '汛后复核',
  state: 'pending',
  decidedBy: null,
  decidedByName: null,
  comment: null,
  weakens: [{ ruleId: 'r-1', levels: ['red'] }],
  before: { id: 'r-1', levels: [{ level: 'red', at: 5 }] },
  body: { id: 'r-1', levels: [{ level: 'red', at: 6 }] },
  createdAt: '2026-01-14T18:00:00.000Z',
  expiresAt: '2026-01-21T18:00:00.000Z',
  decidedAt: null,
};

/** A gateway of a few lines: answers like the real one. */
function gateway(alarms: Map<string, AlarmJson>): Reply {
  return ({ method, path, body }) => {
    const sent = body as Readonly<Record<string, unknown>>;
    if (path === '/auth/login') {
      if (sent['username'] === 'late') return answer(429, { status: 429, code: 'locked_out' });
      return sent['password'] === 'right'
        ? answer(200, { accessToken: 'token', expiresAt: '2026-01-15T00:00:00.000Z', mustChangePassword: true, user: USER })
        : answer(401, { status: 401, code: 'login_failed' });
    }
    if (path.startsWith('/stream')) return new Promise(() => undefined);
    if (path.startsWith('/alarms?')) return answer(200, { items: [...alarms.values()], nextCursor: null });
    if (path.startsWith('/rules/changes?')) return answer(200, { items: [CHANGE], nextCursor: null });
    if (path.startsWith('/rules/changes/')) return answer(409, { status: 409, code: 'conflict', detail: '此变更已过期' });
    const id = /^\/alarms\/([^/?]+)/.exec(path)?.[1] ?? '';
    const alarm = alarms.get(id);
    if (alarm !== undefined && method === 'POST') {
      if (sent['expectedVersion'] !== alarm.version) return answer(409, { status: 409, code: 'version_conflict' });
      alarms.set(id, { ...alarm, version: alarm.version + 1, ack: 'acked', ackedBy: '李四', work: 'confirmed' });
    }
    return alarm === undefined ? answer(404, { status: 404, code: 'not_found' }) : answer(200, alarms.get(id));
  };
}

let standing: Page;
let core: Core;
let page: HTMLElement;

async function open(alarms: Map<string, AlarmJson>, at = '/alarms'): Promise<readonly Asked[]> {
  standing = await openPage(gateway(alarms), at);
  ({ core, element: page } = standing);
  return standing.asked;
}

async function enter(password: string, username?: string): Promise<void> {
  return signIn(page, password, username);
}

/** Enters, and waits for the three alarms. */
async function enterBoard(): Promise<void> {
  await enter('right');
  await appears(() => (order().length === 3 ? true : null), 'the three alarms');
}

async function press(code: string): Promise<void> {
  const list = await appears(() => page.querySelector('.board-list'), 'the board');
  await act(async () => void list.dispatchEvent(new KeyboardEvent('keydown', { code, bubbles: true, cancelable: true })));
  await settle();
}

const posts = (asked: readonly Asked[]): readonly Asked[] =>
  asked.filter(({ method, path }) => method === 'POST' && !path.startsWith('/auth/'));
const order = (): readonly string[] => [...page.querySelectorAll('.board-rows [role=row]')].map(({ id }) => id);

describe('the console', () => {
  beforeAll(furnish);
  afterEach(() => standing.close());

  const three = (): Map<string, AlarmJson> =>
    new Map((['orange', 'yellow', 'blue'] as const).map((level) => [level, alarmFixture({ id: level, level, version: 7 })]));

  test('a wrong password and a lockout are told in words, and nothing else is shown', async () => {
    await open(three());
    await enter('wrong');
    expect(page.textContent).toContain('用户名或密码不对');
    expect(page.querySelector('.board')).toBeNull();
    await enter('right', 'late');
    expect(page.textContent).toContain('1 分 30 秒后可再试');
  });

  test('A acknowledges the focused row by one key, on the version that was seen, once', async () => {
    const asked = await open(three());
    await enterBoard();
    expect(page.textContent).toContain('初始密码');
    await press('Home');
    await standing.wait(1_500);
    await press('KeyA');
    expect(posts(asked)).toHaveLength(1);
    expect(posts(asked)[0]).toMatchObject({ path: '/alarms/orange/commands', body: { type: 'acknowledge', expectedVersion: 7 } });
    expect(page.querySelector('#row-orange')?.textContent).toContain('已确认');
    await press('KeyA');
    expect(posts(asked)).toHaveLength(1);
  });

  test('a row that has only just appeared is not acknowledged by key', async () => {
    const asked = await open(three());
    await enterBoard();
    await press('Home');
    await press('KeyA');
    expect(posts(asked)).toHaveLength(0);
    expect(page.textContent).toContain('看过后再确认');
  });

  test('while the list is used, a new red waits above it and stands in the strip at once', async () => {
    await open(three());
    await enterBoard();
    await press('Home');
    const before = order();
    await act(async () => core.alarms.offer([alarmFixture({ id: 'new', level: 'red' })]));
    expect(order()).toEqual(before);
    expect(page.querySelector('.board-new')?.textContent).toContain('1 条新报警');
    expect(page.querySelector('.strip')?.textContent).toContain('红色');
    await press('Period');
    expect(order()[0]).toBe('row-new');
  });

  test('reading is not acting: moving, looking and filtering send nothing', async () => {
    const asked = await open(three());
    await enterBoard();
    expect(order()).toHaveLength(3);
    for (const code of ['Home', 'KeyJ', 'KeyJ', 'KeyK', 'KeyN', 'Digit3', 'Digit0', 'KeyX', 'Escape', 'F9']) await press(code);
    expect(posts(asked)).toHaveLength(0);
  });

  test('a change of a red limit is approved by a second act after the first, and a refusal is told beside it', async () => {
    const asked = await open(new Map(), '/changes');
    await enter('right');
    expect((await appears(() => page.querySelector('.table-changes'), 'the changes')).textContent).toContain('红色 · 限值 5 → 6');
    const approve = [...page.querySelectorAll('button')].find(({ textContent }) => textContent === '批准')!;
    await act(async () => approve.click());
    expect(posts(asked)).toHaveLength(0);
    await act(async () => page.querySelector<HTMLFormElement>('dialog form')!.requestSubmit());
    await settle();
    expect(posts(asked)).toEqual([{ method: 'POST', path: '/rules/changes/c-1/approve', body: {} }]);
    expect(page.querySelector('dialog')?.textContent).toContain('此变更已过期');
  });

  test('when the session ends the alarms stay on the page', async () => {
    await open(three());
    await enterBoard();
    await act(async () => core.session.expire());
    expect(order()).toHaveLength(3);
    expect(page.querySelector('dialog')?.textContent).toContain('登录已过期');
  });
});
