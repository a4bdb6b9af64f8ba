import type { AlarmJson } from '@anlan/contracts';
import { isOpenJson } from '../data/alarm-store.js';
import { source, type Signal } from '../data/signal.js';
import { PATTERNS, samplesOf, type Tone } from './tones.js';

/** `blocked`: the browser wants a press first; said on the page, for nobody may find out at 3 a.m. */
export type SirenState = Readonly<{ sound: 'off' | 'on' | 'blocked'; playing: Tone | null; silentUntil: number | null }>;
export const SILENCE_RED_MS = 120_000;
export const SILENCE_OTHERS_MS = 300_000;

/** What should sound for these alarms: unacknowledged, not suppressed, red before orange. */
export function wantedTone(alarms: Iterable<AlarmJson>, linkLost: boolean): Tone | null {
  let orange = false;
  for (const alarm of alarms) {
    if (alarm.ack !== 'unacked' || alarm.suppression !== 'none' || !isOpenJson(alarm)) continue;
    if (alarm.level === 'red') return 'red';
    if (alarm.level === 'orange') orange = true;
  }
  if (orange) return 'orange';
  return linkLost ? 'link_lost' : null;
}

/** Keys of all that makes sound now: an alarm at another level, or unseen again, is another cause, and breaks a silence. */
export function causesOf(alarms: Iterable<AlarmJson>, linkLost: boolean): ReadonlySet<string> {
  const causes = new Set<string>(linkLost ? ['link'] : []);
  for (const { id, level, ack, suppression, cycles, work, retrospective } of alarms) {
    if (ack !== 'unacked' || suppression !== 'none' || !isOpenJson({ work, retrospective })) continue;
    if (level === 'red' || level === 'orange') causes.add(`${id}|${level}|${cycles}`);
  }
  return causes;
}

export type Player = Readonly<{ play(tone: Tone): void; stop(): void; unlock(): Promise<boolean> }>;
export type Siren = Signal<SirenState> &
  Readonly<{
    /** To be called within a press: browsers let sound out only then. */
    turn(on: boolean): Promise<void>;
    /** Silences what sounds now, for a while; anything new sounds at once. Not an acknowledgement. */
    silence(now: number): void;
    /** Tells what is open; called on each change and each second. */
    watch(alarms: Iterable<AlarmJson>, linkLost: boolean, now: number): void;
  }>;

export function siren(player: Player): Siren {
  const state = source<SirenState>({ sound: 'off', playing: null, silentUntil: null });
  let silenced: ReadonlySet<string> = new Set();
  let causes: ReadonlySet<string> = new Set();

  const change = (part: Partial<SirenState>): void => {
    const before = state.get();
    const next = { ...before, ...part };
    if (next.sound === before.sound && next.playing === before.playing && next.silentUntil === before.silentUntil) return;
    if (next.playing !== before.playing) {
      player.stop();
      if (next.playing !== null) player.play(next.playing);
    }
    state.set(next);
  };
  return {
    get: state.get,
    subscribe: state.subscribe,
    turn: async (on) => {
      if (!on) return change({ sound: 'off', playing: null });
      change({ sound: (await player.unlock()) ? 'on' : 'blocked' });
    },
    silence: (now) => {
      const { playing } = state.get();
      if (playing === null) return;
      silenced = causes;
      change({ playing: null, silentUntil: now + (playing === 'red' ? SILENCE_RED_MS : SILENCE_OTHERS_MS) });
    },
    watch: (alarms, linkLost, now) => {
      const list = [...alarms];
      causes = causesOf(list, linkLost);
      const { sound, silentUntil } = state.get();
      const still = silentUntil !== null && now < silentUntil && causes.size > 0 && [...causes].every((cause) => silenced.has(cause));
      change({ silentUntil: still ? silentUntil : null, playing: sound === 'on' && !still ? wantedTone(list, linkLost) : null });
    },
  };
}

/** Plays tones in a loop with WebAudio; the silence between is in the buffer. */
export function audioPlayer(): Player {
  let context: AudioContext | null = null;
  let playing: AudioBufferSourceNode | null = null;
  const stop = (): void => {
    playing?.stop();
    playing = null;
  };
  return {
    stop,
    unlock: async () => {
      context ??= new AudioContext();
      await context.resume().catch(() => undefined);
      return context.state === 'running';
    },
    play: (tone) => {
      if (context === null) return;
      const samples = samplesOf(tone, context.sampleRate);
      const buffer = context.createBuffer(1, samples.length, context.sampleRate);
      buffer.copyToChannel(samples, 0);
      playing = context.createBufferSource();
      playing.buffer = buffer;
      playing.loop = PATTERNS[tone].everyMs !== null;
      playing.connect(context.destination);
      playing.start();
    },
  };
}
