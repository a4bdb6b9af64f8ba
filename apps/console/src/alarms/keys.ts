import type { AlarmLevel } from '@anlan/contracts';

export type BoardAct =
  | Readonly<{ do: 'move'; by: number }>
  | Readonly<{ do: 'edge'; to: 'first' | 'last' }>
  | Readonly<{
      do:
        | 'open'
        | 'acknowledge'
        | 'next'
        | 'showNew'
        | 'silence'
        | 'search'
        | 'select'
        | 'clear'
        | 'help'
        | 'comment'
        | 'shelve'
        | 'markFalse'
        | 'reset';
    }>
  | Readonly<{ do: 'level'; level: AlarmLevel | null }>;

export type KeyPress = Pick<
  KeyboardEvent,
  'code' | 'key' | 'keyCode' | 'isComposing' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey' | 'repeat'
>;

const BY_CODE: Readonly<Record<string, BoardAct>> = {
  ArrowDown: { do: 'move', by: 1 },
  KeyJ: { do: 'move', by: 1 },
  ArrowUp: { do: 'move', by: -1 },
  KeyK: { do: 'move', by: -1 },
  PageDown: { do: 'move', by: 15 },
  PageUp: { do: 'move', by: -15 },
  Home: { do: 'edge', to: 'first' },
  End: { do: 'edge', to: 'last' },
  Enter: { do: 'open' },
  KeyA: { do: 'acknowledge' },
  KeyN: { do: 'next' },
  Period: { do: 'showNew' },
  KeyS: { do: 'silence' },
  KeyX: { do: 'select' },
  Escape: { do: 'clear' },
  KeyC: { do: 'comment' },
  KeyH: { do: 'shelve' },
  KeyF: { do: 'markFalse' },
  KeyR: { do: 'reset' },
  Digit1: { do: 'level', level: 'red' },
  Digit2: { do: 'level', level: 'orange' },
  Digit3: { do: 'level', level: 'yellow' },
  Digit4: { do: 'level', level: 'blue' },
  Digit0: { do: 'level', level: null },
};
/** Acts that a held-down key must not repeat. */
const ONCE = new Set<BoardAct['do']>(['acknowledge', 'open', 'select', 'silence']);

/**
 * What a key does while the list has the focus; null when it is not ours. By place on the board (`code`), for Chinese input methods
 * swallow letters; a press that belongs to a half-written word (`isComposing`, keyCode 229) is never ours, function keys excepted.
 */
export function boardAct(press: KeyPress): BoardAct | null {
  const everywhere = everywhereAct(press);
  if (everywhere !== null) return everywhere;
  if (press.isComposing || press.keyCode === 229 || press.ctrlKey || press.metaKey || press.altKey) return null;
  if (press.code === 'Slash') return { do: press.shiftKey || press.key === '?' ? 'help' : 'search' };
  const act = BY_CODE[press.code] ?? null;
  return act !== null && press.repeat && ONCE.has(act.do) ? null : act;
}

/** F8 and F9 work wherever the focus is, also in the middle of a word. */
export function everywhereAct({ code, repeat }: Pick<KeyPress, 'code' | 'repeat'>): BoardAct | null {
  if (repeat) return null;
  if (code === 'F8') return { do: 'acknowledge' };
  if (code === 'F9') return { do: 'silence' };
  return null;
}
