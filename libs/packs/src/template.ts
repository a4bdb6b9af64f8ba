import type { AlarmLevel, RuleKind } from '@anlan/contracts';
import { isAmount, isOfLevel, isReference } from './amount.js';
import { isBox, listOf } from './pack-shape.js';
import {
  COMMON_PRACTICE,
  OUR_DEFAULT,
  type Amount,
  type DerivedTemplate,
  type KindTemplate,
  type Provenance,
  type Template,
} from './pack.js';

/** A rule as the registry bundle writes it. */
export type RuleBody = Readonly<{ id: string; kind: RuleKind } & Record<string, unknown>>;
/** The asset's own numbers, by the names in `needs`. */
export type References = Readonly<Record<string, number>>;
/** Where the rule goes: on points that are named, on a group, or on what a selection finds. */
export type TemplateScope =
  Readonly<{ pointIds: readonly string[] }> | Readonly<{ group: string }> | Readonly<{ select: Readonly<Record<string, string>> }>;
/** Ids of rules and points, by the names in `refs`. In a list of a body, one name may stand for several. */
export type Refs = Readonly<Record<string, string | readonly string[]>>;
export type Placement = TemplateScope &
  Readonly<{
    id: string;
    name?: string;
    references?: References;
    refs?: Refs;
  }>;

/** Puts a template on points: a rule body with every amount worked out and all sources named. Throws when a number or an id that it needs is not given. */
export function ruleFrom(template: Template, placement: Placement): RuleBody {
  const { id, name } = placement;
  const body = template.kind === 'threshold' ? { side: template.side, levels: template.levels } : template.body;
  return {
    id,
    kind: template.kind,
    name: name ?? template.name,
    ...scopeOf(placement),
    ...(settled(withoutSources(body), placement) as Readonly<Record<string, unknown>>),
    source: sourceOf(template),
  };
}

export type DerivedPlacement = Readonly<{
  id: string;
  deviceId: string;
  name?: string;
  references?: References;
  refs: Refs;
}>;
/** A derived point as the registry bundle writes it. */
export type DerivedPoint = Readonly<{ id: string; deviceId: string; metric: string; name: string; derived: unknown }>;

/** Puts a formula on the points of a site: a derived point. Throws when a number or an id that it needs is not given. */
export function pointFrom({ metric, name: called, formula }: DerivedTemplate, placement: DerivedPlacement): DerivedPoint {
  const { id, deviceId, name = called } = placement;
  return { id, deviceId, metric, name, derived: settled(formula, placement) };
}

function scopeOf(placement: Placement): Readonly<Record<string, unknown>> {
  if ('group' in placement) return { group: placement.group };
  if ('select' in placement) return { select: placement.select };
  const [only] = placement.pointIds;
  return placement.pointIds.length === 1 ? { pointId: only } : { pointIds: placement.pointIds };
}

/** Levels say where they come from; a rule says it once, in `source`. */
function withoutSources(body: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  if (!Array.isArray(body['levels'])) return body;
  const levels = body['levels']
    .filter(isBox)
    .map(({ source: _source, clause: _clause, confidence: _confidence, note: _note, ...level }) => level);
  return { ...body, levels };
}

type Given = Pick<Placement, 'references' | 'refs'>;

function settled(value: unknown, placement: Given): unknown {
  if (isAmount(value)) return isOfLevel(value) ? value : amount(value, placement.references ?? {});
  if (isReference(value)) return idOf(value, placement);
  if (Array.isArray(value))
    return value.flatMap((one: unknown): unknown[] => (isReference(one) ? [...idsOf(one, placement)] : [settled(one, placement)]));
  if (!isBox(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, settled(one, placement)]));
}

function amount({ of, times = 1, plus = 0 }: Exclude<Amount, number>, references: References): number {
  const own = references[of];
  if (own === undefined) throw new Error(`the template needs the number "${of}"`);
  return Number((own * times + plus).toFixed(4));
}

function idOf(reference: string, placement: Given): string {
  const [id, ...more] = idsOf(reference, placement);
  if (id === undefined || more.length > 0) throw new Error(`the template needs one id of "${reference.slice(1)}"`);
  return id;
}

function idsOf(reference: string, { refs = {} }: Given): readonly string[] {
  const given = refs[reference.slice(1)];
  if (given === undefined) throw new Error(`the template needs the id of "${reference.slice(1)}"`);
  return typeof given === 'string' ? [given] : given;
}

const COLOUR = { blue: '蓝', yellow: '黄', orange: '橙', red: '红' } as const satisfies Record<AlarmLevel, string>;

/** Where each colour's limit comes from, as one line: `蓝、橙 平台推荐值；黄 GB/T 50493-2019 5.5.2`. Without colours where all come from one place. */
export function sourceOf(template: Template): string {
  if (template.kind !== 'threshold' && levelsOf(template).every((level) => level['source'] === undefined)) return citation(template);
  const colours = new Map<string, string[]>();
  for (const { level, ...from } of provenances(template)) {
    const text = citation(from);
    colours.set(text, [...(colours.get(text) ?? []), COLOUR[level]]);
  }
  return [...colours].map(([text, names]) => `${names.join('、')} ${text}`).join('；');
}

/** `GB/T 50493-2019 5.5.2`, with a mark where its text was not at hand. */
export function citation({ source, clause, confidence }: Provenance): string {
  return source === OUR_DEFAULT
    ? source
    : [source, clause, confidence === 'K' && source !== COMMON_PRACTICE ? '（待核对原文）' : ''].filter(Boolean).join(' ');
}

function provenances(template: Template): readonly (Provenance & Readonly<{ level: AlarmLevel }>)[] {
  if (template.kind === 'threshold') return template.levels;
  const { source, confidence, clause } = template;
  return levelsOf(template).map((level) => ({
    ...(level['source'] === undefined ? { source, confidence, ...(clause !== undefined && { clause }) } : (level as unknown as Provenance)),
    level: level['level'] as AlarmLevel,
  }));
}

function levelsOf({ body }: KindTemplate): readonly Readonly<Record<string, unknown>>[] {
  return listOf(body['levels']).filter(isBox);
}
