import { OUR_DEFAULT, type Amount, type Template, type TemplateLevel } from './pack.js';

/** A rule as the registry bundle writes it. */
export type RuleBody = Readonly<{ id: string; kind: 'threshold' | 'health' } & Record<string, unknown>>;
/** The asset's own numbers, by the names in `needs`. */
export type References = Readonly<Record<string, number>>;
export type Placement = Readonly<{ id: string; name?: string; pointIds: readonly string[]; references?: References }>;

/** Puts a template on points: a rule body with every amount worked out and all sources named. Throws when a needed number is not given. */
export function ruleFrom(template: Template, { id, name, pointIds, references = {} }: Placement): RuleBody {
  const [only] = pointIds;
  return {
    id,
    kind: 'threshold',
    name: name ?? template.name,
    ...(pointIds.length === 1 ? { pointId: only } : { pointIds }),
    side: template.side,
    levels: template.levels.map((level) => levelFrom(level, references)),
    source: sourceOf(template),
  };
}

function levelFrom(
  { source: _source, clause: _clause, confidence: _confidence, note: _note, ...level }: TemplateLevel,
  references: References,
): Readonly<Record<string, unknown>> {
  const worked = {
    ...level,
    at: amount(level.at, references),
    high: amount(level.high, references),
    low: amount(level.low, references),
    deadband: amount(level.deadband, references),
  };
  return Object.fromEntries(Object.entries(worked).filter(([, value]) => value !== undefined));
}

function amount(value: Amount | undefined, references: References): number | undefined {
  if (value === undefined || typeof value === 'number') return value;
  const own = references[value.of];
  if (own === undefined) throw new Error(`the template needs the number "${value.of}"`);
  return Number((own * (value.times ?? 1) + (value.plus ?? 0)).toFixed(4));
}

const COLOUR = { blue: '蓝', yellow: '黄', orange: '橙', red: '红' } as const;

/** Where each colour's limit comes from, as one line: `蓝、橙 平台推荐值；黄 GB/T 50493-2019 5.5.2`. */
export function sourceOf(template: Template): string {
  const colours = new Map<string, string[]>();
  for (const { level, source, clause, confidence } of template.levels) {
    const text = source === OUR_DEFAULT ? source : [source, clause, confidence === 'K' ? '（待核对原文）' : ''].filter(Boolean).join(' ');
    colours.set(text, [...(colours.get(text) ?? []), COLOUR[level]]);
  }
  return [...colours].map(([text, names]) => `${names.join('、')} ${text}`).join('；');
}
