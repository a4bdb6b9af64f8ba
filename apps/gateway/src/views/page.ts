import type { PageJson } from '@anlan/contracts';

type Asked = Readonly<{ limit: number; cursor?: string | undefined }>;

/** A page of a list that is in memory, in the order of its ids; the cursor is the last id seen, so it is stable under inserts. */
export function pageOfList<T, J>(
  items: readonly T[],
  idOf: (item: T) => string,
  { limit, cursor }: Asked,
  render: (item: T) => J,
): PageJson<J> {
  const after = cursor === undefined ? undefined : Buffer.from(cursor, 'base64url').toString('utf8');
  const rest = items.filter((item) => after === undefined || idOf(item) > after).sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  return { items: page.map(render), nextCursor: last && rest.length > page.length ? Buffer.from(idOf(last)).toString('base64url') : null };
}
