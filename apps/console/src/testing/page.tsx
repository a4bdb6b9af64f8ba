/** The whole page in jsdom over a gateway of a few lines; only specs use it. */
import { act } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { createMemoryHistory } from '@tanstack/react-router';
import { actionDesk } from '../alarms/action-desk.js';
import { App } from '../app/app.js';
import { consoleRouter } from '../app/router.js';
import { looksStore } from '../app/settings.js';
import { consoleCore, type Core } from '../data/core.js';
import { siren } from '../sound/siren.js';
import { startWords } from '../words/index.js';

export type Asked = Readonly<{ method: string; path: string; body: unknown }>;
export type Reply = (asked: Asked) => Response | Promise<Response>;
export type Page = Readonly<{
  asked: readonly Asked[];
  core: Core;
  element: HTMLElement;
  wait(ms: number): Promise<void>;
  close(): Promise<void>;
}>;

/** What jsdom lacks and a browser has. */
export function furnish(): void {
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
    ['offsetHeight', 600],
    ['offsetWidth', 900],
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

/** An answer of the gateway. */
export function answer(status: number, body: unknown): Response {
  return {
    ok: status < 400,
    status,
    headers: new Map([['retry-after', '90']]),
    text: () => Promise.resolve(body === undefined ? '' : JSON.stringify(body)),
  } as unknown as Response;
}

/** Opens the console at an address; what it asks is written down. */
export async function openPage(reply: Reply, at: string): Promise<Page> {
  const asked: Asked[] = [];
  const fetch: typeof globalThis.fetch = (input, init) => {
    const one = {
      method: init?.method ?? 'GET',
      path: (input as string).replace('/api/v1', ''),
      body: typeof init?.body === 'string' ? (JSON.parse(init.body) as unknown) : undefined,
    };
    asked.push(one);
    return Promise.resolve(reply(one));
  };
  let clock = Date.parse('2026-01-14T18:14:31.000Z');
  const core = consoleCore({ fetch, base: '/api/v1', localNow: () => clock, chance: () => 0 });
  const element = document.body.appendChild(document.createElement('div'));
  const root: Root = createRoot(element);
  const silent = siren({ play: () => undefined, stop: () => undefined, unlock: () => Promise.resolve(true) });
  const router = consoleRouter(createMemoryHistory({ initialEntries: [at] }));
  await startWords('zh');
  await act(async () => {
    root.render(<App core={core} desk={actionDesk(core)} siren={silent} looks={looksStore(() => localStorage)} router={router} />);
    await router.load();
  });
  return {
    asked,
    core,
    element,
    wait: async (ms) => {
      clock += ms;
      await settle();
    },
    close: async () => {
      await act(async () => root.unmount());
      core.stop();
      element.remove();
    },
  };
}

/** Lets answers arrive and the page draw. */
export async function settle(): Promise<void> {
  return act(() => new Promise<void>((resolve) => void setTimeout(resolve, 20)));
}

/** Asks until it is there, for what comes in several steps. */
export async function appears<T>(find: () => T | null | undefined, what: string): Promise<T> {
  for (let i = 0; i < 100; i += 1) {
    const found = find();
    if (found !== null && found !== undefined) return found;
    await settle();
  }
  throw new Error(`waited in vain for ${what}`);
}

/** Types into a field as a person would. */
export async function type(field: HTMLInputElement | HTMLTextAreaElement | null, text: string): Promise<void> {
  if (field === null) throw new Error('no such field');
  const kind = field instanceof HTMLTextAreaElement ? HTMLTextAreaElement : HTMLInputElement;
  await act(async () => {
    Object.getOwnPropertyDescriptor(kind.prototype, 'value')?.set?.call(field, text);
    field.dispatchEvent(new Event('input', { bubbles: true }));
  });
}

/** Fills in the login and waits for what comes of it: the page, or words of refusal. */
export async function signIn(page: HTMLElement, password = 'right', username = 'lisi'): Promise<void> {
  const form = await appears(() => page.querySelector<HTMLFormElement>('.login-form'), 'the login');
  await type(form.querySelector<HTMLInputElement>('input[name=username]'), username);
  await type(form.querySelector<HTMLInputElement>('input[name=password]'), password);
  await act(async () => form.requestSubmit());
  await settle();
  await appears(() => page.querySelector('.frame, .field-error'), 'the page or a refusal');
  await settle();
}

/** The button with these words. */
export function buttonOf(page: ParentNode, words: string): HTMLButtonElement | null {
  return [...page.querySelectorAll('button')].find(({ textContent }) => textContent === words) ?? null;
}

export async function press(button: HTMLElement | null): Promise<void> {
  if (button === null) throw new Error('no such button');
  await act(async () => button.click());
  await settle();
}
