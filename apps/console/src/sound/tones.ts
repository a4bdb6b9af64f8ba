/** What can sound, most urgent first. Only the first pending one sounds. */
export const TONES = ['red', 'orange', 'link_lost', 'yellow'] as const;
export type Tone = (typeof TONES)[number];

type Pulse = Readonly<{ atMs: number; forMs: number; hz: number }>;
/** `everyMs` null: once. The silence of the repeat is part of the loop, for hidden tabs get one timer a minute. */
type Pattern = Readonly<{ pulses: readonly Pulse[]; everyMs: number | null }>;

const pulses = (times: readonly number[], forMs: number, hz: number): readonly Pulse[] => times.map((atMs) => ({ atMs, forMs, hz }));

export const PATTERNS: Readonly<Record<Tone, Pattern>> = {
  red: { pulses: pulses([0, 200, 400, 720, 920], 120, 880), everyMs: 2_500 },
  orange: { pulses: pulses([0, 300, 600], 150, 660), everyMs: 10_000 },
  link_lost: {
    pulses: [
      { atMs: 0, forMs: 400, hz: 392 },
      { atMs: 420, forMs: 400, hz: 330 },
    ],
    everyMs: 30_000,
  },
  yellow: { pulses: pulses([0, 320], 200, 520), everyMs: null },
};

/** Loudness of the harmonics; small speakers carry the upper ones. */
const HARMONICS = [1, 0.5, 0.35, 0.2] as const;
const RAMP_S = 0.008;

/** One round of a tone as samples from −1 to 1, with its silence. */
export function samplesOf(tone: Tone, rate: number): Float32Array<ArrayBuffer> {
  const { pulses: list, everyMs } = PATTERNS[tone];
  const lastMs = Math.max(...list.map(({ atMs, forMs }) => atMs + forMs));
  const samples = new Float32Array(Math.ceil(((everyMs ?? lastMs) / 1_000) * rate));
  const full = HARMONICS.reduce((sum, part) => sum + part, 0);
  for (const { atMs, forMs, hz } of list) {
    const from = Math.floor((atMs / 1_000) * rate);
    const length = Math.floor((forMs / 1_000) * rate);
    for (let i = 0; i < length; i += 1) {
      const t = i / rate;
      const edge = Math.min(1, t / RAMP_S, (length - i) / rate / RAMP_S);
      const wave = HARMONICS.reduce((sum, part, n) => sum + part * Math.sin(2 * Math.PI * hz * (n + 1) * t), 0);
      samples[from + i] = (wave / full) * edge;
    }
  }
  return samples;
}
