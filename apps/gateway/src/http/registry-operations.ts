import { changeQuery, entitiesQuery, entityBody, entityPageJson, exportQuery, importJson } from '@anlan/contracts';
import type { EntityKind, Role } from '@anlan/ports';
import { z } from 'zod';
import type { OperationSpec } from './operation-spec.js';
import { ENTITY_WRITERS, REGISTRY, SEE } from './policy.js';

const api = (path: string): string => `/api/v1${path}`;
const ENTITY_READERS = Object.fromEntries(Object.keys(ENTITY_WRITERS).map((kind) => [kind, SEE])) as Record<EntityKind, readonly Role[]>;

/** What every kind of the registry has, and the registry as a whole. */
export const REGISTRY_OPERATIONS = {
  listEntities: {
    method: 'GET',
    path: api('/{kind}'),
    tag: 'registry',
    summary: '档案列表 · Entries of one kind',
    access: { byKind: ENTITY_READERS },
    query: entitiesQuery,
    answer: entityPageJson,
  },
  getEntity: {
    method: 'GET',
    path: api('/{kind}/{id}'),
    tag: 'registry',
    summary: '档案 · One entry',
    access: { byKind: ENTITY_READERS },
    answer: entityBody,
  },
  createEntity: {
    method: 'POST',
    path: api('/{kind}'),
    tag: 'registry',
    summary: '新增档案 · A new entry, in the words of the bundle',
    access: { byKind: ENTITY_WRITERS },
    query: changeQuery,
    body: entityBody,
    answer: importJson,
    status: 201,
    audit: 'registry.create',
  },
  changeEntity: {
    method: 'PATCH',
    path: api('/{kind}/{id}'),
    tag: 'registry',
    summary: '修改档案 · Change some fields of an entry',
    access: { byKind: ENTITY_WRITERS },
    query: changeQuery,
    body: entityBody,
    answer: importJson,
    audit: 'registry.change',
  },
  removeEntity: {
    method: 'DELETE',
    path: api('/{kind}/{id}'),
    tag: 'registry',
    summary: '删除档案 · Take an entry out',
    access: { byKind: ENTITY_WRITERS },
    query: changeQuery,
    answer: importJson,
    audit: 'registry.remove',
  },
  importBundle: {
    method: 'POST',
    path: api('/imports'),
    tag: 'registry',
    summary: '导入 · A registry bundle (JSON or YAML), all of it or none',
    access: REGISTRY,
    query: changeQuery,
    body: z.unknown(),
    bodyKind: 'import',
    answer: importJson,
    status: 200,
    audit: 'registry.import',
  },
  exportBundle: {
    method: 'GET',
    path: api('/exports'),
    tag: 'registry',
    summary: '导出 · The registry as a bundle, without secrets',
    access: REGISTRY,
    query: exportQuery,
    answer: entityBody,
    audit: 'registry.export',
  },
} as const satisfies Record<string, OperationSpec>;
