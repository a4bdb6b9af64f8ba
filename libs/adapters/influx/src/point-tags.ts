import { escape } from '@influxdata/influxdb-client';

/** The tags of a series beside `point`, from the registry; undefined for a point that it does not know (any more). */
export type PointTags = Readonly<{ site: string; metric: string }>;
export type TagsOf = (pointId: string) => PointTags | undefined;
/** `,metric=…,point=…,site=…` of a point as it is now. */
export type TagSet = (pointId: string) => string;

/** What line protocol cannot carry in a tag (a backslash at the end, control characters), by an encoding that loses nothing. */
export function tagText(value: string): string {
  return value.replace(/[%\\\p{Cc}]/gu, (char) => `%${char.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`);
}

/** The way back. */
export function fromTagText(text: string): string {
  return text.replace(/%([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** `,name=value` pairs in the order given; empty ones are left out, for the store refuses them. */
export function tagPairs(pairs: Readonly<Record<string, string>>): string {
  return Object.entries(pairs)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `,${name}=${escape.tag(value)}`)
    .join('');
}

type Known = Readonly<{ site: string | undefined; metric: string | undefined; text: string }>;

/** Remembers the text of at most `limit` points; what the registry says now is looked at each time. */
export function tagSets(tagsOf: TagsOf, limit: number): TagSet {
  const known = new Map<string, Known>();
  return (pointId) => {
    const { site, metric } = tagsOf(pointId) ?? {};
    const found = known.get(pointId);
    if (found !== undefined && found.site === site && found.metric === metric) return found.text;
    const text = tagPairs({ metric: tagText(metric ?? ''), point: tagText(pointId), site: tagText(site ?? '') });
    if (known.size >= limit) known.clear();
    known.set(pointId, { site, metric, text });
    return text;
  };
}
