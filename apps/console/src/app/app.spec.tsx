import { act } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { createMemoryHistory } from '@tanstack/react-router';
import type { AlarmJson, RuleChangeJson } from '@anlan/contracts';
import { actionDesk } from '../alarms/action-desk.js';
import { consoleCore, type Core } from '../data/core.js';
import { USER, alarmFixture } from '../sheet/fixtures.js';
import { siren } from '../sound/siren.js';
import { startWords } from '../words/index.js';
import { App } from './app.js';
import { consoleRouter } from './router.js';
import { looksStore } from './settings.js';

type Asked = Readonly<{ method: string; path: string; body: unknown }>;

/** What jsdom lacks and a browser has. */
function furnish(): void {
  Object.assign(globalThis, {
    IS_REACT_ACT_ENVIRONMENT: true,
    ResizeObserver: class {
      observe(): void {}
      unobserve(): void {}
      disconnect(): void {}
    },
  });
  window.matchMedia = ((query: string) => ({
    matches: false,
    media: query,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
  })) as unknown as typeof window.matchMedia;
  window.scrollTo = () => undefined;
  for (const [name, size] of [
    ['clientHeight', 600],
    ['clientWidth', 900],
  ] as const)
    Object.defineProperty(HTMLElement.prototype, name, { configurable: true, get: () => size });
  Element.prototype.scrollTo = () => undefined;
  HTMLDialogElement.prototype.showModal = function open(this: HTMLDialogElement) {
    this.open = true;
  };
  HTMLDialogElement.prototype.close = function close(this: HTMLDialogElement) {
    this.open = false;
  };
}

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

/** A gateway of a few lines: answers like the real one and writes down what it was asked. */
function gateway(alarms: Map<string, AlarmJson>) {
  const asked: Asked[] = [];
  const answer = (status: number, body: unknown): Response =>
    ({
      ok: status < 400,
      status,
      headers: new Map([['retry-after', '90']]),
      text: () => Promise.resolve(JSON.stringify(body)),
    }) as unknown as Response;
  const reply = ({ method, path, body }: Asked): Response | Promise<Response> => {
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
  const fetch: typeof globalThis.fetch = (input, init) => {
    const one = {
      method: init?.method ?? 'GET',
      path: (input as string).replace('/api/v1', ''),
      body: typeof init?.body === 'string' ? (JSON.parse(init.body) as unknown) : undefined,
    };
    asked.push(one);
    return Promise.resolve(reply(one));
  };
  return { asked, fetch };
}

let root: Root;
let core: Core;
let clock: number;
let page: HTMLElement;

async function open(alarms: Map<string, AlarmJson>, at = '/alarms'): Promise<readonly Asked[]> {
  const { asked, fetch } = gateway(alarms);
  clock = Date.parse('2026-01-14T18:14:31.000Z');
  core = consoleCore({ fetch, base: '/api/v1', localNow: () => clock, chance: () => 0 });
  page = document.body.appendChild(document.createElement('div'));
  root = createRoot(page);
  const silent = siren({ play: () => undefined, stop: () => undefined, unlock: () => Promise.resolve(true) });
  const router = consoleRouter(createMemoryHistory({ initialEntries: [at] }));
  await startWords('zh');
  await act(async () => {
    root.render(<App core={core} desk={actionDesk(core)} siren={silent} looks={looksStore(() => localStorage)} router={router} />);
    await router.load();
  });
  return asked;
}

const settle = async (): Promise<void> => act(() => new Promise<void>((resolve) => void setTimeout(resolve, 20)));

async function signIn(password: string, username = 'lisi'): Promise<void> {
  const type = (name: string, text: string): void => {
    const field = page.querySelector<HTMLInputElement>(`input[name=${name}]`)!;
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')!.set!.call(field, text);
    field.dispatchEvent(new Event('input', { bubbles: true }));
  };
  await act(async () => {
    type('username', username);
    type('password', password);
  });
  await act(async () => page.querySelector('form')!.requestSubmit());
  await settle();
}

async function press(code: string): Promise<void> {
  await act(
    async () =>
      void page.querySelector('.board-list')!.dispatchEvent(new KeyboardEvent('keydown', { code, bubbles: true, cancelable: true })),
  );
  await settle();
}

/** The list has been looked at for `ms`. */
async function wait(ms: number): Promise<void> {
  clock += ms;
  await settle();
}

const posts = (asked: readonly Asked[]): readonly Asked[] =>
  asked.filter(({ method, path }) => method === 'POST' && !path.startsWith('/auth/'));
const order = (): readonly string[] => [...page.querySelectorAll('.board-rows [role=row]')].map(({ id }) => id);

describe('the console', () => {
  beforeAll(furnish);
  afterEach(async () => {
    await act(async () => root.unmount());
    core.stop();
    page.remove();
  });

  const three = (): Map<string, AlarmJson> =>
    new Map((['orange', 'yellow', 'blue'] as const).map((level) => [level, alarmFixture({ id: level, level, version: 7 })]));

  test('a wrong password and a lockout are told in words, and nothing else is shown', async () => {
    await open(three());
    await signIn('wrong');
    expect(page.textContent).toContain('用户名或密码不对');
    expect(page.querySelector('.board')).toBeNull();
    await signIn('right', 'late');
    expect(page.textContent).toContain('1 分 30 秒后可再试');
  });

  test('A acknowledges the focused row by one key, on the version that was seen, once', async () => {
    const asked = await open(three());
    await signIn('right');
    expect(page.textContent).toContain('初始密码');
    await press('Home');
    await wait(1_500);
    await press('KeyA');
    expect(posts(asked)).toHaveLength(1);
    expect(posts(asked)[0]).toMatchObject({ path: '/alarms/orange/commands', body: { type: 'acknowledge', expectedVersion: 7 } });
    expect(page.querySelector('#row-orange')?.textContent).toContain('已确认');
    await press('KeyA');
    expect(posts(asked)).toHaveLength(1);
  });

  test('a row that has only just appeared is not acknowledged by key', async () => {
    const asked = await open(three());
    await signIn('right');
    await press('Home');
    await press('KeyA');
    expect(posts(asked)).toHaveLength(0);
    expect(page.textContent).toContain('看过后再确认');
  });

  test('while the list is used, a new red waits above it and stands in the strip at once', async () => {
    await open(three());
    await signIn('right');
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
    await signIn('right');
    expect(order()).toHaveLength(3);
    for (const code of ['Home', 'KeyJ', 'KeyJ', 'KeyK', 'KeyN', 'Digit3', 'Digit0', 'KeyX', 'Escape', 'F9']) await press(code);
    expect(posts(asked)).toHaveLength(0);
  });

  test('a change of a red limit is approved by a second act after the first, and a refusal is told beside it', async () => {
    const asked = await open(new Map(), '/changes');
    await signIn('right');
    expect(page.querySelector('.table-changes')?.textContent).toContain('红色 · 限值 5 → 6');
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
    await signIn('right');
    await act(async () => core.session.expire());
    expect(order()).toHaveLength(3);
    expect(page.querySelector('dialog')?.textContent).toContain('登录已过期');
  });
});
