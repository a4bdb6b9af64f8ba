import { PATH_METADATA } from '@nestjs/common/constants.js';
import type { MetadataScanner, ModulesContainer } from '@nestjs/core';
import { operationOf } from './call.js';
import { OPERATIONS, type OperationName } from './operations.js';

/** Handlers without an operation, operations without a handler, and operations with two, over all controllers of the process. */
export function routeFaults(modules: ModulesContainer, scanner: MetadataScanner): readonly string[] {
  const faults: string[] = [];
  const bound = new Map<OperationName, string>();
  for (const { metatype } of [...modules.values()].flatMap((module) => [...module.controllers.values()])) {
    if (typeof metatype !== 'function') continue;
    const prototype = metatype.prototype as Readonly<Record<string, unknown>>;
    for (const method of scanner.getAllMethodNames(prototype)) {
      const handler = prototype[method];
      if (typeof handler !== 'function' || Reflect.getMetadata(PATH_METADATA, handler) === undefined) continue;
      const where = `${metatype.name}.${method}`;
      const name = operationOf(handler);
      if (name === undefined) faults.push(`${where} has no declared policy`);
      else if (bound.has(name)) faults.push(`${where} and ${bound.get(name) ?? ''} both serve ${name}`);
      else bound.set(name, where);
    }
  }
  const missing = (Object.keys(OPERATIONS) as OperationName[]).filter((name) => !bound.has(name));
  return [...faults, ...missing.map((name) => `operation ${name} has no handler`)];
}
