import type { TemplateJson } from '@anlan/contracts';
import { amountInWords, sourceOf, type Amount, type Pack, type Packs, type Template } from '@anlan/packs';

/** All templates of the packs as the API tells them, in the order of the packs. */
export function templateRows({ packs, metrics }: Packs): readonly TemplateJson[] {
  return packs.flatMap((pack) => pack.templates.map((template) => templateRow(template, pack, metrics.get(template.metric)?.unit ?? null)));
}

function templateRow(template: Template, pack: Pack, unit: string | null): TemplateJson {
  const { id, name, nameEn, kind, metric, needs = {}, refs = {} } = template;
  return {
    ...{ id, name, nameEn, kind, metric, unit },
    ...{ pack: pack.code, packName: pack.name, packNameEn: pack.nameEn },
    source: sourceOf(template),
    needs: { ...needs },
    refs: { ...refs },
    levels: levelsOf(template).flatMap(({ level, at, high, low }) =>
      [at ?? high, at === undefined ? low : undefined].some((one) => one !== undefined)
        ? [{ level, limit: limitText({ at, high, low }, needs) }]
        : [],
    ),
  };
}

type LevelLimits = Readonly<{ at?: Amount | undefined; high?: Amount | undefined; low?: Amount | undefined }>;
type Level = LevelLimits & Pick<TemplateJson['levels'][number], 'level'>;

function levelsOf(template: Template): readonly Level[] {
  if (template.kind === 'threshold') return template.levels;
  const { levels } = template.body;
  return Array.isArray(levels) ? (levels as readonly Level[]) : [];
}

function limitText({ at, high, low }: LevelLimits, needs: Readonly<Record<string, string>>): string {
  if (at !== undefined) return amountInWords(at, needs);
  return isMirror(high, low) ? `± ${amountInWords(high, needs)}` : [low, high].map((one) => amountInWords(one, needs)).join(' / ');
}

/** Are the two limits one number with both signs. */
function isMirror(high: Amount | undefined, low: Amount | undefined): boolean {
  if (typeof high === 'number' || typeof low === 'number') return typeof high === 'number' && high === -Number(low);
  return high !== undefined && low?.of === high.of && (low.times ?? 1) === -(high.times ?? 1) && (low.plus ?? 0) === -(high.plus ?? 0);
}
