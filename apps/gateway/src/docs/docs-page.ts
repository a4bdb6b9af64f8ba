import { escapeHtml } from '../field/page.js';
import { OPERATIONS, pathsOf, type OperationName, type OperationSpec } from '../http/operations.js';

function rowsOf(name: OperationName): string {
  const spec: OperationSpec = OPERATIONS[name];
  const right = spec.access === 'public' ? '公开 · public' : 'byKind' in spec.access ? '按档案种类 · by kind' : spec.access.join(', ');
  const paths = pathsOf(name).map((path) => `<code>${escapeHtml(`${spec.method} ${path}`)}</code>`);
  return `<dt>${paths.join('<br>')}</dt><dd>${escapeHtml(spec.summary)}<br>${escapeHtml(right)}</dd>`;
}

/** The API on one page without script; the whole of it is in the OpenAPI document. */
export function docsPage(): string {
  const tags = [...new Set(Object.values(OPERATIONS).map((spec) => spec.tag))];
  const names = Object.keys(OPERATIONS) as OperationName[];
  const sections = tags.map(
    (tag) =>
      `<h2>${tag}</h2><dl>${names
        .filter((name) => OPERATIONS[name].tag === tag)
        .map(rowsOf)
        .join('')}</dl>`,
  );
  return `<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>安澜 API</title><link rel="stylesheet" href="/field.css"></head>
<body><main><h1>安澜 Anlan · API</h1><p>先 <code>POST /api/v1/auth/login</code>，再在每个请求带上 <code>Authorization: Bearer …</code>。完整描述：<a href="/api/openapi.json">/api/openapi.json</a></p>${sections.join('')}</main></body></html>
`;
}
