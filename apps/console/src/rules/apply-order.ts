/** An order that puts a template on points, while it is filled in. */
import type { EntityJson, TemplateJson } from '@anlan/contracts';

export type Override = Readonly<{ assetId: string; enabled: boolean; numbers: Readonly<Record<string, string>> }>;
export type OrderDraft = Readonly<{
  id: string;
  name: string;
  siteId: string;
  assetId: string;
  numbers: Readonly<Record<string, string>>;
  refs: Readonly<Record<string, string>>;
  overrides: readonly Override[];
}>;

export function freshOrder({ id }: TemplateJson): OrderDraft {
  return { id, name: '', siteId: '', assetId: '', numbers: {}, refs: {}, overrides: [] };
}

/** What is still lacking before it can be asked what it comes to. */
export function lackingOf({ needs, refs }: TemplateJson, order: OrderDraft): readonly string[] {
  const lacks = (names: readonly string[], given: Readonly<Record<string, string>>): readonly string[] =>
    names.filter((name) => (given[name] ?? '').trim() === '');
  return [
    ...(order.id.trim() === '' ? ['id'] : []),
    ...(order.siteId === '' && order.assetId === '' ? ['scope'] : []),
    ...lacks(Object.keys(needs), order.numbers),
    ...lacks(Object.keys(refs), order.refs),
  ];
}

export function orderBody(template: TemplateJson, order: OrderDraft): EntityJson {
  const references = numbersOf(order.numbers);
  const refs = Object.fromEntries(Object.entries(order.refs).filter(([, id]) => id.trim() !== ''));
  const overrides = order.overrides
    .filter(({ assetId }) => assetId !== '')
    .map(({ assetId, enabled, numbers }) => {
      const own = numbersOf(numbers);
      return [assetId, { ...(Object.keys(own).length > 0 && { references: own }), ...(!enabled && { enabled }) }] as const;
    });
  return {
    template: template.id,
    id: order.id.trim(),
    ...(order.name.trim() !== '' && { name: order.name.trim() }),
    select: { ...(order.siteId !== '' && { siteId: order.siteId }), ...(order.assetId !== '' && { assetId: order.assetId }) },
    ...(Object.keys(references).length > 0 && { references }),
    ...(Object.keys(refs).length > 0 && { refs }),
    ...(overrides.length > 0 && { overrides: Object.fromEntries(overrides) }),
  };
}

/** What is no number is left to the platform to refuse, at its place. */
function numbersOf(texts: Readonly<Record<string, string>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(texts)
      .filter(([, text]) => text.trim() !== '')
      .map(([name, text]) => [name, Number.isFinite(Number(text)) ? Number(text) : text]),
  );
}
